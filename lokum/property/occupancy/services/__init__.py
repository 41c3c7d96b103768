"""Changes to titles and agreements."""

from lokum.property.occupancy.services.agreements import (
    AgreementTerms,
    change_due_day,
    end_agreement,
    open_agreement,
    set_attribute,
    set_attributes,
)
from lokum.property.occupancy.services.changes import holders_text
from lokum.property.occupancy.services.declarations import (
    accept_declaration,
    declare,
    refuse_declaration,
    remarks_on_value,
)
from lokum.property.occupancy.services.households import (
    end_household_member,
    follow_register,
    guard_persons,
    remove_household_member,
    set_persons_source,
)
from lokum.property.occupancy.services.importing import apply_workbook, check_workbook, receive_workbook, undo_workbook
from lokum.property.occupancy.services.members import add_contribution, add_member, pay_contribution, set_status
from lokum.property.occupancy.services.states import note_state, state_error
from lokum.property.occupancy.services.titles import (
    Share,
    TitleRow,
    end_title,
    open_title,
    open_titles,
    title_error,
    transfer_title,
)

__all__ = [
    "AgreementTerms",
    "Share",
    "TitleRow",
    "accept_declaration",
    "add_contribution",
    "add_member",
    "apply_workbook",
    "change_due_day",
    "check_workbook",
    "declare",
    "end_agreement",
    "end_household_member",
    "end_title",
    "follow_register",
    "guard_persons",
    "holders_text",
    "note_state",
    "open_agreement",
    "open_title",
    "open_titles",
    "pay_contribution",
    "receive_workbook",
    "refuse_declaration",
    "remarks_on_value",
    "remove_household_member",
    "set_attribute",
    "set_attributes",
    "set_persons_source",
    "set_status",
    "state_error",
    "title_error",
    "transfer_title",
    "undo_workbook",
]
