"""What a resident sees: every function takes the user (through it the party) and never a register.

Everything is read live from the rows the back office writes (POR-20); a row of somebody else is simply not found.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q

from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.transfer_codes import transfer_code_text
from lokum.core.organisation.models import Entity, Node
from lokum.core.papers.copies import COPY
from lokum.core.papers.models import IssuedDocument
from lokum.money.allowances.queries import OwnPart, latest_own_part, own_part
from lokum.money.charges.explanation import Explanation, explain
from lokum.money.charges.limits import declared_behind, reading_components
from lokum.money.charges.models import ChargeLine, Notice
from lokum.money.charges.papers import transfer_title, unit_text
from lokum.money.charges.queries import lines_of_notice
from lokum.money.documents.services.invoices import INVOICE_KINDS
from lokum.money.interest.queries import Accrued, LineSheet, accrued_of, accrued_sheets, sheet_of_entry
from lokum.money.ledger.addressees import E_DOCUMENTS, Addressee, addressee_among
from lokum.money.ledger.queries import Account, Balance, Cursor, Entry, SheetRow, balances, next_due_days, sheet
from lokum.money.ledger.scopes import accounts_of_resident
from lokum.money.ledger.seams import payment_target
from lokum.money.payments.models import Payment
from lokum.property.estates.models import FACT_UNITS, Premises, PremisesFact
from lokum.property.occupancy.household_queries import declaring_offered
from lokum.property.occupancy.models import Agreement, Declaration
from lokum.property.occupancy.queries import agreements_of_party
from lokum.property.occupancy.scopes import parties_of_user, reach_of_resident
from lokum.property.parties.models import Consent, Party

ZERO = Decimal("0.00")
E_INVOICES = (*INVOICE_KINDS, *(kind + COPY for kind in INVOICE_KINDS))


@dataclass(frozen=True)
class Place:
    """One of the resident's accounts: what it is for, what is owed on it, and where to pay."""

    account: Account
    balance: Balance
    next_due_on: dt.date | None
    number: str
    interest: Accrued | None = None

    @property
    def entity(self) -> Entity:
        return self.account.entity

    @property
    def premises(self) -> Premises | None:
        return self.account.agreement.premises

    @property
    def label(self) -> str:
        premises = self.premises
        return premises.place_text if premises else self.account.code

    @property
    def to_pay(self) -> Decimal:
        return max(self.balance.total, ZERO)

    @property
    def code_text(self) -> str:
        """Text of the payment code for what is owed today; "" when nothing is."""
        data = {"period": str(clock.first_of_month(self._today)), "account": {"code": self.account.code}}
        return transfer_code_text(
            self.entity.country_pack,
            number=self.number,
            amount=self.to_pay,
            payee=self.entity.short_name,
            title=transfer_title(data),
            tax_number=self.entity.tax_number,
        )

    @property
    def _today(self) -> dt.date:
        return clock.today(self.entity.time_zone)


def accounts_of(user: User) -> list[Account]:
    """The user's own accounts of all entities, and those of premises held together today."""
    own = accounts_of_resident(user).accounts
    # Not the payer: a joint payer does not see the record of the other one, and the join would drop the account.
    rows = Account.objects.filter(pk__in=own).select_related("entity", "agreement__premises__building")
    return list(rows.order_by("entity__name", "code"))


def places_of(user: User) -> list[Place]:
    """All accounts with balance, next due day and own number and interest, in as many queries whatever their count."""
    accounts = accounts_of(user)
    keys = [account.pk for account in accounts]
    numbers = payment_target(keys)
    days = {account.entity_id: clock.today(account.entity.time_zone) for account in accounts}
    found: dict[int, Balance] = {}
    interest: dict[int, Accrued] = {}
    for day in set(days.values()):
        of_day = [account for account in accounts if days[account.entity_id] == day]
        found |= balances([account.pk for account in of_day], day)
        interest |= accrued_of(of_day, day)
    dues = next_due_days(keys)
    return [
        Place(account, found[account.pk], dues.get(account.pk), numbers.get(account.pk, ""), interest[account.pk])
        for account in accounts
    ]


