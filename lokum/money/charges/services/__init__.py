"""Everything that changes charges: tariffs, attached components, month runs."""

from lokum.money.charges.services.assignments import AttachResult, attach_component, detach_component
from lokum.money.charges.services.month import approve_run, check_run, compute_run, drop_run, start_run
from lokum.money.charges.services.one_offs import (
    BatchOrder,
    OneOff,
    blocking_documents,
    cancel_charges,
    charge_many,
    raise_charges,
)
from lokum.money.charges.services.packages import (
    Chosen,
    apply_differences,
    attach_many,
    end_attachment,
    end_components,
    end_packages,
    undo_attachment,
)
from lokum.money.charges.services.posting import post_run
from lokum.money.charges.services.printing import print_notices
from lokum.money.charges.services.reductions import (
    apply_for_reduction,
    approve_reduction,
    check_reduction,
    refuse_reduction,
    shorten_reduction,
)
from lokum.money.charges.services.shared_tariffs import (
    approve_shared_tariff,
    note_proposals,
    price_new_components,
    refuse_shared_tariff,
)
from lokum.money.charges.services.tariffs import approve_tariff, check_proposals, propose_tariff, refuse_tariff
from lokum.money.charges.services.undoing import undo_run

__all__ = [
    "AttachResult",
    "BatchOrder",
    "Chosen",
    "OneOff",
    "apply_differences",
    "apply_for_reduction",
    "approve_reduction",
    "approve_run",
    "approve_shared_tariff",
    "approve_tariff",
    "attach_component",
    "attach_many",
    "blocking_documents",
    "cancel_charges",
    "charge_many",
    "check_proposals",
    "check_reduction",
    "check_run",
    "compute_run",
    "detach_component",
    "drop_run",
    "end_attachment",
    "end_components",
    "end_packages",
    "note_proposals",
    "post_run",
    "price_new_components",
    "print_notices",
    "propose_tariff",
    "raise_charges",
    "refuse_reduction",
    "refuse_shared_tariff",
    "refuse_tariff",
    "shorten_reduction",
    "start_run",
    "undo_attachment",
    "undo_run",
]
