"""Words of the history: what services note and the log records, as people read it.

`audit.note` keeps a short English verb; it is put into the reader's language when shown. A test reads the code and
asks that every verb written there stands here.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

VERBS: dict[str, Any] = {
    # changes and events of the log
    "insert": gettext_lazy("added"),
    "update": gettext_lazy("changed"),
    "delete": gettext_lazy("deleted"),
    "view": gettext_lazy("protected value seen"),
    "export": gettext_lazy("exported"),
    "import": pgettext_lazy("history", "brought in from a sheet"),
    "import undone": pgettext_lazy("history", "import undone"),
    "signed in": pgettext_lazy("history", "signed in"),
    "sign-in failed": pgettext_lazy("history", "sign-in failed"),
    "signed out": pgettext_lazy("history", "signed out"),
    "first password": pgettext_lazy("history", "first password made"),
    "password changed": pgettext_lazy("history", "password changed"),
    "rights set": pgettext_lazy("history", "rights set"),
    "sessions ended": pgettext_lazy("history", "sessions ended"),
    "token issued": pgettext_lazy("history", "access token issued"),
    "token withdrawn": pgettext_lazy("history", "access token withdrawn"),
    "user disabled": pgettext_lazy("history", "user disabled"),
    "user enabled": pgettext_lazy("history", "user enabled"),
    # approvals
    "proposed": pgettext_lazy("history", "proposed"),
    "approved": pgettext_lazy("history", "approved"),
    "refused": pgettext_lazy("history", "refused"),
    "withdrawn": pgettext_lazy("history", "withdrawn"),
    "approval proposed": pgettext_lazy("history", "sent for approval"),
    "approval approved": pgettext_lazy("history", "approved by a second person"),
    "approval refused": pgettext_lazy("history", "turned down by a second person"),
    "approval withdrawn": pgettext_lazy("history", "request for approval withdrawn"),
    # processes
    "assigned": pgettext_lazy("history", "assigned"),
    "attached": pgettext_lazy("history", "attached"),
    "attachment_removed": pgettext_lazy("history", "attachment removed"),
    "cancelled": pgettext_lazy("history", "cancelled"),
    "checked": pgettext_lazy("history", "checked"),
    "computed": pgettext_lazy("history", "computed"),
    "confirmed": pgettext_lazy("history", "confirmed"),
    "detached": pgettext_lazy("history", "detached"),
    "dropped": pgettext_lazy("history", "draft dropped"),
    "ended": pgettext_lazy("history", "ended"),
    "imported": pgettext_lazy("history", "brought in"),
    "moved": pgettext_lazy("history", "moved"),
    "numbers_issued": pgettext_lazy("history", "payment numbers issued"),
    "parked": pgettext_lazy("history", "set aside"),
    "posted": pgettext_lazy("history", "posted"),
    "raised": pgettext_lazy("history", "raised"),
    "received": pgettext_lazy("history", "received"),
    "retired": pgettext_lazy("history", "retired"),
    "returned": pgettext_lazy("history", "returned"),
    "took_back": pgettext_lazy("history", "taken back"),
    "undone": pgettext_lazy("history", "undone"),
}


def verb_text(verb: str) -> str:
    """A verb in the reader's language; verbs that carry their own translation are looked up as they are."""
    known = VERBS.get(verb.lower())
    return str(known) if known is not None else _(verb)
