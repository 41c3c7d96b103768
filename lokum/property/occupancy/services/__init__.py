"""Changes to titles and agreements."""

from lokum.property.occupancy.services.agreements import (
    AgreementTerms,
    change_due_day,
    end_agreement,
    open_agreement,
    set_attribute,
    set_attributes,
)
from lokum.property.occupancy.services.importing import apply_workbook, check_workbook, receive_workbook
from lokum.property.occupancy.services.titles import Share, TitleRow, end_title, open_title, open_titles, transfer_title

__all__ = [
    "AgreementTerms",
    "Share",
    "TitleRow",
    "apply_workbook",
    "change_due_day",
    "check_workbook",
    "end_agreement",
    "end_title",
    "open_agreement",
    "open_title",
    "open_titles",
    "receive_workbook",
    "set_attribute",
    "set_attributes",
    "transfer_title",
]