@dataclass(frozen=True)
class Total:
    """Sum over the accounts of one currency."""

    currency: str
    total: Decimal
    overdue: Decimal
    next_due_on: dt.date | None

    @property
    def owed(self) -> Decimal:
        return max(self.total, ZERO)

    @property
    def ahead(self) -> Decimal:
        return max(-self.total, ZERO)


def shown_balances(account_ids: Sequence[int]) -> dict[int, Decimal]:
    """LED-04: the balance each place of the portal shows; the proof compares it with the books."""
    accounts = Account.objects.filter(pk__in=account_ids).select_related(
        "entity", "agreement__premises__building", "payer"
    )
    far = clock.today().replace(year=clock.today().year + 100)
    found = balances([account.pk for account in accounts], far)
    return {account.pk: Place(account, found[account.pk], None, "").balance.total for account in accounts}


def totals_of(places: Sequence[Place]) -> list[Total]:
    """Common totals, one per currency (amounts of two currencies are never added)."""
    found = []
    ordered = sorted(places, key=lambda place: place.account.currency)
    for currency, group in groupby(ordered, key=lambda place: place.account.currency):
        members = list(group)
        days = [place.next_due_on for place in members if place.next_due_on]
        found.append(
            Total(
                currency,
                sum((place.balance.total for place in members), ZERO),
                sum((place.balance.overdue for place in members), ZERO),
                min(days, default=None),
            )
        )
    return found


def last_payments(user: User, count: int = 3) -> list[Payment]:
    keys = [account.pk for account in accounts_of(user)]
    rows = Payment.objects.filter(account_id__in=keys).select_related("account", "entity")
    return list(rows.order_by("-booked_on", "-pk")[:count])


def _documents_of(user: User) -> Any:
    keys, own = [account.pk for account in accounts_of(user)], list(parties_of_user(user))
    rows = IssuedDocument.objects.filter(account_key__in=keys, in_portal=True).select_related("entity")
    # A joint payer reads the own copy in place of the document, the others theirs.
    mine = own_copies(OuterRef("series_id"), OuterRef("series_period"), OuterRef("serial"), own)
    return rows.filter(Q(party_key__in=own) | ~Q(kind__endswith=COPY) & ~Exists(mine))


def own_copies(series: Any, period: Any, serial: Any, party_ids: Sequence[int]) -> Any:
    """Copies of a document, by its place in its series, that were written to these people."""
    return IssuedDocument.objects.filter(
        series_id=series, series_period=period, serial=serial, kind__endswith=COPY, party_key__in=party_ids
    )


def waiting_invoices(user: User) -> int:
    """How many invoices the user could open after agreeing to electronic documents."""
    if electronic_consent(user) is not None:
        return 0
    return int(_documents_of(user).filter(kind__in=E_INVOICES, party_key__in=parties_of_user(user)).count())


def electronic_consent(user: User) -> Consent | None:
    """The living consent to electronic documents of the user's party."""
    return Consent.objects.filter(party__user=user, purpose=E_DOCUMENTS, withdrawn_at=None).first()


def documents_of(user: User, kind: str = "") -> Any:
    """Issued documents of the user's own accounts that are meant for the portal, newest first."""
    rows = _documents_of(user)
    agreed = Consent.objects.filter(party__user=user, purpose=E_DOCUMENTS, withdrawn_at=None).values("party_id")
    rows = rows.filter(~Q(kind__in=E_INVOICES) | Q(party_key__in=agreed))  # e-invoices need recorded consent
    return (rows.filter(kind=kind) if kind else rows).order_by("-issued_on", "-pk")


# --- the account sheet -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """Rows of one month with what was owed at its end (as far as the page shows it)."""

    first_day: dt.date
    rows: list[SheetRow]
    balance: Decimal

    @property
    def charged(self) -> bool:
        """Whether a notice of this month stands on the page (there is a payment form for it)."""
        return any(row.source_kind == "notice" and (row.charge or 0) > 0 for row in self.rows)


@dataclass(frozen=True)
class SheetView:
    account: Account
    months: list[Month]
    next: Cursor | None
    opening: Decimal
    closing: Decimal


