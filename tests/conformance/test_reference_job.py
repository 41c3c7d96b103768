"""The job that times the reference set: run on a tiny set, it prints each figure and fails when a budget is broken."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bench.reference import __main__ as job
from bench.reference import timing
from bench.reference.making import make_set


class InProcess:
    """A caller without a web server between."""

    def __init__(self, port: int, user: Any) -> None:
        self.client = Client()
        self.client.force_login(user)

    def get(self, address: str) -> tuple[float, int, str]:
        answer = self.client.get(address)
        return 0.25, answer.status_code, ""


@pytest.mark.req("PLT-35")
def test_the_job_prints_each_figure_and_fails_when_a_budget_is_broken(
    fresh_database: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    settings.FILE_STORE = tmp_path
    monkeypatch.setenv("LOKUM_STATE", str(tmp_path))
    monkeypatch.setattr(job, "kept_database", lambda *_named: nullcontext())
    monkeypatch.setattr(timing, "running", lambda: nullcontext(0))
    monkeypatch.setattr(timing, "RESIDENTS", 2)
    monkeypatch.setattr(timing, "Caller", InProcess)  # every call is said to take a quarter of a second
    make_set(24, 1)
    capsys.readouterr()

    def run(only: str, *budgets: str) -> tuple[int, dict[str, str], str]:
        code = job.main([f"--only={only}", *budgets])
        printed = capsys.readouterr().out
        return code, {line[:52].strip(): line[52:] for line in printed.splitlines() if " s  " in line[52:]}, printed

    code, figures, printed = run("portal home,list estates.estate,while typing,card estates.estate")
    assert code == 0 and "OVER" not in printed, printed
    assert {"portal home", "list estates.estate, sorted", "card estates.estate"} <= set(figures)
    assert {"all: portal", "all: list", "all: search", "all: card"} <= set(figures)
    assert "0.250 s" in figures["search, while typing"]
    for budget, name in (
        ("--portal", "portal calculator"),
        ("--office", "card estates.estate"),
        ("--run", "month run"),
    ):
        code, figures, printed = run(name, f"{budget}=0")
        assert code == 1 and name in printed.split("over the budget: ")[1], printed
        assert any(text.startswith(name) and "OVER" in rest for text, rest in figures.items()), printed
