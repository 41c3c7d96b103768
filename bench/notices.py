"""The notices of a month as volumes to print, beside the engine's bare compile of the same pages.

The limit compiles the same layout with the same data in this process, one compiler reused, and throws the PDF away.
Ours reads the documents, builds data and payment codes, renders in the crew's processes, keeps every paper in the
store and in the register, merges the volumes and attaches them.
"""

import json
import tempfile
import time
from dataclasses import replace
from typing import Any

from bench.limit import FIRST
from bench.memory import peak_of
from bench.ours import ACTOR, Ours
from bench.results import Result, median_of
from lokum.core.base.context import acting
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.rendering import child, papers
from lokum.core.papers.rendering.volumes import MOST_PER_VOLUME
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.papers import build_notice
from lokum.money.charges.services import print_notices

MOST_MB = 250


def notices(count: int, runs: int, goal: float = 1.3) -> Result:
    """`runs` months of `count` notices, limit and ours in turns."""
    from django.test import override_settings

    ours = Ours(count)
    times: tuple[list[float], list[float]] = ([], [])
    peaks: list[int] = []
    with tempfile.TemporaryDirectory() as store, override_settings(FILE_STORE=store):
        for turn in range(runs):
            month = FIRST.replace(month=turn + 1)
            ours.charge_run(month)
            with acting(ACTOR):
                run = ChargeRun.objects.get(period=month, state=ChargeRun.State.POSTED)
            times[1].append(_compile(_messages(run)))
            began = time.perf_counter()
            with peak_of(peaks):
                made = print_notices(run.pk, actor=ACTOR)
            times[0].append(time.perf_counter() - began)
            assert len(made) == -(-count // MOST_PER_VOLUME)
    return replace(median_of("notices", count, *times, goal), peak_mb=max(peaks), most_mb=MOST_MB)


def _messages(run: ChargeRun) -> list[bytes]:
    """What the rendering process would be asked for every notice of a run."""
    asked: list[bytes] = []

    def keep(template: str, data: dict[str, Any], inputs: dict[str, str]) -> bytes:
        message = {"template": template, "data": data, "inputs": inputs}
        asked.append(json.dumps(message, ensure_ascii=False).encode())
        return b""

    with acting(ACTOR):
        keys = run.notices.order_by("document__serial").values_list("document_id", flat=True)
        found = IssuedDocument.objects.select_related("entity").in_bulk(list(keys))
    render, papers.render = papers.render, keep  # type: ignore[assignment]
    try:
        for pk in sorted(found):
            build_notice(found[pk])
    finally:
        papers.render = render
    return asked


def _compile(messages: list[bytes]) -> float:
    child.compile_paper(messages[0])  # opens the fonts
    began = time.perf_counter()
    for message in messages:
        child.compile_paper(message)
    return time.perf_counter() - began
