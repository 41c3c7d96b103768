"""Questions before the actions of charges."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity
from lokum.property.estates.models import Building, Estate, Premises


class AttachForm(forms.Form):
    """Which premises a component is attached to, by filter; an empty filter means all of the entity."""

    estate = forms.ModelChoiceField(queryset=Estate.objects.all(), required=False, label=_("Estate"))
    building = forms.ModelChoiceField(queryset=Building.objects.all(), required=False, label=_("Building"))
    premises_kind = forms.ChoiceField(
        choices=[("", _("every kind")), *Premises.Kind.choices], required=False, label=_("Kind of premises")
    )
    starts_on = forms.DateField(label=_("From"))
    ends_on = forms.DateField(label=_("To"), required=False)


class DetachForm(forms.Form):
    ends_on = forms.DateField(label=_("Last day"))


class MonthForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    month = forms.DateField(label=_("Month"), help_text=_("Any day of the month."))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)
