"""What an office keeps beside the months: districts, members, addresses, consents, own fields, letters that go out."""

import datetime as dt
from decimal import Decimal

from django.utils import translation

from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.organisation.models import Entity, OwnFieldDefinition
from lokum.core.organisation.own_fields import make_dated
from lokum.demo.desk_work import staff
from lokum.money.charges.models import ChargeRun
from lokum.money.documents.services.delivery import deliver_run
from lokum.money.documents.services.statements import issue_statements, order_statements
from lokum.money.interest.services.waivers import request_waiver, waivable
from lokum.money.ledger.addressees import E_DOCUMENTS
from lokum.money.ledger.models import Account
from lokum.property.estates.models import Building, Premises, PremisesGroup
from lokum.property.estates.services import put_in_group, set_own_value
from lokum.property.occupancy.models import MemberContribution, TitleHolder
from lokum.property.occupancy.services.members import add_contribution, add_member, pay_contribution
from lokum.property.parties.models import Consent, Party
from lokum.property.parties.services import change_address

MEMBERS = 24
SHARE_AMOUNT = Decimal("300.00")  # a share of a member of the invented cooperative


def keep_registers(entity: Entity, today: dt.date, *, actor: Actor) -> None:
    """Fill the registers of the cooperative that no month run fills. Needs users and posted months."""
    accountant = staff("ksiegowa")
    with translation.override("pl"):
        with acting(actor):
            _groups(entity, actor)
            _own_field(entity, today, actor)
            _people(entity, today, actor)
        with acting(accountant):
            _members(entity, accountant)
            _letters(entity, today, accountant)
            _waiver(entity, today, accountant)


def _groups(entity: Entity, actor: Actor) -> None:
    """A district of whole buildings, and a free group of single premises."""
    buildings = Building.objects.filter(premises__agreements__entity=entity).distinct().order_by("code")
    district = PremisesGroup.objects.create(
        code="REJ-1", name="Rejon I – ogródki przy blokach", kind=PremisesGroup.Kind.DISTRICT, node=entity.node
    )
    chosen = list(buildings.values_list("pk", flat=True)[:2])
    put_in_group(district.pk, buildings=chosen, valid_from=dt.date(2020, 1, 1), actor=actor)
    free = PremisesGroup.objects.create(
        code="WIN-2027", name="Remont wind w 2027 r.", kind=PremisesGroup.Kind.FREE, node=entity.node
    )
    homes = Premises.objects.filter(building=chosen[0], kind="dwelling").order_by("sort_number", "pk")
    put_in_group(free.pk, premises=list(homes.values_list("pk", flat=True)[:10]), valid_from=dt.date(2026, 1, 1),
                 actor=actor)  # fmt: skip


def _own_field(entity: Entity, today: dt.date, actor: Actor) -> None:
    """Kinds of kitchens with the days of their values: some flats were rebuilt."""
    OwnFieldDefinition.objects.create(
        object_label="estates.premises", code="kitchen", label="Kuchnia", type=OwnFieldDefinition.Type.CHOICE,
        choices="z oknem\nbez okna\naneks", in_list=True,
    )  # fmt: skip
    homes = Premises.objects.filter(agreements__entity=entity, kind="dwelling").distinct().order_by("code")
    for number, premises in enumerate(homes[:12]):
        premises.own = premises.own | {"kitchen": ("z oknem", "bez okna", "aneks")[number % 3]}
        premises.save(update_fields=["own"])
    make_dated("estates.premises", ["kitchen"], actor=actor)
    rebuilt = clock.add_months(clock.first_of_month(today), -4)
    for premises in homes[1:12:5]:
        set_own_value(premises.pk, "kitchen", "aneks", rebuilt, source="Protokół odbioru po przebudowie", actor=actor)


def _people(entity: Entity, today: dt.date, actor: Actor) -> None:
    """Some get letters elsewhere, some agreed to electronic documents; one took the consent back."""
    people = list(
        Party.objects.filter(kind=Party.Kind.PERSON, accounts__entity=entity).distinct().order_by("code")[:60]
    )
    since = clock.add_months(clock.first_of_month(today), -6)
    for number, party in enumerate(people[10:60:10]):
        street = f"ul. Zegarowa {number + 3}/{number + 1}"
        change_address(party.pk, street=street, city="Lipogóra", postal_code="99-901", valid_from=since, actor=actor)
    given_at = clock.now() - dt.timedelta(days=200)
    with_sign_in = list(Party.objects.exclude(user=None).filter(accounts__entity=entity).distinct().order_by("code"))
    for party in [*with_sign_in[:2], *people[5:12]]:
        Consent.objects.get_or_create(
            party=party, purpose=E_DOCUMENTS, defaults={"text_version": "1/2026", "given_at": given_at}
        )
    taken_back = Consent.objects.filter(party__in=people[11:12], purpose=E_DOCUMENTS)
    taken_back.update(withdrawn_at=given_at + dt.timedelta(days=90))


def _members(entity: Entity, actor: Actor) -> None:
    """Members with a share; every third of them pays it in two parts, one is still open."""
    held = TitleHolder.objects.filter(title__agreements__entity=entity, title__member=True, title__valid__endswith=None)
    rows = held.select_related("title").order_by("title__premises__code", "party_id")
    seen: set[int] = set()
    for holder in rows[: MEMBERS * 2]:
        if holder.party_id in seen or len(seen) == MEMBERS:
            continue
        seen.add(holder.party_id)
        number, since = len(seen), holder.title.valid.lower
        document = f"Uchwała {number}"
        member = add_member(entity.pk, holder.party_id, str(number), since, document=document, actor=actor)
        share = add_contribution(member.pk, MemberContribution.Kind.SHARE, SHARE_AMOUNT, since, actor=actor)
        half = (SHARE_AMOUNT / 2).quantize(SHARE_AMOUNT)
        parts = [SHARE_AMOUNT] if number % 3 else [half] if number == MEMBERS else [half, half]
        for part in parts:
            pay_contribution(share.pk, part, since, document=f"KP {number}", actor=actor)


def _letters(entity: Entity, today: dt.date, actor: Actor) -> None:
    """Confirmations of balance of one building, and the notices of the last posted month on their way."""
    building = Building.objects.filter(premises__agreements__entity=entity).order_by("code").first()
    end = clock.first_of_month(today) - dt.timedelta(days=1)
    batch = order_statements(entity=entity, kind="confirmation", start=end.replace(day=1), end=end, building=building,
                             actor=actor)  # fmt: skip
    issue_statements(batch.pk, actor=actor)
    run = ChargeRun.objects.filter(entity=entity, state="posted", kind="month").order_by("-period").first()
    if run is not None:
        deliver_run(run.pk, actor=actor)


def _waiver(entity: Entity, today: dt.date, actor: Actor) -> None:
    """Somebody with small interest asks to waive it; a second person has to decide."""
    accounts = Account.objects.filter(entity=entity, interest_notes__isnull=False).distinct().order_by("code")
    for account in accounts[:20]:
        left = waivable(account, today)
        if left.total > 0:
            reason = "Wniosek lokatora: opóźnienie z winy banku"
            request_waiver(account.pk, amount=left.total, reason=reason, actor=actor)
            return
