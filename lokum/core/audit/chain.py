"""Sealing history into a chain of hashes, and proving that no line was altered, added or removed since.

A seal takes the lines of all transactions that are finished: those below the oldest transaction still open
(`pg_snapshot_xmin`). A writer that commits late has a number at or above that horizon, so its lines fall into a
later seal; no writer ever waits for the sealing and none is missed.

Line hash = SHA-256 of the line's fields with the digest of its values; seal hash = SHA-256 of the seal before and
the leaves (id and line hash of every line). The values themselves may be erased; their digest stays. Archived months
leave the database; seals keep their leaves, and the head of the month (`AuditMonth`) says that they are all there.
"""

import bisect
import datetime as dt
import hashlib
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from lokum.core.audit.models import AuditMonth, AuditSeal
from lokum.core.base import clock

_LOCK = 7_002
_LEAF = struct.Struct(">q16s")
_GENESIS = "0" * 64
FIELDS = (
    "id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), coalesce(actor_id::text, ''), actor_label,"
    " request_id, address, action, table_name, coalesce(object_id::text, ''), coalesce(transaction_id::text, ''),"
    " digest"
)


def line_hash(fields: Iterable[Any]) -> bytes:
    content = "\x1f".join(str(one).replace("\x1f", " ") for one in fields)
    return hashlib.sha256(content.encode()).digest()[:16]


def _seal_hash(previous: str, leaves: bytes) -> str:
    return hashlib.sha256(bytes.fromhex(previous) + leaves).hexdigest()


def leaves_of(data: bytes) -> dict[int, bytes]:
    return dict(_LEAF.iter_unpack(data))