def sheet_of(
    account: Account,
    start: dt.date | None,
    end: dt.date | None,
    *,
    newest_first: bool = True,
    cursor: Cursor | None = None,
    sub_account: int | None = None,
) -> SheetView:
    """A page of the five-column sheet in months; the same rows as the back office shows."""
    page = sheet(account.pk, start, end, newest_first=newest_first, cursor=cursor, sub_account=sub_account)
    months = []
    for first_day, group in groupby(page.rows, key=lambda row: clock.first_of_month(row.booked_on)):
        rows = list(group)
        months.append(Month(first_day, rows, (rows[0] if newest_first else rows[-1]).balance))
    return SheetView(account, months, page.next, page.opening, page.closing)


def own_account(user: User, pk: int) -> Account | None:
    """The account with this id when it is the user's own; None otherwise."""
    return next((account for account in accounts_of(user) if account.pk == pk), None)


def own_entry(user: User, pk: int) -> Entry | None:
    keys = [account.pk for account in accounts_of(user)]
    return Entry.objects.select_related("account__entity", "corrects").filter(pk=pk, account_id__in=keys).first()


def own_parties(user: User) -> frozenset[int]:
    """The parties the user signs in for."""
    return parties_of_user(user)


def reader_of(user: User, account: Account) -> Addressee:
    """To whom papers of an account are written when this user asks for them."""
    return addressee_among(account.pk, own_parties(user))


def own_document(user: User, pk: int) -> IssuedDocument | None:
    """The document with this id; of one that a joint payer has a copy of, the own copy."""
    rows = documents_of(user)
    found: IssuedDocument | None = rows.filter(pk=pk).first()
    if found is None and (one := IssuedDocument.objects.filter(pk=pk, serial__isnull=False).first()) is not None:
        copies = own_copies(one.series_id, one.series_period, one.serial, list(parties_of_user(user)))
        found = rows.filter(pk__in=copies).first()
    return found


@dataclass(frozen=True)
class NoticeView:
    """A notice with the lines of components that are shown in the portal; `others`: what the rest comes to."""

    notice: Notice
    lines: list[ChargeLine]
    others: Decimal | None


def notice_of(entry: Entry) -> NoticeView | None:
    notice = Notice.objects.select_related("document", "account__entity").filter(pk=entry.pk).first()
    if notice is None:
        return None
    lines = list(lines_of_notice(notice))
    hidden = [one.amount for one in lines if not one.component.in_portal]
    return NoticeView(
        notice, [one for one in lines if one.component.in_portal], sum(hidden, Decimal(0)) if hidden else None
    )


@dataclass(frozen=True)
class LineView:
    """A charge line with its calculation and the line of the month before (None: there was none)."""

    line: ChargeLine
    explanation: Explanation
    before: Explanation | None
    tariff_changed: bool
    quantity_changed: bool
    declared: Sequence[Declaration] = ()  # own declarations that its quantity comes from


def shares_of_account(account: Account) -> OwnPart | None:
    """The newest charged month of which others pay a part."""
    return latest_own_part(account)


def own_part_of(entry: Entry) -> OwnPart | None:
    """Own and third-party part of the month of a notice; None where nobody else pays."""
    notice = Notice.objects.filter(entry=entry, corrects=None).first()
    found = own_part(entry.account, notice.period) if notice is not None and entry.account else None
    return found if found is not None and found.shares else None


def own_line(user: User, pk: int) -> LineView | None:
    """A line of an own notice, explained from its own snapshot and compared with the month before."""
    keys = [account.pk for account in accounts_of(user)]
    rows = ChargeLine.objects.select_related("component", "notice__account__entity")
    line = rows.filter(pk=pk, notice__account_id__in=keys, component__in_portal=True).first()
    if line is None:
        return None
    former = (
        ChargeLine.objects.filter(
            agreement_id=line.agreement_id,
            component_id=line.component_id,
            period=clock.add_months(line.period, -1),
            notice__account_id__in=keys,
        )
        .order_by("-pk")
        .first()
    )
    now, before = explain(line.snapshot), explain(former.snapshot) if former else None
    own = set(parties_of_user(user))
    return LineView(
        line,
        now,
        before,
        tariff_changed=before is not None and before.price != now.price,
        quantity_changed=before is not None and before.quantity != now.quantity,
        declared=[one for one in declared_behind([line.snapshot])[0] if one.party_id in own],
    )


def interest_today(account: Account) -> Accrued:
    """Interest of an own account accrued to today and not noted yet."""
    return accrued_of([account], clock.today(account.entity.time_zone))[account.pk]


