"""Who inside Lokum listens to which event. Subscribers live in `<app>/events.py` of upper layers."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Subscriber = Callable[[dict[str, Any]], None]
subscribers: dict[str, list[Subscriber]] = defaultdict(list)


def subscribe(name: str) -> Callable[[Subscriber], Subscriber]:
    """Call the decorated function with the payload of each event of this name. It must be harmless twice."""

    def decorate(function: Subscriber) -> Subscriber:
        subscribers[name].append(function)
        return function

    return decorate
