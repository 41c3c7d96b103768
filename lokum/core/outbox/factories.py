"""Valid defaults for tests and demo data."""

import itertools
from typing import Any

from lokum.core.outbox.models import Webhook

_count = itertools.count(1)


def make_webhook(**over: Any) -> Webhook:
    number = next(_count)
    values = {"name": f"Receiver {number}", "url": f"https://receiver{number}.example.org/", "events": []} | over
    return Webhook.objects.create(**values)
