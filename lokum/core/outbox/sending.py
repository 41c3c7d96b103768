"""Workers' side of the outbox: take what is due with SKIP LOCKED, send it, remember the outcome."""

import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import socket
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import transaction

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.outbox.channels import NotConfigured, senders
from lokum.core.outbox.models import Event, Message, OutboxState, Webhook, WebhookDelivery
from lokum.core.outbox.subscribers import subscribers

MOST_ATTEMPTS = 20
# A message taken by a worker that died is tried again after this time.
TAKEN_FOR = dt.timedelta(minutes=5)


def _pause(attempts: int) -> dt.timedelta:
    """Waiting time before the next try: doubling from 15 seconds up to six hours (about three days in all)."""
    return min(dt.timedelta(seconds=15 * 2**attempts), dt.timedelta(hours=6))


def send_due(limit: int = 200) -> int:
    """Send the messages that are due; returns how many were tried."""
    tried = 0
    while tried < limit and (message := _take()) is not None:
        tried += 1
        try:
            senders[message.channel](message)
        except NotConfigured as reason:
            _settle(message, OutboxState.WITHHELD, str(reason))
        except Exception as error:
            last = message.attempt_count >= MOST_ATTEMPTS
            _settle(message, OutboxState.FAILED if last else OutboxState.QUEUED, f"{type(error).__name__}: {error}")
        else:
            _settle(message, OutboxState.SENT, "")
    return tried


def _take() -> Message | None:
    """Mark one due message as being sent, in a transaction of its own, so that two workers never share one."""
    with acting(system_actor("outbox")):
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(state__in=[OutboxState.QUEUED, OutboxState.SENDING], next_try_at__lte=clock.now())
            .order_by("next_try_at")
            .first()
        )
        if message is not None:
            message.state = OutboxState.SENDING
            message.attempt_count += 1
            message.next_try_at = clock.now() + TAKEN_FOR
            message.save(update_fields=["state", "attempt_count", "next_try_at"])
        return message


def _settle(message: Message, state: OutboxState, error: str) -> None:
    with acting(system_actor("outbox")):
        message.state = state
        message.last_error = error
        message.next_try_at = clock.now() + _pause(message.attempt_count) if state == OutboxState.QUEUED else None
        if state == OutboxState.SENT:
            message.sent_at = clock.now()
            # A first password is readable in the local mailbox of a demonstration, nowhere else after sending.
            if message.secret and (settings.EMAIL_HOST or message.channel != Message.Channel.EMAIL):
                message.body = message.body_html = ""
        message.save(update_fields=["state", "last_error", "next_try_at", "sent_at", "body", "body_html"])


def dispatch_events(limit: int = 500) -> int:
    """Pass new events on: to subscribers inside, and as deliveries to the webhooks that asked for them.

    All of it in one transaction per event: a subscriber that fails leaves the event for the next round.
    """
    passed = 0
    for _round in range(limit):
        with acting(system_actor("outbox")):
            event = Event.objects.select_for_update(skip_locked=True).filter(dispatched_at=None).order_by("pk").first()
            if event is None:
                break
            for subscriber in subscribers.get(event.name, []):
                subscriber(event.payload)
            for webhook in Webhook.objects.filter(active=True):
                if event.name in webhook.events or "*" in webhook.events:
                    WebhookDelivery.objects.get_or_create(
                        webhook=webhook, event=event, defaults={"next_try_at": clock.now()}
                    )
            event.dispatched_at = clock.now()
            event.save(update_fields=["dispatched_at"])
            passed += 1
    return passed


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Signature a receiver can check: HMAC-SHA-256 over "<timestamp>.<body>" with the webhook's secret, hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def send_webhooks(limit: int = 100) -> int:
    """Send the deliveries that are due; returns how many were tried. 410 Gone switches the webhook off."""
    tried = 0
    while tried < limit and (delivery := _take_delivery()) is not None:
        tried += 1
        status, error = _call(delivery)
        with acting(system_actor("outbox")):
            delivery.response_status = status
            delivery.last_error = error
            if status is not None and 200 <= status < 300:
                delivery.state, delivery.next_try_at = OutboxState.DELIVERED, None
            elif status == 410 or delivery.attempt_count >= MOST_ATTEMPTS:
                delivery.state, delivery.next_try_at = OutboxState.FAILED, None
                if status == 410:
                    Webhook.objects.filter(pk=delivery.webhook_id).update(active=False)
            else:
                delivery.state = OutboxState.QUEUED
                delivery.next_try_at = clock.now() + _pause(delivery.attempt_count)
            delivery.save()
    return tried


def _take_delivery() -> WebhookDelivery | None:
    with transaction.atomic(), acting(system_actor("outbox")):
        delivery = (
            WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("webhook", "event")
            .filter(state__in=[OutboxState.QUEUED, OutboxState.SENDING], next_try_at__lte=clock.now())
            .filter(webhook__active=True)
            .order_by("next_try_at")
            .first()
        )
        if delivery is not None:
            delivery.state = OutboxState.SENDING
            delivery.attempt_count += 1
            delivery.next_try_at = clock.now() + TAKEN_FOR
            delivery.save(update_fields=["state", "attempt_count", "next_try_at"])
        return delivery


def _call(delivery: WebhookDelivery) -> tuple[int | None, str]:
    """POST one event; returns (status or None, error text)."""
    body = json.dumps(
        {"id": str(delivery.event_id), "event": delivery.event.name, "data": delivery.event.payload},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    timestamp = str(int(clock.now().timestamp()))
    try:
        address, host = pinned_address(delivery.webhook.url)
        with httpx.Client(timeout=10, follow_redirects=False, trust_env=False) as client:
            answer = client.post(
                address,
                content=body,
                headers={
                    "Host": host,
                    "Content-Type": "application/json",
                    "Lokum-Event": delivery.event.name,
                    "Lokum-Event-Id": str(delivery.event_id),
                    "Lokum-Timestamp": timestamp,
                    "Lokum-Signature": sign(delivery.webhook.secret, timestamp, body),
                },
                extensions={"sni_hostname": urlsplit(delivery.webhook.url).hostname},
            )
    except (httpx.HTTPError, OSError, ValueError) as error:
        return None, f"{type(error).__name__}: {error}"
    return answer.status_code, "" if answer.is_success else answer.text[:500]


def pinned_address(url: str) -> tuple[str, str]:
    """Resolve a webhook's host once and return (URL with the address in place of the name, Host header).

    Private, loopback and link-local addresses are refused unless LOKUM_WEBHOOK_PRIVATE allows them, so that
    nobody can make the server call its own neighbours. Raises ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("the address must be http(s)://host/...")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    address = ipaddress.ip_address(found[0][4][0])
    if not address.is_global and not settings.WEBHOOK_PRIVATE:
        raise ValueError("the address belongs to a private network")
    literal = f"[{address}]" if address.version == 6 else str(address)
    pinned = parts._replace(netloc=f"{literal}:{port}").geturl()
    return pinned, parts.netloc