def _lines(where: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {FIELDS} FROM audit_auditrow WHERE {where} ORDER BY id", values)  # noqa: S608
        while chunk := cursor.fetchmany(5000):
            yield from chunk


def _horizon() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def seal(limit: int = 200_000) -> AuditSeal | None:
    """Add one link over what is finished and not sealed yet; None when there is nothing. One sealer at a time."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = AuditSeal.objects.order_by("-pk").first()
        begin, end = (last.horizon if last else 0), _horizon()
        if end < begin:
            # The database was restored into another server, whose transactions are numbered anew: every line
            # there is finished, and what is not sealed is what no seal names.
            sealed = {key for one in AuditSeal.objects.order_by("-pk")[:50] for key in leaves_of(bytes(one.leaves))}
            lowest = min(sealed, default=0)
            found = [line for line in _lines("id >= %s", [lowest]) if line[0] not in sealed]
        else:
            found = list(_lines("coalesce(transaction_id, 0) >= %s AND coalesce(transaction_id, 0) < %s", [begin, end]))
        if not found:
            return None
        leaves = b"".join(_LEAF.pack(line[0], line_hash(line)) for line in found)
        previous = last.hash if last else _GENESIS
        return AuditSeal.objects.create(
            first_id=found[0][0],
            last_id=found[-1][0],
            row_count=len(found),
            leaves=leaves,
            horizon=end,
            previous_hash=previous,
            hash=_seal_hash(previous, leaves),
            sealed_at=clock.now(),
        )


@dataclass
class Report:
    """What a check of the whole chain found; `head` is the newest seal, worth keeping outside the house."""

    seal_count: int = 0
    line_count: int = 0
    unsealed_count: int = 0
    erased_count: int = 0
    horizon: int = 0
    head: str = _GENESIS
    altered: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    slipped_in: list[int] = field(default_factory=list)
    broken_seals: list[int] = field(default_factory=list)
    archived_count: int = 0
    broken_months: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.altered or self.missing or self.slipped_in or self.broken_seals or self.broken_months)


def _check_values(report: Report) -> set[int]:
    """Lines whose values do not give their digest. Erased lines have no values and no salt."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM audit_auditrow WHERE salt <> ''"
            " AND digest IS DISTINCT FROM lokum_audit_digest(salt, before, after)"
        )
        wrong = {row[0] for row in cursor.fetchall()}
        # Without a salt the values must be gone, else somebody wrote them afterwards.
        cursor.execute("SELECT id FROM audit_auditrow WHERE salt = '' AND (before IS NOT NULL OR after IS NOT NULL)")
        wrong |= {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT count(*) FROM audit_auditrow WHERE salt = ''")
        report.erased_count = int(cursor.fetchone()[0])
    return wrong


def verify(expected_head: str = "") -> Report:
    """Check every seal and every line. With `expected_head` (noted earlier, kept elsewhere) a cut-off end or a
    chain written anew shows as well: that seal must be part of the chain."""
    report = Report()
    sealed: set[int] = set()
    altered = _check_values(report)
    previous, heads = _GENESIS, {_GENESIS}
    archived = Archived()
    for one in AuditSeal.objects.order_by("pk").iterator(chunk_size=20):
        data = bytes(one.leaves)
        leaves = leaves_of(data)
        if one.previous_hash != previous or one.hash != _seal_hash(one.previous_hash, data):
            report.broken_seals.append(one.pk)
        present = _present(list(leaves), one.sealed_at)
        report.missing += sorted(archived.take({key: leaves[key] for key in set(leaves) - set(present)}))
        altered |= {key for key, value in present.items() if value != leaves[key]}
        sealed |= set(leaves)
        previous = one.hash
        heads.add(previous)
        report.seal_count += 1
        report.horizon = one.horizon
    report.head = previous
    report.archived_count, report.broken_months = archived.check()
    if expected_head and expected_head not in heads:
        report.broken_seals.append(0)
    report.altered = sorted(altered)
    _check_strays(report, sealed)
    return report


def _present(ids: list[int], sealed_at: dt.datetime) -> dict[int, bytes]:
    """Lines of a seal by id. Most were written shortly before it; the others are looked for in all months."""
    near = [sealed_at - dt.timedelta(days=2), sealed_at + dt.timedelta(days=1)]
    found = {line[0]: line_hash(line) for line in _lines("id = ANY(%s) AND at BETWEEN %s AND %s", [ids, *near])}
    rest = [key for key in ids if key not in found]
    if rest:
        found |= {line[0]: line_hash(line) for line in _lines("id = ANY(%s)", [rest])}
    return found


class Archived:
    """Months that lie outside: the leaves which seals hold of them must give the head that was kept of each."""

    def __init__(self) -> None:
        self.months = list(AuditMonth.objects.order_by("month"))
        self.starts = sorted(
            (first, last, number) for number, one in enumerate(self.months) for first, last in one.spans
        )
        self.leaves: list[dict[int, bytes]] = [{} for _one in self.months]

    def take(self, leaves: dict[int, bytes]) -> set[int]:
        """Put leaves to their months; returns the ids that belong to none."""
        missing = set()
        for key, value in leaves.items():
            place = bisect.bisect_right(self.starts, (key, math.inf, 0)) - 1
            if place >= 0 and self.starts[place][0] <= key <= self.starts[place][1]:
                self.leaves[self.starts[place][2]][key] = value
            else:
                missing.add(key)
        return missing

    def check(self) -> tuple[int, list[str]]:
        """How many lines lie outside, and the months whose head does not fit."""
        wrong = [
            str(one)
            for one, leaves in zip(self.months, self.leaves, strict=True)
            if len(leaves) != one.row_count or month_hash(leaves) != one.hash
        ]
        return sum(len(leaves) for leaves in self.leaves), wrong


def month_hash(leaves: dict[int, bytes]) -> str:
    return hashlib.sha256(b"".join(_LEAF.pack(key, leaves[key]) for key in sorted(leaves))).hexdigest()


def _check_strays(report: Report, sealed: set[int]) -> None:
    """Lines no seal names: new ones wait for the next seal, older ones were slipped in."""
    now = _horizon()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, coalesce(transaction_id, 0) FROM audit_auditrow ORDER BY id")
        for key, number in cursor.fetchall():
            report.line_count += 1
            if key in sealed:
                continue
            if number < report.horizon <= now:
                report.slipped_in.append(key)
            else:
                report.unsealed_count += 1
