"""Seam for mails the sign-in pages send: `outbox` (a layer above) installs the queue."""

from typing import Protocol


class Sender(Protocol):
    def __call__(
        self,
        channel: str,
        recipient: str,
        subject: str,
        body: str,
        *,
        dedupe_key: str,
        language: str = "en",
        secret: bool = False,
    ) -> object: ...


_senders: list[Sender] = []


def install(sender: Sender) -> None:
    _senders[:] = [sender]


def send(
    recipient: str,
    subject: str,
    body: str,
    *,
    dedupe_key: str,
    language: str,
    secret: bool,
    channel: str = "email",
) -> None:
    """Queue a message in the present transaction."""
    if not _senders:
        raise RuntimeError("no sender of mails is installed")
    _senders[0](channel, recipient, subject, body, dedupe_key=dedupe_key, language=language, secret=secret)
