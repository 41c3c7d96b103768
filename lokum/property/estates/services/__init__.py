"""Changes to estates and what they consist of."""

from lokum.property.estates.services.changes import ChangeRow, note_changes, note_fact_changes
from lokum.property.estates.services.ending import (
    end_values,
    later_entries,
    restore_span,
    restore_values,
    values_on,
)
from lokum.property.estates.services.facts import FactRow, fact_error, record_fact, record_facts
from lokum.property.estates.services.generating import generate_estate, preview_estate
from lokum.property.estates.services.groups import Placed, leave_group, put_in_group
from lokum.property.estates.services.own_values import refresh_today, set_own_value
from lokum.property.estates.services.points import give_to_own_entity, refuse_supply_points
from lokum.property.estates.services.records import (
    add_premises,
    assign_entity,
    close_building,
    close_entrance,
    close_estate,
    close_premises,
    close_storey,
    reopen_building,
    reopen_entrance,
    reopen_estate,
    reopen_premises,
    reopen_storey,
)
from lokum.property.estates.services.shares import set_share

__all__ = [
    "ChangeRow",
    "FactRow",
    "Placed",
    "add_premises",
    "assign_entity",
    "close_building",
    "close_entrance",
    "close_estate",
    "close_premises",
    "close_storey",
    "end_values",
    "fact_error",
    "generate_estate",
    "give_to_own_entity",
    "later_entries",
    "leave_group",
    "note_changes",
    "note_fact_changes",
    "preview_estate",
    "put_in_group",
    "record_fact",
    "record_facts",
    "refresh_today",
    "refuse_supply_points",
    "reopen_building",
    "reopen_entrance",
    "reopen_estate",
    "reopen_premises",
    "reopen_storey",
    "restore_span",
    "restore_values",
    "set_own_value",
    "set_share",
    "values_on",
]
