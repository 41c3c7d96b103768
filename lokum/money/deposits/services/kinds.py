"""The vocabulary of deposits of an entity."""

from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import Entity
from lokum.money.deposits.models import DepositKind
from lokum.money.deposits.seams import usual_kinds
from lokum.money.ledger.services import posting


def load_usual_kinds(entity_id: int, *, actor: Actor) -> list[DepositKind]:
    """Add the kinds that are usual in the entity's country and that it does not have; those it has stay as they are."""
    with posting(actor):
        entity = Entity.objects.get(pk=entity_id)
        found = usual_kinds(entity.country_pack)
        if not found:
            raise Refusal("deposit_kind.none", _("No kinds of deposits are known for this country. Add your own."))
        known = set(DepositKind.objects.filter(entity=entity).values_list("code", flat=True))
        made = [
            DepositKind.objects.create(
                entity=entity, code=one.code, name=one.name, purpose=one.purpose, max_months=one.max_months,
                return_months=one.return_months, valorised=one.valorised, basis=one.basis,
                **{f"name_{language}": text for language, text in one.names.items()},
            )
            for one in found
            if one.code not in known
        ]  # fmt: skip
        for one in made:
            note(one, "loaded", actor=actor)
        return made
