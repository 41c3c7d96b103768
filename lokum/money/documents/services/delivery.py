"""Producing a batch: printed volumes in the order of the route, a list for the post, electronic copies (DOC-07)."""

from dataclasses import replace
from itertools import groupby
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.annex.services import attach_file
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.sheets import write_csv
from lokum.core.papers.batches import papers_in_order
from lokum.core.papers.copies import COPY
from lokum.core.papers.rendering.volumes import MOST_PER_VOLUME, volumes
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services.month import Progress, silent
from lokum.money.documents.models import DeliveryBatch, DeliveryItem
from lokum.money.ledger.addressees import E_DOCUMENTS, addressees

# A payer whose credits made a notice of their own has two of one run and gets both. Joint payers get a copy each, the
# way each of them chose.
OF_RUN = """
INSERT INTO documents_deliveryitem (batch_id, account_id, document_id, way)
SELECT %(batch)s, n.account_id, n.document_id,
       CASE WHEN y.user_id IS NOT NULL AND EXISTS (SELECT FROM parties_consent c WHERE c.party_id = y.id
              AND c.purpose = %(purpose)s AND c.withdrawn_at IS NULL) THEN 'electronic' ELSE 'paper' END
FROM (
  SELECT n.account_id, n.document_id, a.payer_id FROM charges_notice n JOIN ledger_account a ON a.id = n.account_id
  WHERE n.run_id = %(run)s
  UNION ALL
  SELECT n.account_id, k.id, k.party_key FROM charges_notice n JOIN papers_issueddocument d ON d.id = n.document_id
  JOIN papers_issueddocument k ON k.series_id = d.series_id AND k.series_period = d.series_period
    AND k.serial = d.serial AND k.kind = 'notice_copy'
  WHERE n.run_id = %(run)s AND d.data ? 'joint'
) n JOIN parties_party y ON y.id = n.payer_id ORDER BY n.account_id, n.document_id
ON CONFLICT DO NOTHING
"""

# Places are given once, when production begins: an interruption never changes who stands where.
PLACES = """
UPDATE documents_deliveryitem i SET place = o.place FROM (
  SELECT i.id, row_number() OVER (ORDER BY b.code NULLS LAST, p.sort_number, p.id, a.id, d.party_key, d.serial,
           d.id) AS place
  FROM documents_deliveryitem i JOIN ledger_account a ON a.id = i.account_id
  JOIN papers_issueddocument d ON d.id = i.document_id
  JOIN occupancy_agreement g ON g.id = a.agreement_id LEFT JOIN estates_premises p ON p.id = g.premises_id
  LEFT JOIN estates_building b ON b.id = p.building_id WHERE i.batch_id = %(batch)s
) o WHERE o.id = i.id AND i.place IS NULL
"""


def deliver_run(run_id: int, *, actor: Actor) -> DeliveryBatch:
    """The batch of a posted month run's notices; the same run has one batch."""
    with acting(actor), connection.cursor() as cursor:
        run = ChargeRun.objects.select_for_update(of=("self",)).select_related("entity").filter(pk=run_id).first()
        if run is None:
            raise Missing("charge_run.missing", _("There is no such run."))
        if run.state != ChargeRun.State.POSTED:
            raise Refusal("delivery.not_posted", _("Only the notices of a posted run go out."), status=409)
        batch, made = DeliveryBatch.objects.get_or_create(
            entity=run.entity,
            key=f"run:{run.pk}",
            defaults={
                "kind": DeliveryBatch.Kind.NOTICE,
                "title": _("Notices %(month)s") % {"month": f"{run.period:%Y-%m}"},
                "arguments": {"month": run.period.isoformat()},
                "state": DeliveryBatch.State.READY,
                "made_at": clock.now(),
                "made_by": actor.label[:150],
            },
        )
        if made:
            cursor.execute(OF_RUN, {"batch": batch.pk, "run": run.pk, "purpose": E_DOCUMENTS})
            note(batch, "ordered", actor=actor, run=run.pk)
        return batch


