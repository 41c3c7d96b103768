"""The heads of the chains leave the house once a day, so that nobody inside can write a chain anew unseen.

By mail to the addresses of the setting "audit.head_recipients", and as the event "chain.heads" to webhooks. The head of
the history is what `verify_audit --head` is given later; upper layers add chains of their own with `add_heads`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.audit.chain import seal
from lokum.core.audit.models import AuditSeal
from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.jobs.registry import RunningJob, every_day, job_kind
from lokum.core.organisation.inherited import register_setting, setting
from lokum.core.outbox.services import publish, queue_message

RECIPIENTS = "audit.head_recipients"
Heads = Callable[[], Mapping[str, str]]

_heads: list[Heads] = []


def add_heads(heads: Heads) -> None:
    """`heads()` gives the newest hash of further chains by name."""
    if heads not in _heads:
        _heads.append(heads)


def addresses(text: str) -> list[str]:
    return [one.strip() for one in text.replace(";", ",").split(",") if one.strip()]


def _check_addresses(text: str) -> None:
    for one in addresses(text):
        try:
            validate_email(one)
        except ValidationError:
            said = _("“%(address)s” is no e-mail address.") % {"address": one[:80]}
            raise Refusal("setting.value", said, fields={"value": [said]})


def present_heads() -> dict[str, str]:
    """The newest hash of every chain, by name."""
    found: dict[str, str] = {}
    newest = AuditSeal.objects.order_by("-pk").values_list("pk", "hash").first()
    if newest is not None:
        found[f"history/{newest[0]}"] = newest[1]
    for heads in _heads:
        found |= heads()
    return found


@job_kind("audit.send_heads", title=gettext_lazy("Sending the heads of the chains outside"))
def send_heads(job: RunningJob) -> dict[str, Any]:
    """Seal what is finished, then send the heads; a second run of the same day sends nothing more."""
    seal()
    heads, day = present_heads(), clock.today().isoformat()
    if not heads:
        return {"sent": 0}
    publish("chain.heads", {"day": day, "heads": heads}, dedupe_key=f"chain.heads:{day}")
    recipients = addresses(setting(RECIPIENTS, None))
    body = "\n".join([_("Keep this message. It proves later that the records were not rewritten."), ""])
    body += "\n".join(f"{name}  {value}" for name, value in sorted(heads.items()))
    subject = _("Heads of the chains on %(day)s") % {"day": day}
    for one in recipients:
        queue_message("email", one, subject, body, dedupe_key=f"chain.heads:{day}:{one}")
    return {"sent": len(recipients), "heads": len(heads)}


def install() -> None:
    register_setting(
        RECIPIENTS,
        gettext_lazy("Addresses outside that get the heads of the chains every day"),
        "text",
        "",
        _check_addresses,
        help=gettext_lazy("E-mail addresses with commas between; people outside the operator, such as the auditor."),
        guarded=True,
    )
    every_day("audit.send_heads", "04:40")
