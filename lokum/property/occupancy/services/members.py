"""The member register: statuses with dates, contributions due and paid."""

import datetime as dt
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.models.changes import ChangeKind
from lokum.property.estates.services import ChangeRow, note_changes
from lokum.property.occupancy.models import ContributionPayment, Member, MemberContribution, MemberStatus

# Premises whose tariff may rest on the membership of a party in an entity, with the time of the title.
_TITLES = """
SELECT DISTINCT t.premises_id, lower(t.valid), upper(t.valid)
  FROM occupancy_title t
  JOIN occupancy_titleholder h ON h.title_id = t.id
 WHERE h.party_id = %(party)s AND t.valid && daterange(%(from)s, NULL)
   AND (EXISTS (SELECT FROM occupancy_agreement g WHERE g.title_id = t.id AND g.entity_id = %(entity)s)
     OR EXISTS (SELECT FROM estates_premisesentity e
                 WHERE e.premises_id = t.premises_id AND e.entity_id = %(entity)s AND e.valid && t.valid))
 ORDER BY t.premises_id
"""


def add_member(
    entity_pk: int,
    party_pk: int,
    number: str,
    member_from: dt.date,
    *,
    actor: Actor,
    document: str = "",
    status: str = MemberStatus.Status.MEMBER,
) -> Member:
    """Enter somebody in the member register of an entity under a number, with a first status."""
    number = number.strip()
    with acting(actor):
        try:
            with transaction.atomic():
                member = Member.objects.create(entity_id=entity_pk, party_id=party_pk, number=number)
        except IntegrityError as problem:
            if "member_number_once" not in str(problem):
                raise
            text = _("The number %(number)s is taken in the member register.") % {"number": number}
            raise Refusal("member.number_taken", text, fields={"number": [text]}) from problem
        set_status(member.pk, status, member_from, actor=actor, document=document)
        return member


def set_status(
    member_pk: int, status: str, valid_from: dt.date, *, actor: Actor, document: str = ""
) -> MemberStatus | None:
    """From a day on somebody has another status; the one before ends the day before.

    None when this status holds already. A later status that is recorded stands in the way and is named. The tariffs
    of the titles held follow the membership of each day; a change back in time is kept for corrections.
    """
    if status not in MemberStatus.Status.values:
        text = _("There is no status “%(status)s”.") % {"status": status}
        raise Refusal("member.unknown_status", text, fields={"status": [text]})
    with acting(actor):
        member = _member(member_pk)
        later = member.statuses.filter(valid__startswith__gt=valid_from).order_by("valid").first()
        if later is not None:
            text = _("“%(status)s” is recorded already from %(day)s.") % {
                "status": later,
                "day": date_format(later.valid.lower, "SHORT_DATE_FORMAT"),
            }
            raise Refusal("member.status_later", text, fields={"valid_from": [text]})
        present = member.statuses.filter(valid__contains=valid_from).first()
        if present is not None and present.status == status:
            return None
        if present is not None and present.valid.lower == valid_from:
            present.delete()
        elif present is not None:
            present.valid = DateRange(present.valid.lower, valid_from)
            present.save(update_fields=["valid"])
        made = MemberStatus.objects.create(
            member=member, status=status, valid=DateRange(valid_from, None), document=document[:200]
        )
        _note_membership(member, present.status if present else "", status, valid_from, document, actor)
        note(member, gettext_noop("status set"), actor=actor, status=status, day=valid_from.isoformat())
        return made


def _note_membership(
    member: Member, former: str, status: str, valid_from: dt.date, document: str, actor: Actor
) -> None:
    was, now = (one == MemberStatus.Status.MEMBER for one in (former, status))
    if was == now:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TITLES, {"party": member.party_id, "entity": member.entity_id, "from": valid_from})
        titles = cursor.fetchall()
    words = {True: _("member"), False: _("no member")}
    note_changes(
        [
            ChangeRow(
                premises_pk,
                ChangeKind.MEMBERSHIP,
                max(valid_from, first_on or valid_from),
                after - dt.timedelta(days=1) if after else None,
                f"{member.party.code} {words[was]}",
                f"{member.party.code} {words[now]}",
                document,
            )
            for premises_pk, first_on, after in titles
        ],
        actor=actor,
    )


def add_contribution(
    member_pk: int,
    kind: str,
    amount: Decimal,
    due_on: dt.date,
    *,
    actor: Actor,
    count: int = 1,
    document: str = "",
) -> MemberContribution:
    """What a member has to pay: an entry fee, `count` declared shares together, a housing contribution."""
    if amount <= 0 or count < 1:
        text = _("The amount and the number are above zero.")
        raise Refusal("member.contribution_positive", text, fields={"amount": [text]})
    with acting(actor):
        member = _member(member_pk)
        made = MemberContribution.objects.create(
            member=member, kind=kind, amount=amount, due_on=due_on, count=count, document=document[:200]
        )
        note(member, gettext_noop("contribution added"), actor=actor, kind=kind, amount=str(amount), count=count)
        return made


def pay_contribution(
    contribution_pk: int, amount: Decimal, paid_on: dt.date, *, actor: Actor, document: str = ""
) -> ContributionPayment:
    """Record a payment towards a contribution, or with a negative amount what was paid back.

    More than is due, or back more than was paid, is refused.
    """
    with acting(actor):
        row = MemberContribution.objects.select_for_update(of=("self",)).filter(pk=contribution_pk).first()
        if row is None:
            raise Missing("member.contribution_missing", _("There is no such contribution."))
        paid = row.paid_amount + amount
        if amount == 0 or paid < 0 or paid > row.amount:
            text = _("Open are %(open)s, paid were %(paid)s.") % {
                "open": row.amount - row.paid_amount,
                "paid": row.paid_amount,
            }
            raise Refusal("member.contribution_limit", text, fields={"amount": [text]})
        row.paid_amount = paid
        row.version += 1
        row.save(update_fields=["paid_amount", "version"])
        made = ContributionPayment.objects.create(
            contribution=row, amount=amount, paid_on=paid_on, document=document[:200]
        )
        note(row, gettext_noop("paid"), actor=actor, amount=str(amount), day=paid_on.isoformat())
        return made


def _member(member_pk: int) -> Member:
    member = Member.objects.select_for_update(of=("self",)).select_related("party").filter(pk=member_pk).first()
    if member is None:
        raise Missing("member.missing", _("There is no such member."))
    return member
