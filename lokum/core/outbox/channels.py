"""Channels: how a message leaves. Which provider stands behind a channel is configuration, not code.

Without LOKUM_EMAIL_URL, e-mail stays in the local mailbox (a page of the back office), so a demonstration never
writes to real people. A channel without a provider withholds its messages and says so.
"""

from collections.abc import Callable
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from lokum.core.outbox.models import Message


class NotConfigured(Exception):
    """No provider stands behind this channel."""


# Reads stored attachments for mails; the layer that keeps files fills it.
attachment_reader: list[Callable[[str], tuple[bytes, str]]] = []


def send_email(message: Message) -> None:
    """Hand one message to the SMTP server; raises what the server answers.

    The Message-ID is made of the message's id, so a mail server can see a repeated hand-over.
    """
    if not settings.EMAIL_HOST:
        return  # local mailbox: being listed there is being sent
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.recipient],
        connection=get_connection("django.core.mail.backends.smtp.EmailBackend", timeout=20),
        headers={"Message-ID": make_msgid(f"lokum-{message.pk}", domain=_domain())},
    )
    if message.body_html:
        mail.attach_alternative(message.body_html, "text/html")
    for attachment in message.attachments:
        content, media_type = attachment_reader[0](attachment["sha256"])
        mail.attach(attachment["name"], content, media_type)
    mail.send()


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"


def print_letter(message: Message) -> None:
    """A letter waits for printing in the list of letters; queueing it is all that is done by machine."""


def send_sms(message: Message) -> None:
    raise NotConfigured("no text message provider is configured")


senders: dict[str, Callable[[Message], None]] = {
    Message.Channel.EMAIL: send_email,
    Message.Channel.LETTER: print_letter,
    Message.Channel.SMS: send_sms,
}
