"""Forms of actions on titles and agreements."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.organisation.models import Entity
from lokum.property.estates.models import Estate, Premises
from lokum.property.occupancy.models import (
    AgreementAttribute,
    Declaration,
    EstateImport,
    MemberContribution,
    MemberStatus,
    PersonsSource,
    TitleKind,
    UseState,
)
from lokum.property.parties.models import Party


class LastDayForm(forms.Form):
    last_on = forms.DateField(label=_("last day"))


class AttributeForm(forms.Form):
    name = forms.ChoiceField(
        label=_("attribute"),
        choices=[one for one in AgreementAttribute.Name.choices if one[0] not in ("payer", "due_day")],
    )
    value = forms.CharField(label=_("value"), max_length=200)
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))
    source = forms.CharField(label=_("source document"), max_length=200)


class DueDayForm(forms.Form):
    due_day = forms.IntegerField(label=_("own due day"), min_value=1, max_value=28)
    valid_from = forms.DateField(label=_("from"))
    source = forms.CharField(label=_("source document"), max_length=200, required=False)


_HOLDER = re.compile(r"(?P<code>\S+)(?:\s+(?P<numerator>\d{1,18})\s*/\s*(?P<denominator>\d{1,18}))?")


class HoldersField(forms.CharField):
    """One holder per line: the party's number and its share, "P000012 1/2"; no share = the whole."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("holders"))
        kwargs.setdefault(
            "help_text",
            _("One per line: number of the person and share, for example P000012 1/2. No share: the whole."),
        )
        super().__init__(widget=forms.Textarea({"rows": 4}), **kwargs)


class HoldersForm(forms.Form):
    """Reads holders; parties are looked up in the user's scope."""

    user: Any = None
    holders = HoldersField()

    def clean_holders(self) -> list[tuple[Party, int, int]]:
        found = []
        for line in self.cleaned_data["holders"].splitlines():
            if not line.strip():
                continue
            match = _HOLDER.fullmatch(line.strip())
            if match is None:
                raise ValidationError(_now("“%(line)s” is not a number with a share.") % {"line": line.strip()})
            party = policy.allowed(Party.objects.filter(merged_into=None), self.user, "view").filter(
                code__iexact=match["code"]
            ).first()  # fmt: skip
            if party is None:
                raise ValidationError(_now("There is nobody with the number %(code)s.") % {"code": match["code"]})
            found.append((party, int(match["numerator"] or 1), int(match["denominator"] or 1)))
        return found


class OpenTitleForm(HoldersForm):
    premises = forms.ModelChoiceField(label=_("premises"), queryset=Premises.objects.all())
    kind = forms.ChoiceField(label=_("kind"), choices=TitleKind.choices)
    holders = HoldersField()
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))
    member = forms.BooleanField(label=_("held by a member"), required=False)
    document = forms.CharField(label=_("source document"), max_length=200, required=False)
    with_agreement = forms.BooleanField(
        label=_("open an agreement; the first holder pays"), required=False, initial=True
    )

    field_order = (
        "premises", "kind", "holders", "valid_from", "valid_to", "member", "document", "with_agreement",
    )  # fmt: skip


class TransferForm(HoldersForm):
    holders = HoldersField(label=_("new holders"))
    transferred_on = forms.DateField(label=_("day of transfer"), help_text=_("The first day of the new holders."))
    document = forms.CharField(label=_("source document"), max_length=200, required=False)
    with_agreement = forms.BooleanField(
        label=_("open an agreement; the first holder pays"), required=False, initial=True
    )


