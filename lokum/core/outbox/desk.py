"""Registers of the outbox: messages (the local mailbox is their list), events, webhooks, deliveries."""

from django.utils.translation import gettext_lazy as _

from lokum.core.audit.verbs import verb_text
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.desk.words import REGISTERS, Words
from lokum.core.outbox.models import Event, Message, OutboxState, Webhook, WebhookDelivery
from lokum.core.outbox.services import renew_webhook_secret, resend_message, withhold_message


@register
class MessageDesk(ModelDesk):
    model = Message
    purpose = _("Every mail sent or waiting, with state and tries. Without a mail server messages stay here, readable.")
    section = "office"
    searchable_globally = False
    icon = "mail"
    columns = ("created_at", "channel", "recipient", "subject", "state", "attempt_count", "sent_at", "last_error")
    default_columns = ("created_at", "channel", "recipient", "subject", "state", "sent_at")
    search = ("recipient", "subject")
    filters = ("channel", "state")
    ordering = ("-pk",)
    facts = ("channel", "recipient", "state")
    fields = ()
    editable = addable = deletable = False
    masked = ("body",)
    actions = (
        Action(
            name="withhold",
            label=_("Withhold"),
            icon="ban",
            service=withhold_message,
            available=lambda message: message.state in (OutboxState.QUEUED, OutboxState.FAILED),
        ),
        Action(
            name="resend",
            label=_("Send again"),
            icon="refresh",
            service=resend_message,
            available=lambda message: message.state in (OutboxState.FAILED, OutboxState.WITHHELD),
        ),
    )
    tabs = (
        Tab(
            name="text",
            label=_("Text"),
            icon="file-text",
            template="outbox/message_text.html",
            right="outbox.message:unmask",
            context=lambda message, user: {"body": message.body},
        ),
    )


class _Events(Words):
    """Names of events: a register and what happened to a record of it, or one of the few of their own."""

    own = {
        "statement.posted": _("bank statement posted"),
        "ledger.unproven": _("the books do not prove"),
        "chain.heads": _("heads of the chains"),
    }

    def text(self, code: str) -> str:
        subject, _dot, verb = code.rpartition(".")
        if code in self.own:
            return str(self.own[code])
        if "." in subject:
            return f"{REGISTERS.text(subject)}: {verb_text(verb)}"
        return verb_text(f"{subject} {verb}")


@register
class EventDesk(ModelDesk):
    model = Event
    purpose = _(
        "What happened and was passed on to other programs. It fills by itself once a webhook waits for something."
    )
    section = "settings"
    icon = "bell"
    columns = ("created_at", "name", "dispatched_at", "code")
    default_columns = ("created_at", "name", "dispatched_at")
    cell = {"code": lambda event: event.name}
    labels = {"code": _("Code")}
    words = {"name": _Events({})}
    filters = ("name",)
    ordering = ("-pk",)
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (Tab(name="deliveries", label=_("Deliveries"), child=WebhookDelivery, lookup="event"),)


@register
class WebhookDesk(ModelDesk):
    model = Webhook
    purpose = _("Addresses of other programs that are told about events, signed. Add one with the events it wants.")
    section = "settings"
    icon = "arrow-up-right"
    columns = ("name", "url", "active")
    fields = ("name", "url", "events", "active")
    search = ("name", "url")
    import_key = ()
    searchable_globally = False
    actions = (Action(name="renew_secret", label=_("New secret"), icon="key", service=renew_webhook_secret),)
    tabs = (Tab(name="deliveries", label=_("Deliveries"), child=WebhookDelivery, lookup="webhook"),)


@register
class WebhookDeliveryDesk(ModelDesk):
    model = WebhookDelivery
    section = "settings"
    columns = ("webhook", "event", "state", "attempt_count", "response_status", "last_error", "next_try_at")
    filters = ("webhook", "state")
    ordering = ("-pk",)
    related = ("webhook", "event")
    editable = addable = deletable = False
    menu = False
    searchable_globally = False
