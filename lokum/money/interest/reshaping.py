"""Interest policies of premises that are split or merged go on at the new ones."""

import datetime as dt
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.money.interest.models import InterestPolicy
from lokum.money.ledger.services import posting
from lokum.property.reshaping.seams import Carriage, Carrier

_TERMS = (
    "entity_id", "regime_id", "due_day_counts", "moves_due_day", "grace_days", "grace_start", "cap_percent", "rounding",
    "minimum_amount",
)  # fmt: skip


class InterestCarrier(Carrier):
    name = "interest"

    def refuse(self, carriage: Carriage) -> None:
        """Merged premises with different policies, and policies that begin behind the day."""
        rows = InterestPolicy.objects.filter(premises__in=carriage.sources)
        later = rows.filter(valid__startswith__gte=carriage.effective_on).first()
        terms = {_terms(one) for one in rows.filter(valid__contains=carriage.effective_on)}
        if later is not None or len(terms) > 1:
            text = _("The interest policies of the premises do not agree or begin later; settle them first.")
            raise Refusal("reshaping.policies_differ", text)

    def carry(self, carriage: Carriage, actor: Actor) -> list[list[Any]]:
        day = carriage.effective_on
        rows = list(
            InterestPolicy.objects.filter(premises__in=carriage.sources, valid__contains=day)
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        kept = [[row.pk, row.valid.upper and row.valid.upper.isoformat()] for row in rows]
        for row in rows[:1]:
            for target in carriage.targets:
                values = {name: getattr(row, name) for name in _TERMS}
                InterestPolicy.objects.create(premises_id=target, valid=DateRange(day, row.valid.upper), **values)
        with posting(actor):  # what was noted already says why a policy cannot end so early
            for row in rows:
                row.valid = DateRange(row.valid.lower, day)
                row.version += 1
                row.save(update_fields=["valid", "version"])
        return kept

    def take_back(self, carriage: Carriage, kept: Any, actor: Actor) -> None:
        InterestPolicy.objects.filter(premises__in=carriage.targets).delete()
        for pk, until in kept:
            row = InterestPolicy.objects.get(pk=pk)
            row.valid = DateRange(row.valid.lower, dt.date.fromisoformat(until) if until else None)
            row.version += 1
            row.save(update_fields=["valid", "version"])


def _terms(policy: InterestPolicy) -> tuple[Any, ...]:
    return (policy.valid.upper, *(getattr(policy, name) for name in _TERMS))
