"""What splits and merges hang into lower layers: buttons on premises, the links both ways, the approval."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.base.approvals import ApprovalKind, register_kind
from lokum.core.base.context import Actor
from lokum.core.desk.desk import Action
from lokum.core.desk.panels import Panel, add_panel
from lokum.property.estates.seams import add_premises_action
from lokum.property.reshaping import queries, services
from lokum.property.reshaping.forms import MergeForm, SplitForm
from lokum.property.reshaping.models import Reshaping


def guide_url(act: Reshaping) -> str:
    return reverse("reshaping:guide", args=[act.pk])


def _split(pk: int, *, actor: Actor, **values: Any) -> Reshaping:
    return services.start_split(pk, actor=actor, **values)


def _merge(*, pks: list[int], actor: Actor, **values: Any) -> Reshaping:
    return services.start_merge(pks, actor=actor, **values)


def _family(premises: Any, user: Any) -> dict[str, Any]:
    return {
        "became": queries.became(premises.pk),
        "made_from": queries.made_from(premises.pk),
        "opens": policy.may(user, "reshaping.reshaping:view"),
    }


def register() -> None:
    register_kind(
        ApprovalKind(
            services.KIND,
            _("Split or merge of premises"),
            "reshaping.reshaping:approve",
            services.perform_request,
            services.describe_request,
            always=False,
            on=False,
        )
    )
    add_premises_action(
        Action("split", _("Split"), _split, icon="columns", form=SplitForm, result_url=guide_url,
               available=lambda premises: premises.closed_on is None)
    )  # fmt: skip
    add_premises_action(
        Action("merge", _("Merge"), _merge, icon="git-merge", form=MergeForm, bulk=True, result_url=guide_url)
    )
    add_panel(
        Panel(
            "reshaping",
            _("Split and merge"),
            "reshaping/panel_premises.html",
            _family,
            icon="git-merge",
            order=35,
            applies=queries.is_reshaped,
        )
    )