def produce_batch(
    batch_id: int, *, actor: Actor, progress: Progress = silent, most: int = MOST_PER_VOLUME
) -> DeliveryBatch:
    """Print what goes on paper into volumes, list it for the post, hand over electronic copies.

    Every volume is a transaction of its own and marks its documents; after an interruption the next call goes on
    with the first volume that is missing, and nothing is produced twice.
    """
    with acting(actor), connection.cursor() as cursor:
        batch = _locked(batch_id)
        if batch.state == DeliveryBatch.State.DONE:
            return batch
        if batch.state == DeliveryBatch.State.OPEN or not batch.items.exists():
            raise Refusal("delivery.not_ready", _("The documents of this batch are not issued yet."), status=409)
        cursor.execute(PLACES, {"batch": batch.pk})
        total = batch.items.filter(way=DeliveryItem.Way.PAPER).count()
    for number, first in enumerate(range(0, total, most), 1):
        progress(first, total, _("Printing"))
        _print_volume(batch_id, number, most, actor, progress, total)
    with acting(actor):
        batch = _locked(batch_id)
        now = clock.now()
        batch.items.filter(way=DeliveryItem.Way.ELECTRONIC, done_at=None).update(done_at=now)
        _attach_list(batch, actor)
        batch.state, batch.produced_at = DeliveryBatch.State.DONE, now
        batch.save(update_fields=["state", "produced_at"])
        note(batch, "produced", actor=actor, papers=total)
    progress(total, total, "")
    return batch


def _locked(batch_id: int) -> DeliveryBatch:
    batch = DeliveryBatch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise Missing("delivery.missing", _("There is no such batch."))
    return batch


def _papers_of(batch_id: int, number: int, most: int) -> list[tuple[int, int]]:
    """(item, document) of a volume, in the order of the route."""
    rows = DeliveryItem.objects.filter(batch_id=batch_id, way=DeliveryItem.Way.PAPER).order_by("place")
    return list(rows[(number - 1) * most : number * most].values_list("pk", "document_id"))


def _print_volume(batch_id: int, number: int, most: int, actor: Actor, progress: Progress, total: int) -> None:
    with acting(actor):
        pairs = _papers_of(batch_id, number, most)
        done = DeliveryItem.objects.filter(pk__in=[pk for pk, _d in pairs], volume=number).count()
    if done == len(pairs):
        return
    documents = [document for _pk, document in pairs]
    before = (number - 1) * most
    papers = papers_in_order(documents, actor=actor, done=lambda count: progress(before + count, total, _("Printing")))
    data = next(volumes(papers, most))
    with acting(actor):
        batch = _locked(batch_id)
        items = DeliveryItem.objects.filter(pk__in=[pk for pk, _d in pairs], volume=None)
        if items.count() != len(pairs):
            return  # somebody else has produced this volume meanwhile
        name = f"{batch.kind}-{batch.pk}-{number:03}.pdf"
        upload = SimpleUploadedFile(name, data, "application/pdf")
        attach_file(batch, upload, actor=actor, kind="volume", description=_("Volume to print"), most=None)
        items.update(volume=number, done_at=clock.now())


def _address_on(payer: dict[str, Any]) -> dict[str, Any]:
    """Name and address of a joint payer as the copy has them."""
    return {name: payer.get(name) or "" for name in ("name", "street", "postal_code", "city")}


def _attach_list(batch: DeliveryBatch, actor: Actor) -> None:
    """The list for the post: one line per envelope, in the order of the volumes."""
    items = batch.items.filter(way=DeliveryItem.Way.PAPER).select_related("document").order_by("place")
    people = {one.account_id: one for one in addressees([item.account_id for item in items])}
    rows = []
    for (account_id, _party), group in groupby(items, key=lambda item: (item.account_id, item.document.party_key)):
        one, papers = people[account_id], list(group)
        if papers[0].document.kind.endswith(COPY):
            one = replace(one, **_address_on(papers[0].document.data["payer"]))
        numbers = ", ".join(item.document.number for item in papers)
        found = ", ".join(dict.fromkeys(str(item.volume) for item in papers))
        rows.append([papers[0].place, found, numbers, one.name, one.street, one.postal_code, one.city])
    headings = [_("Place"), _("Volume"), _("Document"), _("Name"), _("Street"), _("Postal code"), _("City")]
    if rows:
        upload = SimpleUploadedFile(f"{batch.kind}-{batch.pk}-post.csv", write_csv(headings, rows), "text/csv")
        attach_file(batch, upload, actor=actor, kind="post", description=_("List for the post"))
