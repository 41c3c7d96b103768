"""Control of what is charged: forgotten charges (a run is checked with that list confirmed), granted reductions."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lokum.core.base import clock, policy
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.sheets import write_xlsx
from lokum.core.organisation.chosen import ask_entity
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.queries.missing import KINDS, Missing, missing_charges, missing_count
from lokum.money.charges.queries.reductions import Credited, credited
from lokum.money.charges.queries.shares import wrong_shares
from lokum.money.charges.services import check_run
from lokum.property.estates.models import Building

SHOWN = 500


class ControlForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.none(), label=gettext_lazy("Entity"))
    month = forms.DateField(
        label=gettext_lazy("Month"), help_text=gettext_lazy("Any day of the month."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    rule = forms.ChoiceField(
        label=gettext_lazy("What is missing"), required=False,
        choices=[("", gettext_lazy("everything")), *KINDS.items()],
    )  # fmt: skip
    building = forms.CharField(label=gettext_lazy("Building"), required=False, help_text=gettext_lazy("Its code."))


class CheckForm(forms.Form):
    """Whoever checks a month confirms that the list of forgotten charges was looked at."""

    confirmed = forms.BooleanField(
        required=False, label=gettext_lazy("I have looked at the list of charges that may be missing and of shares.")
    )


def check_confirmed(pk: int, *, actor: Actor, confirmed: bool = False) -> ChargeRun:
    """Mark a draft as checked; while charges may be missing or shares are wrong, only with the list confirmed."""
    run = ChargeRun.objects.get(pk=pk)
    count = 0 if confirmed else missing_count(run.entity_id, run.period)
    if count:
        text = ngettext(
            "%(count)d charge may be missing. Look at the list and confirm it.",
            "%(count)d charges may be missing. Look at the list and confirm it.",
            count,
        ) % {"count": count}
        raise Refusal("charge_run.unconfirmed", text, fields={"confirmed": [text]}, details={"count": count})
    wrong = [] if confirmed else wrong_shares(run.entity_id, run.period)
    if wrong:
        text = _("Shares that are charged by do not add up to the whole: %(places)s. Look at them and confirm.") % {
            "places": ", ".join(f"{one.record} {one.total_text}" for one in wrong[:10])
        }
        raise Refusal("charge_run.wrong_shares", text, fields={"confirmed": [text]}, details={"count": len(wrong)})
    return check_run(pk, actor=actor)


def control_context(request: HttpRequest) -> dict[str, Any]:
    """The form and the rows it asks for."""
    user = request.user
    form = ask_entity(ControlForm, request, initial={"month": clock.today()})
    if not form.is_bound or not form.is_valid():
        return {"form": form, "rows": None}
    chosen = form.cleaned_data
    building = None
    if chosen["building"]:
        found = policy.allowed(Building.objects.filter(code=chosen["building"]), user, "view").first()
        building = found.pk if found else 0
    month = clock.first_of_month(chosen["month"])
    rows = missing_charges(chosen["entity"].pk, month, rule=chosen["rule"], building_id=building)
    shares = wrong_shares(chosen["entity"].pk, month)
    return {"form": form, "rows": rows, "shown": rows[:SHOWN], "limit": SHOWN, "month": month, "shares": shares}


def control_workbook(rows: list[Missing]) -> bytes:
    headings = [_("Premises"), _("Agreement"), _("Component"), _("What is missing"), _("Details")]
    cells = [[one.premises, one.agreement, one.component, str(one.label), str(one.explained)] for one in rows]
    return write_xlsx(headings, cells)


class ReductionsForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.none(), label=gettext_lazy("Entity"))
    start = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    end = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def reductions_context(request: HttpRequest) -> dict[str, Any]:
    """Credits by kind, approver and estate, and their sums; by default of this year."""
    today = clock.today()
    form = ask_entity(ReductionsForm, request, initial={"start": today.replace(month=1, day=1), "end": today})
    if not form.is_bound or not form.is_valid():
        return {"form": form, "rows": None}
    chosen = form.cleaned_data
    rows = credited(chosen["entity"].pk, chosen["start"], chosen["end"])
    return {
        "form": form, "rows": rows, "currency": chosen["entity"].currency,
        "net": sum(one.net_amount for one in rows), "tax": sum(one.tax_amount for one in rows),
        "total": sum(one.amount for one in rows), "lines": sum(one.line_count for one in rows),
    }  # fmt: skip


def reductions_workbook(rows: list[Credited]) -> bytes:
    headings = [_("Kind"), _("Decided by"), _("Estate"), _("Reductions"), _("Lines"), _("Net"), _("VAT"), _("Amount")]
    cells = [
        [one.kind, one.approver, f"{one.estate_code} {one.estate}".strip(), one.reduction_count, one.line_count,
         one.net_amount, one.tax_amount, one.amount]
        for one in rows
    ]  # fmt: skip
    return write_xlsx(headings, cells)
