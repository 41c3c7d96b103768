"""Registers of interest: regimes, rates, policies."""

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.money.interest.forms import ReasonForm
from lokum.money.interest.models import (
    InterestLine,
    InterestNote,
    InterestPolicy,
    InterestRate,
    InterestRegime,
    InterestRun,
    InterestWaiver,
    InterestWaiverLine,
)
from lokum.money.interest.services import withdraw_rate

no_desk(InterestLine, "shown on the page of its note, with the calculation")
no_desk(InterestNote, "posted by runs; shown on the account")
no_desk(InterestRun, "a run is a process with pages of its own")
no_desk(InterestWaiver, "made when a request is approved")
no_desk(InterestWaiverLine, "shown on its waiver")


@register
class InterestRegimeDesk(ModelDesk):
    model = InterestRegime
    section = "ledger"
    icon = "percentage"
    order = 80
    columns = ("code", "name", "name_pl", "name_zh_hant", "name_zh_hans", "kind", "unit", "country", "basis", "limit",
               "limit_factor")  # fmt: skip
    default_columns = ("code", "name", "kind", "unit", "country", "basis")
    fields = ("code", "name", "name_pl", "name_zh_hant", "name_zh_hans", "kind", "unit", "country", "basis", "limit",
              "limit_factor")  # fmt: skip
    search = ("code", "name", "name_pl", "name_zh_hant", "name_zh_hans")
    filters = ("kind", "country")
    import_key = ("code",)
    related = ("limit",)
    facts = ("code", "kind", "unit")
    searchable_globally = False
    tabs = (Tab("rates", _("Rates"), child=InterestRate, lookup="regime"),)


@register
class InterestRateDesk(ModelDesk):
    """Rates are added, by hand or by a sheet, and withdrawn; never changed."""

    model = InterestRate
    section = "ledger"
    icon = "percentage"
    order = 81
    columns = ("regime", "valid_from", "rate", "act", "recorded_at", "withdrawn_at", "withdrawn_reason")
    default_columns = ("regime", "valid_from", "rate", "act", "withdrawn_at")
    fields = ("regime", "valid_from", "rate", "act")
    search = ("act",)
    filters = ("regime", "valid_from", "withdrawn_at")
    ordering = ("-valid_from", "-pk")
    related = ("regime",)
    facts = ("regime", "valid_from", "rate")
    editable = deletable = False
    import_key = ("regime", "valid_from")
    searchable_globally = False
    actions = (
        Action("withdraw", _("Withdraw"), withdraw_rate, icon="x", form=ReasonForm, tone="bad",
               available=lambda rate: rate.withdrawn_at is None,
               confirm=_("From its first day on the rate before it counts again. Notes posted by it are put right by "
                         "the next interest run.")),
    )  # fmt: skip


@register
class InterestPolicyDesk(ModelDesk):
    model = InterestPolicy
    section = "ledger"
    icon = "adjustments"
    order = 82
    columns = ("entity", "premises", "party", "regime", "valid", "due_day_counts", "moves_due_day", "grace_days",
               "grace_start", "cap_percent", "rounding", "minimum_amount", "recorded_at")  # fmt: skip
    default_columns = ("entity", "premises", "party", "regime", "valid", "grace_days", "cap_percent", "minimum_amount")
    fields = ("entity", "premises", "party", "regime", "valid", "due_day_counts", "moves_due_day", "grace_days",
              "grace_start", "cap_percent", "rounding", "minimum_amount")  # fmt: skip
    filters = ("entity", "regime", "valid")
    related = ("entity", "premises", "party", "regime")
    facts = ("entity", "regime", "valid")
    currency = "entity__currency"
    searchable_globally = False
