"""Taking a split or merge back as if it had not been, while nothing rests on the new premises yet."""

from dataclasses import replace

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Refusal
from lokum.property.estates.models import FactChange, Premises
from lokum.property.estates.services import reopen_premises, restore_values
from lokum.property.occupancy.models import Agreement, Title
from lokum.property.occupancy.services import follow_register
from lokum.property.reshaping.models import Reshaping
from lokum.property.reshaping.seams import Carriage, carriers
from lokum.property.reshaping.services.carrying import carriage_of, whole_reach
from lokum.property.reshaping.services.preparing import locked
from lokum.property.reshaping.services.titles import give_back_households, give_back_titles


def finished_carriage(act: Reshaping) -> Carriage:
    """What was carried, as it was told to the carriers."""
    places = [one.premises for one in act.former_premises.select_related("premises")]
    targets = [pk for pk in act.new_premises.values_list("premises_id", flat=True) if pk is not None]
    pairs = [(old, new) for old, new in act.former.get("titles", {}).get("pairs", [])]
    return replace(carriage_of(act, places), targets=targets, agreements=pairs)


def undo(act_pk: int, *, actor: Actor) -> Reshaping:
    """The new premises go with all that was opened for them; the former ones run on as before.

    Refused when something was posted to the new accounts, when the new premises were changed since, or when they are
    in use otherwise.
    """
    with acting(whole_reach(actor)) as whole:
        act = locked(act_pk, Reshaping.State.DONE)
        carriage = finished_carriage(act)
        keys = sorted((*carriage.sources, *carriage.targets))
        list(Premises.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
        _refuse_changed(act, carriage)
        kept = act.former["carried"]
        for carrier in carriers():
            carrier.refuse_undo(carriage, kept.get(carrier.name))
        try:
            with transaction.atomic():
                _take_back(act, carriage, whole)
        except ProtectedError as problem:
            kinds = sorted({str(one._meta.verbose_name_plural) for one in problem.protected_objects})
            text = _("The new premises are in use already: %(kinds)s.") % {"kinds": ", ".join(kinds)}
            raise Refusal("reshaping.in_use", text, status=409) from problem
        act.state, act.undone_at = Reshaping.State.UNDONE, clock.now()
        act.version += 1
        act.save()
        note(act, gettext_noop("undone"), actor=actor)
        for one in act.former_premises.select_related("premises"):
            note(one.premises, gettext_noop("split or merge undone"), actor=actor, day=act.effective_on.isoformat())
        return act


def _refuse_changed(act: Reshaping, carriage: Carriage) -> None:
    """Somebody went on working with what the act opened or closed: that would be lost."""
    places = (*carriage.sources, *carriage.targets)
    changed = FactChange.objects.filter(premises__in=places, recorded_at__gt=act.done_at).first()
    titles = Title.objects.filter(premises__in=carriage.targets).exclude(pk__in=act.former["titles"]["opened"]).first()
    opened = [new for _old, new in carriage.agreements]
    agreements = Agreement.objects.filter(premises__in=carriage.targets).exclude(pk__in=opened).first()
    found = changed or titles or agreements
    if found is not None:
        text = _("%(premises)s changed since: %(what)s. It cannot be undone any more.") % {
            "premises": found.premises, "what": found,
        }  # fmt: skip
        raise Refusal("reshaping.changed_since", text, status=409)


def _take_back(act: Reshaping, carriage: Carriage, actor: Actor) -> None:
    day, kept = act.effective_on, act.former
    for carrier in reversed(carriers()):
        carrier.take_back(carriage, kept["carried"].get(carrier.name), actor)
    for pk in carriage.sources:
        reopen_premises(pk, actor=actor)
    give_back_titles(kept["titles"], day, actor)
    give_back_households(kept["households"], carriage.targets)
    for pk, values in kept["values"].items():
        restore_values(int(pk), day, values, actor=actor, source=_("split or merge undone"))
    act.new_premises.update(premises=None)
    for place in Premises.objects.filter(pk__in=carriage.targets).order_by("pk"):
        place.delete()
    if kept["households"]["sources"]:
        follow_register(carriage.sources, actor=actor)
