"""Attachments and comments on the page of every record."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.annex.queries import attachments_of, comments_of
from lokum.core.annex.services import add_comment, attach_file, remove_attachment
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.panels import Panel, add_panel


def _attachments(record: Any, user: Any) -> dict[str, Any]:
    return {"attachments": list(attachments_of(record))}


def _comments(record: Any, user: Any) -> dict[str, Any]:
    return {"comments": list(comments_of(record)[:200])}


def _change_attachments(record: Any, request: HttpRequest, user: Any) -> str:
    actor = current_actor()
    assert actor is not None
    if remove := request.POST.get("remove", ""):
        remove_attachment(record, int(remove), actor=actor)
        return _("The attachment was removed. Its history stays.")
    upload = request.FILES.get("file")
    if upload is None:
        raise Refusal("file.none", _("Choose a file first."))
    attachment = attach_file(
        record,
        upload,
        actor=actor,
        kind=request.POST.get("kind", "")[:40],
        description=request.POST.get("description", "")[:250],
    )
    return _("%(name)s was attached.") % {"name": attachment.name}


def _comment(record: Any, request: HttpRequest, user: Any) -> str:
    actor = current_actor()
    assert actor is not None
    add_comment(record, request.POST.get("text", ""), actor=actor)
    return _("The comment was added.")


def install() -> None:
    add_panel(
        Panel(
            "attachments",
            gettext_lazy("Attachments"),
            "annex/attachments.html",
            _attachments,
            icon="paperclip",
            order=80,
            post=_change_attachments,
        )
    )
    add_panel(
        Panel(
            "comments",
            gettext_lazy("Comments"),
            "annex/comments.html",
            _comments,
            icon="message",
            order=90,
            post=_comment,
        )
    )
