"""What the proof of the books asks of the bank's side."""

from collections.abc import Iterable

from django.db import connection

from lokum.money.ledger.proof import Finding

# Money is in the queue and on the clearing account, or in neither; a returned transfer is posted when it is cleared.
QUEUE_AND_BOOKS = """
SELECT g.entity_id, coalesce(q.waiting, 0), coalesce(l.booked, 0)
FROM ledger_ledgeraccount g
LEFT JOIN (SELECT entity_id, sum(left_amount) AS waiting FROM banking_clearingitem WHERE reason <> 'returned'
           GROUP BY entity_id) q ON q.entity_id = g.entity_id
LEFT JOIN (SELECT ledger_account_id, sum(credit_amount - debit_amount) AS booked FROM ledger_line
           WHERE ledger_account_id IN (SELECT id FROM ledger_ledgeraccount WHERE purpose = 'clearing')
           GROUP BY ledger_account_id) l ON l.ledger_account_id = g.id
WHERE g.purpose = 'clearing' AND coalesce(q.waiting, 0) <> coalesce(l.booked, 0)
ORDER BY g.entity_id
"""


def queue_and_books() -> Iterable[Finding]:
    """The open total of the queue of unclear money is the balance of the clearing account."""
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_AND_BOOKS)
        for entity_id, waiting, booked in cursor.fetchall():
            yield Finding("organisation.entity", entity_id, f"{waiting} wait in the queue, the books say {booked}")
