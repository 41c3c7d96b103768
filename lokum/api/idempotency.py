"""Repeating a POST with the same key has no second effect; the same key with other content is refused."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.desk.models import IdempotencyKey

LONGEST_KEY = 200


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _parts(request: HttpRequest) -> dict[str, str]:
    """Digest of each top-level part of the body, so that a refusal can name what differs."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return {"body": hashlib.sha256(request.body).hexdigest()}
    return {name: _digest(value) for name, value in body.items()} if isinstance(body, dict) else {"body": _digest(body)}


def _lock(scope: str, key: str) -> None:
    number = int.from_bytes(hashlib.sha256(f"{scope} {key}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def once(request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Run `work` unless the key of the request is known; its answer is stored in the transaction of its effect."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return work()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Refusal("idempotency.key", _("The idempotency key has at most 200 printable characters."), status=400)
    scope = f"{request.user.pk} {request.method} {request.path}"[:120]
    _lock(scope, key)
    parts = _parts(request)
    known = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if known is not None:
        return _replay(known, parts)
    response = work()
    if response.status_code < 400:
        IdempotencyKey.objects.create(
            scope=scope,
            key=key,
            body_hash=_digest(parts),
            status=response.status_code,
            body={"request": parts, "answer": response.content.decode()},
            created_at=clock.now(),
        )
    return response


def _replay(known: IdempotencyKey, parts: dict[str, str]) -> HttpResponse:
    if known.body_hash != _digest(parts):
        before = known.body["request"]
        different = sorted(name for name in {*before, *parts} if before.get(name) != parts.get(name))
        text = _("This key was used with other content; different: %(names)s.") % {"names": ", ".join(different)}
        raise Refusal("idempotency.other_content", text, status=409, details={"different": different})
    response = HttpResponse(known.body["answer"], status=known.status, content_type="application/json")
    response["Idempotency-Replayed"] = "true"
    return response
