"""The drill: back up a living cooperative, change something, and bring the moment before the change back elsewhere."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import backup, postgres
from tools.console import ROOT

RENDER = """
import hashlib
from lokum.core.annex.services import read_file
from lokum.core.base.context import acting, system_actor
from lokum.core.papers.models import DocumentFile, IssuedDocument
from lokum.core.papers.services import pdf_of
with acting(system_actor("drill")) as actor:
    for document in IssuedDocument.objects.order_by("pk")[:300:100]:
        print(document.number, hashlib.sha256(pdf_of(document, actor=actor)).hexdigest())
"""
KEPT = RENDER.replace(
    "pdf_of(document, actor=actor)", "read_file(DocumentFile.objects.get(document=document).file)"
)  # what lies in the store, without rendering anew


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lokum-drill-"))
    folder.chmod(0o755)
    for name in postgres.VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    yield folder
    shutil.rmtree(folder)


def _manage(server: postgres.Server, state: Path, *arguments: str) -> str:
    environment = {**os.environ, **server.variables(), "LOKUM_STATE": str(state), "LOKUM_SECRET_KEY": "drill"}
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.soak
@pytest.mark.req("PLT-36")
def test_a_cooperative_comes_back_as_it_was(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, elsewhere, folder = place / "state", place / "elsewhere", place / "backup"
    monkeypatch.setenv("LOKUM_STATE", str(state))
    old = postgres.Server()
    monkeypatch.setenv("LOKUM_STATE", str(elsewhere))
    new = postgres.Server()
    try:
        monkeypatch.setenv("LOKUM_STATE", str(state))
        old.start(keep=True)
        _manage(old, state, "migrate", "--database=owner", "-v", "0")
        _manage(old, state, "demo", "--size", "40")
        backup.backup(folder)
        papers = _manage(old, state, "shell", "-v", "0", "-c", RENDER)  # stored after the backup: the mirror keeps them
        assert papers.count("\n") >= 3
        count = "SELECT count(*) FROM estates_estate"
        before = old.psql("-Atc", count, "-d", "lokum", capture_output=True, text=True).stdout
        moment = dt.datetime.now(dt.UTC)
        time.sleep(1.1)
        change = (
            'INSERT INTO estates_estate SELECT (jsonb_populate_record(e, \'{"id": 999999, "code": "LATER"}\')).* '
            "FROM estates_estate e LIMIT 1"
        )
        done = old.psql("-c", change, "-d", "lokum", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        backup.close_segment(old)
        old.stop()
        shutil.rmtree(state / "files")  # the machine is lost, files and all

        monkeypatch.setenv("LOKUM_STATE", str(elsewhere))
        backup.restore(folder, moment, replace=False)
        new.start(keep=True)
        after = new.psql("-Atc", count, "-d", "lokum", capture_output=True, text=True).stdout
        assert after == before
        _manage(new, elsewhere, "prove")
        assert "all there" in _manage(new, elsewhere, "check_files")
        assert _manage(new, elsewhere, "shell", "-v", "0", "-c", KEPT) == papers
    finally:
        for machine in (old, new):
            machine.reset()
