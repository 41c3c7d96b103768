"""The outbox: once per key, never lost in an outage, signed towards webhooks."""

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.outbox.models import Event, Message, Webhook, WebhookDelivery
from lokum.core.outbox.sending import dispatch_events, pinned_address, send_due, send_webhooks, sign
from lokum.core.outbox.services import publish, queue_message

pytestmark = pytest.mark.req("PLT-22")


def _queue(key: str = "k1", **over: Any) -> Message:
    with acting(system_actor("test")):
        return queue_message("email", over.pop("to", "anna@example.org"), "Notice", "Text", dedupe_key=key, **over)


class _Smtp(socketserver.StreamRequestHandler):
    """As much of an SMTP server as a mail needs; keeps what it accepted."""

    def handle(self) -> None:
        say = lambda text: self.wfile.write(text.encode() + b"\r\n")  # noqa: E731
        say("220 test")
        for line in self.rfile:
            word = line.strip().upper()
            if word == b"DATA":
                say("354 go")
                mail = b""
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    mail += part
                self.server.mails.append(mail)  # type: ignore[attr-defined]
                say("250 taken")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


@pytest.fixture
def smtp() -> Iterator[Any]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)
    server.mails = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_message_leaves_once_and_after_an_outage(fresh_database: str, settings: Any, smtp: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens: the server is down
    message = _queue()
    assert _queue().pk == message.pk
    send_due()
    message.refresh_from_db()
    assert (message.state, message.attempt_count) == ("queued", 1)
    assert "refused" in message.last_error.lower()
    settings.EMAIL_PORT = smtp.server_address[1]
    assert send_due() == 0, "the next try comes later"
    with acting(system_actor("test")):
        Message.objects.update(next_try_at=clock.now())
    assert send_due() == 1
    assert send_due() == 0
    message.refresh_from_db()
    assert message.state == "sent"
    assert len(smtp.mails) == 1
    assert b"Subject: Notice" in smtp.mails[0]


def test_a_rolled_back_change_sends_nothing(fresh_database: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _queue()
        _ = 1 / 0
    assert not Message.objects.exists()


def test_line_breaks_cannot_write_headers(fresh_database: str) -> None:
    message = _queue(to="anna@example.org\r\nBcc: all@example.org")
    assert "\n" not in message.recipient + message.subject
    assert "\r" not in message.recipient


def test_a_channel_without_provider_withholds(fresh_database: str) -> None:
    with acting(system_actor("test")):
        message = queue_message("sms", "+48600100200", "", "Code", dedupe_key="s")
    send_due()
    message.refresh_from_db()
    assert message.state == "withheld"


class _Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server: Any = self.server
        server.calls.append((dict(self.headers), body))
        self.send_response(500 if len(server.calls) == 1 else 204)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        return None


@pytest.mark.req("PLT-28")
def test_a_webhook_that_fails_first_gets_the_event_again(fresh_database: str, settings: Any) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    server.calls = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.WEBHOOK_PRIVATE = True
    with acting(system_actor("test")):
        Webhook.objects.create(
            name="Books", url=f"http://127.0.0.1:{server.server_port}/in", secret="s3", events=["payment.received"]
        )
        publish("payment.received", {"amount": "10.00"}, dedupe_key="p1")
        publish("other", {}, dedupe_key="p2")
    assert dispatch_events() == 2
    send_webhooks()
    with acting(system_actor("test")):
        WebhookDelivery.objects.update(next_try_at=clock.now())
    send_webhooks()
    server.shutdown()
    server.server_close()
    calls: Any = server.calls  # type: ignore[attr-defined]
    assert len(calls) == 2
    assert {call[0]["Lokum-Event-Id"] for call in calls} == {str(Event.objects.get(name="payment.received").pk)}
    headers, body = calls[1]
    assert headers["Lokum-Signature"] == sign("s3", headers["Lokum-Timestamp"], body)
    assert json.loads(body)["data"] == {"amount": "10.00"}
    assert WebhookDelivery.objects.get().state == "delivered"


def test_private_addresses_are_refused(settings: Any) -> None:
    settings.WEBHOOK_PRIVATE = False
    for url in (
        "http://127.0.0.1/x",
        "http://localhost/",
        "file:///etc/passwd",
        "http://[::1]/",
        "http://a:b@127.0.0.1/",
    ):
        with pytest.raises(ValueError):
            pinned_address(url)
