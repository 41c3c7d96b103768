"""The factory of each model, found by its name; and why a model has none."""

import re
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import models

# Rows nobody makes on their own: they come from a service together with the rows they belong to.
WITHOUT_FACTORY = {
    "access.grantscope": "made with a grant: make_grant(scopes=...)",
    "access.roleright": "made with a role: make_role(rights)",
    "access.passwordhistory": "written when a password changes",
    "access.retiredpassword": "written when a password changes",
    "access.knowndevice": "written at sign-in",
    "audit.auditrow": "written by the row trigger and by note_event",
    "audit.auditnote": "written by note",
    "audit.auditseal": "written by the seal job",
    "audit.auditmonth": "written when a month is archived",
    "desk.savedview": "made on the page of a list",
    "desk.idempotencykey": "written by the API",
    "desk.importbatch": "made by an upload",
    "desk.importrow": "made by an upload",
    "jobs.job": "made by order_job",
    "jobs.jobline": "written by a running job",
    "outbox.event": "written by publish",
    "outbox.message": "written by queue_message",
    "outbox.webhookdelivery": "written when an event goes out",
    "parties.partymerge": "written by merge_parties",
}


# Factories that carry another name than their model.
NAMES = {"payments.virtualaccountpool": "make_pool"}


def factory_of(model: type[models.Model]) -> Callable[..., Any] | None:
    """`make_<model>` of the app's factories; None when there is none."""
    config = apps.get_app_config(model._meta.app_label)
    module = f"{config.name}.factories"
    if find_spec(module) is None:
        return None
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
    name = NAMES.get(model._meta.label_lower, f"make_{name}")
    found: Callable[..., Any] | None = getattr(import_module(module), name, None)
    return found
