"""What leaves the house: messages and events, written in the transaction that causes them, sent afterwards."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


def new_secret() -> str:
    """A random secret of 256 bits for signing."""
    return secrets.token_urlsafe(32)


class OutboxState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    WITHHELD = "withheld", _("withheld")


class Message(models.Model):
    """One message to one address over one channel."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("text message")
        LETTER = "letter", _("letter")

    scope_open = True

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    recipient = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body = models.TextField(_("text"))
    body_html = models.TextField(blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    attachments = models.JSONField(default=list)  # sha256 of stored files with their names
    secret = models.BooleanField(default=False)  # body is masked in lists and erased after sending
    state = models.CharField(_("state"), max_length=10, choices=OutboxState.choices, default=OutboxState.QUEUED)
    dedupe_key = models.CharField(max_length=150, unique=True)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-pk",)
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="outbox_message_due",
                condition=models.Q(state__in=["queued", "sending"]),
            )
        ]

    def __str__(self) -> str:
        return self.subject or self.recipient


class Event(models.Model):
    """Something that happened ("payment.received"), for subscribers inside and webhooks outside."""

    scope_open = True

    name = models.CharField(_("event"), max_length=80)
    payload = models.JSONField(_("content"), default=dict)
    dedupe_key = models.CharField(max_length=150, unique=True)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    dispatched_at = models.DateTimeField(_("passed on at"), null=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name


class Webhook(models.Model):
    """An outside address that receives events, signed with a secret of its own."""

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"))
    secret = models.CharField(max_length=128, editable=False, default=new_secret)
    events = models.JSONField(_("events"), default=list)
    active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    scope_open = True

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One event on its way to one webhook."""

    scope_open = True

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("event"))
    state = models.CharField(_("state"), max_length=10, choices=OutboxState.choices, default=OutboxState.QUEUED)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True)
    response_status = models.PositiveSmallIntegerField(_("answer"), null=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["webhook", "event"], name="webhook_delivery_once")]

    def __str__(self) -> str:
        return f"{self.event} → {self.webhook}"
