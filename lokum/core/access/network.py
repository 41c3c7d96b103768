"""Where a request comes from. Forwarding headers count only when a trusted proxy wrote them."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def _is_trusted(text: str) -> bool:
    address = _address(text)
    return address is not None and any(
        address in ipaddress.ip_network(network, strict=False) for network in settings.TRUSTED_PROXIES
    )


def client_address(request: HttpRequest) -> str:
    """The nearest address that is not one of our own proxies.

    X-Forwarded-For grows to the right; whatever stands left of the first stranger was written by that stranger
    and proves nothing.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if not _is_trusted(peer):
        return peer
    nearest = peer
    for part in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        address = _address(part)
        if address is None:
            break
        nearest = str(address)
        if not _is_trusted(nearest):
            break
    return nearest
