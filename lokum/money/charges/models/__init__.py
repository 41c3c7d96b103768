"""Components, dated tariffs, the month run and what it posts."""

from lokum.money.charges.models.components import Component, name_field
from lokum.money.charges.models.corrections import CorrectionLine, CorrectionRun
from lokum.money.charges.models.limits import DeclarationLimit
from lokum.money.charges.models.notices import ChargeLine, Notice
from lokum.money.charges.models.one_offs import ChargeBatch, OneOffCharge
from lokum.money.charges.models.packages import (
    BulkAttachment,
    BulkAttachmentLine,
    Package,
    PackageAssignment,
    PackageComponent,
)
from lokum.money.charges.models.reductions import Reduction, ReductionType
from lokum.money.charges.models.runs import ChargeRun, DraftLine
from lokum.money.charges.models.tariffs import ComponentAssignment, SharedTariff, Tariff
from lokum.money.charges.models.vat import VatRate

__all__ = [
    "BulkAttachment",
    "BulkAttachmentLine",
    "ChargeBatch",
    "ChargeLine",
    "ChargeRun",
    "Component",
    "ComponentAssignment",
    "CorrectionLine",
    "CorrectionRun",
    "DeclarationLimit",
    "DraftLine",
    "Notice",
    "OneOffCharge",
    "Package",
    "PackageAssignment",
    "PackageComponent",
    "Reduction",
    "ReductionType",
    "SharedTariff",
    "Tariff",
    "VatRate",
    "name_field",
]
