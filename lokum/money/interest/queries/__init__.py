"""Reads of interest. Layers above import from here, never from the modules inside."""

from lokum.money.interest.queries.accrued import Accrued, accrued_of, accrued_sheets
from lokum.money.interest.queries.notes import note_sheets, sheet_of_entry, source_of_line
from lokum.money.interest.queries.runs import run_figures
from lokum.money.interest.sheets import LineSheet

__all__ = [
    "Accrued",
    "LineSheet",
    "accrued_of",
    "accrued_sheets",
    "note_sheets",
    "run_figures",
    "sheet_of_entry",
    "source_of_line",
]
