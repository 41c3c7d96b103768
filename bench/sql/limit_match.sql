-- Whose money each new entry is. Staged and analysed: a planner that believes in one row nests loops.
CREATE TEMP TABLE matched ON COMMIT DROP AS
SELECT e.id, e.amount, e.booked_on, payer.id AS payer_id, %(documents)s + row_number() OVER (ORDER BY e.id) AS document_id
FROM bank_entry e LEFT JOIN payer ON payer.number = e.number WHERE e.statement_id = %(statement)s
