"""The limit: the same rows by the shortest plain SQL, on the same server, minutes apart."""

import datetime as dt
from pathlib import Path
from typing import Any

import psycopg

from bench.databases import LIMIT, connect

FIRST = dt.date(2026, 1, 1)  # first month of the jobs
SQL = Path(__file__).resolve().parent / "sql"


def statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Limit:
    """One database of `count` payers; every job commits."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.connection: psycopg.Connection[Any] = connect(LIMIT)
        for part in statement("limit_schema").split(";\n"):
            if part.strip():
                self.connection.execute(part)
        for part in statement("limit_master").split(";\n"):
            if part.strip():
                self.connection.execute(part, {"count": count})
        for part in statement("limit_interest_schema").split(";\n"):
            self.connection.execute(part)
        self.connection.execute("INSERT INTO ledger_account VALUES (4, '750 late interest')")
        self.connection.execute("INSERT INTO counter VALUES ('note', 0)")
        self.connection.execute("VACUUM ANALYZE")

    def rates(self, steps: list[tuple[dt.date, Any]]) -> None:
        """The rate table: (first day, percent a year) in order."""
        ends = [*(day - dt.timedelta(days=1) for day, _rate in steps[1:]), dt.date(2100, 1, 1)]
        for (day, rate), end in zip(steps, ends, strict=True):
            self.connection.execute("INSERT INTO interest_rate VALUES (%s, %s, %s)", (day, end, rate))

    def due_days(self) -> list[dt.date]:
        found = self.connection.execute("SELECT DISTINCT due_on FROM document WHERE kind = 1").fetchall()
        return [row[0] for row in found]

    def move(self, moves: dict[dt.date, dt.date]) -> None:
        """To which working day each due day moves."""
        for day, moved in moves.items():
            self.connection.execute("INSERT INTO due_move VALUES (%s, %s)", (day, moved))
        self.upkeep()

    def interest(self, month: dt.date, through_on: dt.date) -> None:
        with self.connection.transaction():
            values = {
                "month": month,
                "through": through_on,
                "documents": self._reserve("document", 20 * self.count),
                "postings": self._reserve("posting", 40 * self.count),
                "notes": self._reserve("note", self.count),
            }
            self.connection.execute(statement("limit_interest"), values)

    def noted(self) -> tuple[int, Any]:
        """How many lines of interest there are and what they add up to."""
        row = self.connection.execute("SELECT count(*), sum(amount) FROM interest_line").fetchone()
        return row[0], row[1]  # type: ignore[index]

    def _reserve(self, name: str, size: int) -> int:
        taken = "UPDATE counter SET last = last + %s WHERE name = %s RETURNING last - %s"
        row = self.connection.execute(taken, (size, name, size)).fetchone()
        return int(row[0]) if row else 0

    def charge_run(self, month: dt.date) -> None:
        with self.connection.transaction():
            values = {
                "month": month,
                "documents": self._reserve("document", self.count),
                "postings": self._reserve("posting", 9 * self.count),
            }
            self.connection.execute(statement("limit_run"), values)

    def payments(self, month: dt.date) -> list[tuple[int, Any, dt.date]]:
        """(payer, amount, day) of the 95 of 100 who pay, some of them in part."""
        return self.connection.execute(
            "SELECT payer_id, CASE WHEN payer_id %% 9 = 0 THEN round(total / 2, 2) ELSE total END, "
            "%(month)s::date + payer_id %% 20 FROM document "
            "WHERE kind = 1 AND month = %(month)s AND payer_id %% 20 <> 3 ORDER BY payer_id",
            {"month": month},
        ).fetchall()

    def statement_import(self, month: dt.date, serial: int, data: bytes, size: int) -> None:
        with self.connection.transaction():
            cursor = self.connection.cursor()
            columns = "statement_id, reference, number, amount, booked_on, sender, title"
            with cursor.copy(f"COPY bank_entry ({columns}) FROM STDIN") as copy:
                copy.write(data)
            values = {
                "month": month,
                "statement": serial,
                "documents": self._reserve("document", size),
                "postings": self._reserve("posting", 2 * size),
            }
            cursor.execute(statement("limit_match"), values)
            cursor.execute("ANALYZE matched")
            cursor.execute(statement("limit_statement"), values)

    def upkeep(self) -> None:
        self.connection.execute("VACUUM ANALYZE")


def copy_text(rows: list[tuple[int, Any, dt.date]], serial: int) -> bytes:
    return "".join(
        f"{serial}\tR{serial}-{payer}\t99{payer:024d}\t{amount}\t{day}\tPayer {payer}\tFees {serial} {payer}\n"
        for payer, amount, day in rows
    ).encode()
