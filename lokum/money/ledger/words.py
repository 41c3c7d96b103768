"""Words of the books whose codes upper layers extend: kinds of batches, rules by which money met a debt."""

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.words import Words

BATCH_KINDS = Words(
    {
        "opening": _("opening items"),
        "opening-undo": _("opening items undone"),
        "correction": _("correction"),
        "reversal": _("reversal"),
        "transfer": _("transfer between sub-accounts"),
        "year-end": _("end of the year"),
        "year-end-undo": _("end of the year undone"),
    }
)

ALLOCATION_RULES = Words(
    {
        "legal": _("legal order"),
        "oldest_first": _("documents by due date"),
        "principal_first": _("principal first"),
        "designated": _("named by the payer"),
        "by_hand": _("by hand"),
        "on_posting": _("used when the debt was posted"),
        "reversal": _("reversal"),
        "correction": _("correction"),
    }
)