def interest_sheets(account: Account) -> list[LineSheet]:
    """How that interest is counted, debt by debt."""
    return accrued_sheets(account.entity, account.pk, clock.today(account.entity.time_zone))


def interest_of(entry: Entry) -> tuple[LineSheet, int] | None:
    """The calculation of a noted line of interest, and the document it stands in."""
    return sheet_of_entry(entry.pk)


def payment_of(entry: Entry) -> Payment | None:
    return Payment.objects.filter(entry=entry).select_related("bank_entry", "account").first()


# --- the person -------------------------------------------------------------------------------------------------


def party_of(user: User) -> Party | None:
    return Party.objects.filter(user=user).prefetch_related("contacts", "addresses").first()


def premises_of(user: User) -> list[Premises]:
    """Premises held or paid for today."""
    keys = reach_of_resident(user).premises
    return list(Premises.objects.filter(pk__in=keys).select_related("building", "entrance", "storey"))


def declaring_places(user: User) -> list[Premises]:
    """Own premises for which the number of persons is declared (no residence register is kept)."""
    places = premises_of(user)
    offered = declaring_offered([place.pk for place in places], clock.today())
    return [place for place in places if place.pk in offered]


@dataclass(frozen=True)
class Norm:
    """A fact of own premises that charges rest on and that may be declared otherwise.

    value: what counts in the month (None: nothing is recorded), of the whole home; persons: who live there.
    """

    premises: Premises
    kind: str
    value: Decimal | None
    persons: Decimal | None

    @property
    def key(self) -> str:
        return f"{self.premises.pk}-{self.kind}"

    @property
    def label(self) -> str:
        return str(Declaration.Kind(self.kind).label)

    @property
    def unit(self) -> str:
        return FACT_UNITS[self.kind]

    @property
    def each(self) -> Decimal | None:
        """The amount for one person."""
        return self.value / self.persons if self.value is not None and self.persons else None

    def __str__(self) -> str:
        return f"{self.label} ({unit_text(self.unit)}) — {self.premises.building} / {self.premises.number}"


def declarable_norms(user: User, month: dt.date) -> list[Norm]:
    """The advance norms that charges of own premises rest on in a month; persons have a page of their own.

    At a supply point nothing is declared: what it takes is agreed.
    """
    places = [place for place in premises_of(user) if not place.is_supply_point]
    read = reading_components([place.pk for place in places], month)
    rows = PremisesFact.objects.filter(premises__in=places, valid__contains=month, recorded__endswith=None)
    known = {(row.premises_id, row.kind): row.value for row in rows.filter(kind__in=Declaration.Kind.values)}
    return [
        Norm(place, kind, known.get((place.pk, kind)), known.get((place.pk, "persons")))
        for place in places
        for kind in Declaration.Kind.values
        if kind != "persons" and kind in read.get(place.pk, {})
    ]


def declarations_of(user: User, limit: int = 60) -> list[Declaration]:
    """What the user declared, the newest first."""
    rows = Declaration.objects.filter(party__in=parties_of_user(user))
    return list(rows.select_related("premises__building")[:limit])


def open_declarations(user: User, kinds: Sequence[str]) -> list[Declaration]:
    """Declarations of some kinds for own premises that wait for a decision."""
    keys = reach_of_resident(user).premises
    rows = Declaration.objects.filter(premises__in=keys, state="submitted", kind__in=kinds)
    return list(rows.select_related("premises__building"))


def agreements_of(user: User) -> list[Agreement]:
    """Agreements of today, for the history of changes."""
    found: dict[int, Agreement] = {}
    for party in parties_of_user(user):
        rows = agreements_of_party(party, clock.today()).select_related("premises__building", "entity")
        found |= {agreement.pk: agreement for agreement in rows}
    return list(found.values())


def operator() -> Node | None:
    """The root of the organisation tree: whose portal this is."""
    roots = Node.objects.exclude(placements__valid__contains=clock.today()).order_by("pk")
    return roots.first()


def offices() -> list[Entity]:
    """Whom to turn to: the entities with their public contact data."""
    return list(Entity.objects.filter(closed_on=None).exclude(phone="", email="").order_by("name"))
