"""The entity a page asks for: the one in the address, else the one used last in this session, else the only one."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from lokum.core.base import policy
from lokum.core.organisation.models import Entity

SESSION_KEY = "entity_used_last"


def preselected_entity(request: HttpRequest, entities: QuerySet[Entity]) -> Entity | None:
    """Of the entities a person may choose from: the one used last in this session, or the only one there is."""
    used = request.session.get(SESSION_KEY)
    found = entities.filter(pk=used).first() if used else None
    if found is not None:
        return found
    first = list(entities.order_by("pk")[:2])
    return first[0] if len(first) == 1 else None


def remember_entity(request: HttpRequest, entity: Entity | None) -> None:
    if entity is not None and request.session.get(SESSION_KEY) != entity.pk:
        request.session[SESSION_KEY] = entity.pk


def ask_entity(form_class: type[forms.Form], request: HttpRequest, *, initial: Mapping[str, Any]) -> Any:
    """A form of a page with the question "entity", sent with GET, so that the answer stays in the address.

    An address that names an entity is answered; what else it does not say is taken from `initial`. Without one the form
    is unbound and shows the entity that is likely meant. Entities are narrowed to those the reader may see.
    """
    entities: QuerySet[Entity] = policy.allowed(Entity.objects.all(), request.user, "view")
    data = request.GET.copy() if "entity" in request.GET else None
    if data is not None:
        for name, value in initial.items():
            if name not in data:
                data[name] = value.isoformat() if isinstance(value, dt.date) else str(value)
    form = form_class(data, initial={**initial, "entity": preselected_entity(request, entities)})
    field = form.fields["entity"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = entities
    if form.is_bound:
        form.full_clean()
        remember_entity(request, form.cleaned_data.get("entity"))
    return form