class WorkbookForm(forms.Form):
    """A workbook with a whole estate, and what holds for all of its rows."""

    file = forms.FileField(label=_("workbook (xlsx)"), widget=forms.FileInput({"accept": ".xlsx"}))
    entity = forms.ModelChoiceField(
        label=_("entity whose books new premises belong to"), queryset=Entity.objects.none()
    )
    valid_from = forms.DateField(
        label=_("new values hold from"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(
        label=_("source document"), max_length=200, required=False, help_text=_("Empty: the name of the file.")
    )
    policy = forms.ChoiceField(
        label=_("if a row is wrong"), choices=EstateImport.Policy.choices, initial="all", widget=forms.RadioSelect
    )
    with_agreements = forms.BooleanField(
        label=_("open an agreement under each new title; the first holder pays"), required=False, initial=True
    )

    def __init__(self, *args: Any, entities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities  # type: ignore[attr-defined]


class ExportForm(forms.Form):
    estate = forms.ModelMultipleChoiceField(label=_("estates"), queryset=Estate.objects.none())
    on = forms.DateField(label=_("as of"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, estates: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["estate"].queryset = estates  # type: ignore[attr-defined]


class PersonsSourceForm(forms.Form):
    source = forms.ChoiceField(label=_("persons come from"), choices=PersonsSource.Source.choices)
    valid_from = forms.DateField(label=_("from"))


class LeaveForm(forms.Form):
    last_on = forms.DateField(label=_("last day"))
    document = forms.CharField(label=_("source document"), max_length=200, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=200)


class DeclareForm(forms.Form):
    premises = forms.ModelChoiceField(label=_("premises"), queryset=Premises.objects.all())
    kind = forms.ChoiceField(label=_("what"), choices=Declaration.Kind.choices)
    value = forms.DecimalField(label=_("declared value"), max_digits=14, decimal_places=4, localize=True)
    valid_from = forms.DateField(label=_("from"))
    party = forms.ModelChoiceField(label=_("declared by"), queryset=Party.objects.all(), required=False)
    text = forms.CharField(label=_("note"), max_length=200, required=False)


class AddMemberForm(forms.Form):
    entity = forms.ModelChoiceField(label=_("entity"), queryset=Entity.objects.all())
    party = forms.ModelChoiceField(label=_("party"), queryset=Party.objects.filter(merged_into=None))
    number = forms.CharField(label=_("member number"), max_length=20)
    status = forms.ChoiceField(label=_("status"), choices=MemberStatus.Status.choices, initial="member")
    member_from = forms.DateField(label=_("from"))
    document = forms.CharField(label=_("resolution or document"), max_length=200, required=False)


class StatusForm(forms.Form):
    status = forms.ChoiceField(label=_("status"), choices=MemberStatus.Status.choices)
    valid_from = forms.DateField(label=_("from"))
    document = forms.CharField(label=_("resolution or document"), max_length=200, required=False)


class ContributionForm(forms.Form):
    kind = forms.ChoiceField(label=_("kind"), choices=MemberContribution.Kind.choices)
    count = forms.IntegerField(label=_("number of shares declared"), min_value=1, initial=1)
    amount = forms.DecimalField(label=_("amount due"), max_digits=16, decimal_places=2, localize=True)
    due_on = forms.DateField(label=_("due on"))
    document = forms.CharField(label=_("source document"), max_length=200, required=False)


class PayContributionForm(forms.Form):
    amount = forms.DecimalField(
        label=_("amount"), max_digits=16, decimal_places=2, localize=True, help_text=_("Negative: paid back.")
    )
    paid_on = forms.DateField(label=_("paid on"))
    document = forms.CharField(label=_("source document"), max_length=200, required=False)


class StateForm(forms.Form):
    state = forms.ChoiceField(label=_("state of use"), choices=UseState.choices)
    valid_from = forms.DateField(label=_("from"))
    document = forms.CharField(label=_("source document"), max_length=200, required=False)


class StatisticsForm(forms.Form):
    """What is counted, by what, and on which day."""

    by = forms.ChoiceField(
        label=_("counted by"),
        choices=[("estate", _("Estate")), ("building", _("Building")), ("kind", _("Kind of premises"))],
        required=False,
    )
    estate = forms.ModelChoiceField(label=_("estate"), queryset=Estate.objects.none(), required=False)
    on = forms.DateField(label=_("as of"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, estates: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["estate"].queryset = estates  # type: ignore[attr-defined]
