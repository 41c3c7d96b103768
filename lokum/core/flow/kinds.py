"""The acts that need a second person (see `lokum.core.base.approvals`)."""

from lokum.core.base.approvals import ApprovalKind, Change, kinds, register_kind

__all__ = ["ApprovalKind", "Change", "kinds", "register_kind"]
