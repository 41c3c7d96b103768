"""The acts that need a second person (see `lokum.core.base.approvals`)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from lokum.core.base.approvals import ApprovalKind, Change, kinds, register_kind
from lokum.core.organisation.inherited import Setting

__all__ = ["ApprovalKind", "Change", "flag_of", "flags", "kinds", "register_kind"]


def flag_of(kind_code: str) -> str:
    """Code of the setting that says whether a kind needs a second person at a node."""
    return f"approval.{kind_code}"


def flags() -> Iterator[Setting]:
    """One setting for each kind that may be switched off; switching it is itself approved by a second person."""
    for kind in kinds.values():
        if not kind.always:
            label = _("Second person: %(act)s") % {"act": kind.label}
            yield Setting(flag_of(kind.code), label, "yesno", kind.on, guarded=True)
