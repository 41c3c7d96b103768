"""The acts that need a second person (see `lokum.core.base.approvals`)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from lokum.core.base.approvals import ApprovalKind, Change, kinds, register_kind
from lokum.core.flow.steps import check_roles, check_text
from lokum.core.organisation.inherited import Setting

__all__ = ["ApprovalKind", "Change", "flag_of", "flags", "kinds", "register_kind", "steps_of"]


def flag_of(kind_code: str) -> str:
    """Code of the setting that says whether a kind needs a second person at a node."""
    return f"approval.{kind_code}"


def steps_of(kind_code: str) -> str:
    """Code of the setting that says how many persons, and of which roles, an act needs at a node (`flow.steps`)."""
    return f"approval.{kind_code}.steps"


def flags() -> Iterator[Setting]:
    """Settings of each kind: whether it needs a second person, where that may be switched off, and which persons.

    Changing them is itself approved by a second person.
    """
    help_text = _(
        "1 or 2 persons; from an amount on more of them: 1; 10000: 2. Codes of roles say who, one after the other: "
        "1; 50000: manager > board."
    )
    for kind in kinds.values():
        if not kind.always:
            label = _("Second person: %(act)s") % {"act": kind.label}
            yield Setting(flag_of(kind.code), label, "yesno", kind.on, guarded=True)
        label = _("Who approves: %(act)s") % {"act": kind.label}
        yield Setting(
            steps_of(kind.code), label, "text", "1", check_text, help=help_text, guarded=True, accepts=check_roles
        )
