"""Putting messages and events into the outbox, in the transaction of the change that causes them."""

from collections.abc import Sequence
from typing import Any

from lokum.core.base import clock
from lokum.core.outbox.models import Event, Message, OutboxState, Webhook, new_secret


def queue_message(
    channel: str,
    recipient: str,
    subject: str,
    body: str,
    *,
    dedupe_key: str,
    language: str = "en",
    secret: bool = False,
    attachments: Sequence[dict[str, str]] = (),
) -> Message:
    """Queue one message; a second call with the same key returns the first message and sends nothing more.

    channel: "email", "sms" or "letter". secret: the body is masked on pages and erased once sent.
    attachments: [{"sha256": ..., "name": ...}] of stored files. A line break in recipient or subject would let
    a sender write mail headers, so it is replaced by a blank.
    """
    message, _made = Message.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "channel": channel,
            "recipient": " ".join(recipient.split()),
            "subject": " ".join(subject.split())[:250],
            "body": body,
            "language": language,
            "secret": secret,
            "attachments": list(attachments),
            "next_try_at": clock.now(),
        },
    )
    return message


def publish(name: str, payload: dict[str, Any], *, dedupe_key: str) -> Event:
    """Write an event ("payment.received"); subscribers and webhooks get it after the commit, at least once."""
    event, _made = Event.objects.get_or_create(dedupe_key=dedupe_key, defaults={"name": name, "payload": payload})
    return event


def withhold_message(pk: int, *, actor: Any = None) -> None:
    """Stop a message that has not left yet."""
    Message.objects.filter(pk=pk, state__in=[OutboxState.QUEUED, OutboxState.FAILED]).update(
        state=OutboxState.WITHHELD, next_try_at=None
    )


def resend_message(pk: int, *, actor: Any = None) -> None:
    """Queue a failed or withheld message again."""
    Message.objects.filter(pk=pk, state__in=[OutboxState.FAILED, OutboxState.WITHHELD]).update(
        state=OutboxState.QUEUED, next_try_at=clock.now(), attempt_count=0
    )


def renew_webhook_secret(pk: int, *, actor: Any = None) -> str:
    """Give a webhook a new secret and return it; it is shown this once."""
    secret = new_secret()
    Webhook.objects.filter(pk=pk).update(secret=secret)
    return secret
