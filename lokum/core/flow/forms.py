"""The questions above the page of what waits."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.approvals import kinds
from lokum.core.flow.models import ApprovalRequest
from lokum.core.organisation.models import Node


class QueueForm(forms.Form):
    """Choices are those that occur in the queue, so that none leads to an empty page."""

    act = forms.ChoiceField(label=_("Kind"), required=False)
    node = forms.ModelChoiceField(label=_("Node"), required=False, queryset=Node.objects.none(), empty_label=_("all"))
    proposer = forms.ModelChoiceField(
        label=_("Proposed by"), required=False, queryset=User.objects.none(), empty_label=_("all")
    )
    from_amount = forms.DecimalField(label=_("Amount from"), required=False, min_value=0, max_digits=16)
    days = forms.IntegerField(
        label=_("Waiting for days"), required=False, min_value=0, max_value=3650, help_text=_("At least so long.")
    )


def queue_form(rows: QuerySet[ApprovalRequest], data: Mapping[str, Any] | None) -> QueueForm:
    """The form over the requests that wait for somebody."""
    form = QueueForm(data)
    codes = rows.order_by().values_list("kind", flat=True).distinct()
    named = sorted(((code, str(kinds[code].label)) for code in codes if code in kinds), key=lambda pair: pair[1])
    form.fields["act"].choices = [("", _("all")), *named]  # type: ignore[attr-defined]
    form.fields["node"].queryset = Node.objects.filter(pk__in=rows.values("node_id"))  # type: ignore[attr-defined]
    people = User.objects.filter(pk__in=rows.values("proposer_id"))
    form.fields["proposer"].queryset = people  # type: ignore[attr-defined]
    return form


def queued(rows: QuerySet[ApprovalRequest], form: QueueForm) -> QuerySet[ApprovalRequest]:
    """The requests that a valid form asks for; all while it is empty, none while it is wrong. Longest waiting first."""
    if not form.is_bound:
        return rows.order_by("pk")
    if not form.is_valid():
        return rows.none()
    asked = form.cleaned_data
    if asked["act"]:
        rows = rows.filter(kind=asked["act"])
    if asked["node"]:
        rows = rows.filter(node=asked["node"])
    if asked["proposer"]:
        rows = rows.filter(proposer=asked["proposer"])
    if asked["from_amount"] is not None:
        rows = rows.filter(amount__gte=asked["from_amount"])
    if asked["days"] is not None:
        rows = rows.filter(proposed_at__lte=clock.now() - dt.timedelta(days=asked["days"]))
    return rows.order_by("pk")
