"""Changes to people and companies."""

from lokum.property.parties.services.merging import merge_parties, undo_merge
from lokum.property.parties.services.records import (
    add_contact,
    add_party,
    change_address,
    give_consent,
    withdraw_consent,
)

__all__ = [
    "add_contact",
    "add_party",
    "change_address",
    "give_consent",
    "merge_parties",
    "undo_merge",
    "withdraw_consent",
]
