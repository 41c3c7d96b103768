"""Indexes that migrations write in SQL are still there: Django drops all indexes of a column it stops indexing."""

import re
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
MADE = re.compile(r"CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?(\w+) ON")
# By the last state of each migration: what a later one drops by name is meant to be gone.
DROPPED = re.compile(r"migrations\.RunSQL\(\s*\"DROP INDEX (\w+)")


@pytest.mark.django_db
def test_indexes_written_in_sql_are_kept() -> None:
    texts = [file.read_text(encoding="utf-8") for file in ROOT.glob("lokum/**/migrations/*.py")]
    wanted = {name for text in texts for name in MADE.findall(text)} - {
        name for text in texts for name in DROPPED.findall(text)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes")
        found = {row[0] for row in cursor.fetchall()}
    assert "allocation_debit_live" in wanted and not wanted - found
