"""Valid defaults for titles and agreements. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.annex.services import store_file
from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.property.estates.factories import make_premises
from lokum.property.estates.models import PremisesEntity
from lokum.property.occupancy.models import (
    Agreement,
    AgreementAttribute,
    ContributionPayment,
    Declaration,
    EstateImport,
    EstateImportRow,
    HouseholdMember,
    Member,
    MemberContribution,
    MemberStatus,
    PersonsSource,
    PremisesState,
    Title,
    TitleHolder,
    TitleKind,
)
from lokum.property.occupancy.services import AgreementTerms, open_title
from lokum.property.occupancy.services.importing import MEDIA_TYPE
from lokum.property.occupancy.workbook.writing import template
from lokum.property.parties.factories import make_party

_count = itertools.count(1)
_SINCE = dt.date(2020, 1, 1)


def make_title(**over: Any) -> Title:
    """A title with one holder of the whole (`holders=[]` leaves holders out, `party=` names the holder)."""
    holders = over.pop("holders", None)
    party = over.pop("party", None)
    values = {"kind": TitleKind.COOP_OWNERSHIP, "valid": DateRange(_SINCE, None), "document": "act 1/2020"} | over
    if "premises" not in values and "premises_id" not in values:
        values["premises"] = make_premises()
    title = Title.objects.create(**values)
    for one in [(party or make_party(), 1, 1)] if holders is None else holders:
        make_title_holder(title=title, party=one[0], numerator=one[1], denominator=one[2])
    return title


def make_title_holder(**over: Any) -> TitleHolder:
    values = {"numerator": 1, "denominator": 1} | over
    if "title" not in values:
        values["title"] = make_title(holders=[])
    if "party" not in values:
        values["party"] = make_party()
    return TitleHolder.objects.create(**values)


def make_agreement(**over: Any) -> Agreement:
    """An agreement under a title of its payer, without telling upper layers (no account is opened)."""
    values = {"code": f"A{next(_count)}", "valid": DateRange(_SINCE, None)} | over
    if "payer" not in values:
        values["payer"] = make_party()
    if "title" not in values:
        values["title"] = make_title(
            party=values["payer"], **({"premises": values["premises"]} if "premises" in values else {})
        )
    if "premises" not in values:
        values["premises"] = values["title"].premises
    if "entity" not in values:
        values["entity"] = PremisesEntity.objects.filter(premises=values["premises"]).latest("pk").entity
    return Agreement.objects.create(**values)


def make_opened_agreement(**over: Any) -> Agreement:
    """An agreement opened by the service, so that upper layers took part (its account is open)."""
    premises = over.pop("premises", None) or make_premises()
    payer = over.pop("payer", None) or make_party()
    title = open_title(
        premises.pk,
        over.pop("kind", TitleKind.COOP_OWNERSHIP),
        [(payer, 1, 1)],
        over.pop("valid_from", _SINCE),
        actor=system_actor("factory"),
        agreement=AgreementTerms(**over),
    )
    return title.agreements.get()


def make_agreement_attribute(**over: Any) -> AgreementAttribute:
    values = {
        "name": AgreementAttribute.Name.DUE_DAY,
        "value": "15",
        "valid": DateRange(_SINCE, None),
        "recorded": (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), None),
        "source": "application",
    } | over
    if "agreement" not in values:
        values["agreement"] = make_agreement()
    return AgreementAttribute.objects.create(**values)


def make_estate_import(**over: Any) -> EstateImport:
    """An empty template, taken in and not yet checked."""
    values = {
        "file_name": "estate.xlsx",
        "valid_from": _SINCE,
        "source": "estate.xlsx",
        "created_at": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    } | over
    if "file" not in values:
        values["file"] = store_file(template(), media_type=MEDIA_TYPE)
    if "entity" not in values:
        values["entity"] = make_entity()
    return EstateImport.objects.create(**values)


def make_household_member(**over: Any) -> HouseholdMember:
    """A person known by name, living there since 2020."""
    values = {"role": HouseholdMember.Role.FAMILY, "valid": DateRange(_SINCE, None), "document": "form 1"} | over
    if "premises" not in values and "premises_id" not in values:
        values["premises"] = make_premises()
    if "party" not in values:
        values.setdefault("name", f"Resident {next(_count)}")
    return HouseholdMember.objects.create(**values)


def make_persons_source(**over: Any) -> PersonsSource:
    values = {"source": PersonsSource.Source.REGISTER, "valid": DateRange(_SINCE, None)} | over
    if "premises" not in values:
        values["premises"] = make_premises()
    return PersonsSource.objects.create(**values)


def make_declaration(**over: Any) -> Declaration:
    values = {
        "kind": Declaration.Kind.PERSONS,
        "value": Decimal(3),
        "valid_from": dt.date(2026, 1, 1),
        "declared_at": dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
    } | over
    if "premises" not in values:
        values["premises"] = make_premises()
    return Declaration.objects.create(**values)


def make_member(**over: Any) -> Member:
    """Somebody in a member register; `make_member_status` gives the status."""
    values = {"number": str(next(_count))} | over
    if "entity" not in values:
        values["entity"] = make_entity()
    if "party" not in values:
        values["party"] = make_party(home_node=values["entity"].node)
    return Member.objects.create(**values)


def make_member_status(**over: Any) -> MemberStatus:
    values = {"status": MemberStatus.Status.MEMBER, "valid": DateRange(_SINCE, None), "document": "res. 1/2020"} | over
    if "member" not in values:
        values["member"] = make_member()
    return MemberStatus.objects.create(**values)


def make_member_contribution(**over: Any) -> MemberContribution:
    values = {"kind": MemberContribution.Kind.SHARE, "amount": Decimal("500.00"), "due_on": _SINCE} | over
    if "member" not in values:
        values["member"] = make_member()
    return MemberContribution.objects.create(**values)


def make_contribution_payment(**over: Any) -> ContributionPayment:
    values = {"paid_on": _SINCE, "amount": Decimal("100.00"), "document": "KP 1"} | over
    if "contribution" not in values:
        values["contribution"] = make_member_contribution(paid_amount=Decimal("100.00"))
    return ContributionPayment.objects.create(**values)


def make_premises_state(**over: Any) -> PremisesState:
    values = {"state": "reserved", "valid": DateRange(_SINCE, None), "document": "note 1"} | over
    if "premises" not in values:
        values["premises"] = make_premises()
    return PremisesState.objects.create(**values)


def make_estate_import_row(**over: Any) -> EstateImportRow:
    """A building a workbook made."""
    values = {"register": "building", "row": 2, "object_id": 1, "created": True} | over
    if "workbook" not in values:
        values["workbook"] = make_estate_import()
    return EstateImportRow.objects.create(**values)
