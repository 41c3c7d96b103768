"""A user who starts something new in an entity's books must hold the right there, not just somewhere."""

from django.db import models
from django.utils.translation import gettext as _

from lokum.core.access.models import User
from lokum.core.access.policy import within
from lokum.core.base import policy
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing


def require_within(record: models.Model, actor: Actor, action: str) -> None:
    """Refuse (and so roll back) a new record that its maker could not act on. The system may do everything."""
    if actor.user_id is None:
        return
    user = User.objects.get(pk=actor.user_id)
    if not policy.allowed(type(record)._default_manager.filter(pk=record.pk), user, action).exists():
        raise Missing("scope.outside", _("This entity is not in your care."))


def require_entity(entity: models.Model, actor: Actor, right: str) -> None:
    """Refuse work on the books of an entity where the actor does not hold the right ("app.model:action")."""
    if actor.user_id is None:
        return
    user = User.objects.get(pk=actor.user_id)
    if not within(type(entity)._default_manager.filter(pk=entity.pk), user, right).exists():
        raise Missing("scope.outside", _("This entity is not in your care."))
