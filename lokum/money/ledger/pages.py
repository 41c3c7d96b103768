"""What the ledger's pages show, put together from queries."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import clock, policy
from lokum.core.desk.sheets import write_xlsx
from lokum.core.jobs.models import Job
from lokum.core.organisation.models import Entity
from lokum.money.ledger.forms import SheetForm
from lokum.money.ledger.models import Account, Entry, LedgerAccount, Period
from lokum.money.ledger.proof import rules
from lokum.money.ledger.queries import (
    Cursor,
    FiscalYear,
    balance,
    fiscal_years,
    left_parts,
    sheet_rows,
    sub_accounts_of_account,
    trial_balance,
)
from lokum.money.ledger.seams import component_names


def sheet_range(data: QueryDict) -> tuple[SheetForm, dt.date | None, dt.date | None, bool]:
    """The form, the two days (None: open) and whether the oldest row comes first."""
    form = SheetForm(data)
    if not form.is_valid():
        return form, None, None, False
    chosen = form.cleaned_data
    return form, chosen["start"], chosen["end"], chosen["order"] == "oldest"


def chosen_sub(form: SheetForm) -> int | None:
    """The sub-account a sheet is limited to; 0 is the main one, None all of them."""
    return form.cleaned_data.get("sub") if form.is_valid() else None


def sheet_balances(account: Account, day: dt.date, sub: int | None) -> dict[str, Any]:
    """The balance on top of a sheet, of the account or of one sub-account, and those of all its sub-accounts."""
    parts = sub_accounts_of_account(account.pk, account.entity_id, day)
    one = next((part for part in parts if part.key == sub), None)
    shown = one.balance if one else balance(account.pk, day)
    return {"balance": shown, "sub_accounts": parts, "chosen": sub}


def ready_ranges(today: dt.date) -> list[tuple[str, str]]:
    """(label, query) of the ranges people ask for most."""
    month, last_month = today.replace(day=1), clock.add_months(today, -1)
    ranges = [
        (_("Today"), today, today),
        (_("This month"), month, clock.last_of_month(today)),
        (_("Last month"), last_month, clock.last_of_month(last_month)),
        (_("This year"), today.replace(month=1, day=1), today.replace(month=12, day=31)),
        (_("Last year"), dt.date(today.year - 1, 1, 1), dt.date(today.year - 1, 12, 31)),
    ]
    found = [(label, f"start={start}&end={end}") for label, start, end in ranges]
    return [*found, (_("Everything"), "")]


def next_url(data: QueryDict, cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    query = data.copy()
    query["after"] = str(cursor)
    return f"?{query.urlencode()}"


def sheet_workbook(
    account: Account, start: dt.date | None, end: dt.date | None, oldest: bool, sub: int | None
) -> bytes:
    """The account sheet of a range as xlsx, in the columns of the page."""
    headings = [_("Date"), _("Document"), _("Description"), _("Due on"), _("Charge"), _("Correction"), _("Payment"),
                _("Balance")]  # fmt: skip
    rows = (
        [row.booked_on, row.document_number, row.description, row.due_on, row.charge, row.correction, row.payment,
         row.balance]
        for row in sheet_rows(account.pk, start, end, newest_first=not oldest, sub_account=sub)
    )  # fmt: skip
    return write_xlsx(headings, rows)


class TrialForm(forms.Form):
    entity = forms.ModelChoiceField(
        queryset=Entity.objects.all(), required=False, label=gettext_lazy("Entity"), empty_label=gettext_lazy("all")
    )
    start = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    end = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def trial_parts(data: QueryDict, user: Any) -> tuple[TrialForm, list[dict[str, Any]]]:
    """Trial balances by currency of the entities whose chart the user may see; never summed over currencies."""
    today = clock.today()
    values = {"entity": data.get("entity"), "start": data.get("start") or today.replace(month=1, day=1).isoformat(),
              "end": data.get("end") or today.isoformat()}  # fmt: skip
    form = TrialForm(values)
    mine = policy.allowed(LedgerAccount.objects.all(), user, "view").values("entity_id")
    entities = Entity.objects.filter(pk__in=mine)
    form.fields["entity"].queryset = entities  # type: ignore[attr-defined]
    if not form.is_valid():
        return form, []
    chosen = form.cleaned_data
    wanted = [chosen["entity"]] if chosen["entity"] else list(entities)
    by_currency: dict[str, list[int]] = {}
    for one in wanted:
        by_currency.setdefault(one.currency, []).append(one.pk)
    return form, [_part(currency, ids, chosen) for currency, ids in sorted(by_currency.items())]


def _part(currency: str, entity_ids: list[int], chosen: dict[str, Any]) -> dict[str, Any]:
    lines = trial_balance(entity_ids, chosen["start"], chosen["end"])
    sums = {name: sum((getattr(one, name) for one in lines), Decimal(0)) for name in SUMMED}
    return {"currency": currency, "lines": lines, **sums}


SUMMED = ("opening", "debit", "credit", "closing")


def trial_workbook(parts: list[dict[str, Any]]) -> bytes:
    """The trial balance as xlsx, one row for each account and currency."""
    headings = [_("Currency"), _("Code"), _("Name"), _("Opening"), _("Debit"), _("Credit"), _("Closing")]
    rows = (
        [part["currency"], line.code, line.name, line.opening, line.debit, line.credit, line.closing]
        for part in parts
        for line in part["lines"]
    )
    return write_xlsx(headings, rows)


def years_of(user: Any) -> list[FiscalYear]:
    """Fiscal years of the entities whose periods the user may see."""
    mine = policy.allowed(Period.objects.all(), user, "view").values("entity_id")
    return fiscal_years(Entity.objects.filter(pk__in=mine))


def last_proof() -> dict[str, Any]:
    """The rules with the counts of the last finished proof."""
    job = Job.objects.filter(kind="ledger.prove", state=Job.State.DONE).order_by("-pk").first()
    counts = job.result.get("rules", {}) if job else {}
    shown = [{"code": rule.code, "title": rule.title, "count": counts.get(rule.code)} for rule in rules()]
    return {"job": job, "rules": shown, "findings": job.result.get("findings", []) if job else []}


def correction_parts(entry: Entry) -> list[dict[str, Any]]:
    """The lines of a document as they can be corrected: name, what was posted, what is left."""
    parts = left_parts(entry)
    names = component_names({one.component_key for one in parts if one.component_key})
    accounts = LedgerAccount.objects.in_bulk([one.ledger_account_id for one in parts])
    return [
        {
            "line": one.line_id,
            "label": names.get(one.component_key or 0) or str(accounts[one.ledger_account_id]),
            "account": accounts[one.ledger_account_id],
            "posted": one.posted_amount,
            "left": one.left_amount,
        }
        for one in parts
    ]
