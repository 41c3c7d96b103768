"""Forms of pages beside the registers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.organisation.inherited import Holds, write_value
from lokum.core.organisation.models import Node

HERE, ABOVE = "here", "above"


class DecideForm(forms.Form):
    """One setting at one node; the control follows the type of the setting."""

    decided = forms.ChoiceField(
        label=_("Who decides"),
        choices=[(HERE, _("this node, with the value below")), (ABOVE, _("the nodes above"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any, *, holds: Holds, node: Node) -> None:
        one, own = holds.setting, holds.node_id == node.pk
        initial = {"decided": HERE, "value": write_value(one, holds.value), "locked": own and holds.locked}
        super().__init__(data, initial=initial)
        self.fields["value"] = _value_field(holds)
        self.fields["locked"] = forms.BooleanField(
            label=_("Fixed for everything below"), required=False,
            help_text=_("Nodes below keep this value and cannot set another."),
        )  # fmt: skip
        if one.dated:
            self.fields["starts_on"] = forms.DateField(
                label=_("From"), initial=clock.today, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
            )
        if one.guarded:
            self.fields["reason"] = forms.CharField(label=_("Reason"), max_length=500, min_length=3)

    def decision(self) -> dict[str, Any]:
        """Arguments for `set_setting`."""
        given = self.cleaned_data
        return {
            "value": given["value"] if given["decided"] == HERE else None,
            "locked": given["locked"] and given["decided"] == HERE,
            "starts_on": given.get("starts_on"),
            "reason": given.get("reason", ""),
        }


def _value_field(holds: Holds) -> forms.Field:
    one = holds.setting
    if one.type == "yesno":
        return forms.ChoiceField(label=_("Value"), choices=[("1", _("yes")), ("0", _("no"))])
    if one.type == "choice":
        return forms.ChoiceField(label=_("Value"), choices=list(one.choices), help_text=one.help)
    return forms.CharField(label=_("Value"), max_length=500, help_text=one.help)
