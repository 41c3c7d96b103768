"""Words of letters: templates with a fixed list of variables, versioned per entity and language (PLT-20)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import Entity
from lokum.core.papers.models import DocumentTemplate
from lokum.core.papers.seams import TemplateKind, template_kind

VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Wording:
    """Subject and paragraphs with their variables filled; `version` names what they were made from."""

    version: str
    subject: str
    paragraphs: list[str]


def kind_of(code: str) -> TemplateKind:
    kind = template_kind(code)
    if kind is None:
        text = _("There is no kind of letter named “%(kind)s”.") % {"kind": code}
        raise Refusal("template.kind", text, fields={"kind": [text]})
    return kind


def check_text(kind: TemplateKind, text: str, field: str) -> None:
    """Refuse unknown variables and stray braces, naming them."""
    variables = kind.known()
    unknown = [name for name in VARIABLE.findall(text) if name not in variables]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in variables)
        names = ", ".join(f"{{{name}}}" for name in dict.fromkeys(unknown))
        said = _("Unknown variable: %(names)s. Known here: %(known)s.") % {"names": names, "known": known}
        raise Refusal("template.variable", said, fields={field: [said]}, details={"unknown": unknown})
    if re.search(r"[{}]", VARIABLE.sub("", text)):
        said = _("A brace stands alone. Variables are written {name}.")
        raise Refusal("template.brace", said, fields={field: [said]})


def write_template(
    *, entity: Entity, kind: str, language: str, subject: str, body: str, actor: Actor
) -> DocumentTemplate:
    """A new version of the words of a kind of letter; earlier versions stay."""
    found = kind_of(kind)
    check_text(found, subject, "subject")
    check_text(found, body, "body")
    with transaction.atomic():
        Entity.objects.select_for_update().get(pk=entity.pk)  # versions of one entity are counted one by one
        last = DocumentTemplate.objects.filter(entity=entity, kind=kind, language=language).order_by("-number").first()
        if last is not None and (last.subject, last.body) == (subject, body):
            raise Refusal("template.same", _("These are the words in force already."), status=409)
        made = DocumentTemplate.objects.create(
            entity=entity,
            kind=kind,
            language=language,
            number=last.number + 1 if last else 1,
            subject=subject,
            body=body,
            made_at=clock.now(),
            made_by_id=actor.user_id,
            made_by=actor.label[:150],
        )
        note(made, "written", actor=actor, version=made.number)
    return made


def revise_template(pk: int, *, subject: str, body: str, actor: Actor) -> DocumentTemplate:
    """The next version after a known one."""
    known = DocumentTemplate.objects.select_related("entity").filter(pk=pk).first()
    if known is None:
        raise Missing("template.missing", _("There is no such template."))
    return write_template(
        entity=known.entity, kind=known.kind, language=known.language, subject=subject, body=body, actor=actor
    )


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Variables replaced by their values; values are text and never read for variables again."""
    return VARIABLE.sub(lambda found: str(values.get(found.group(1), "")), text)


def words_in_force(entity_id: int, kind: TemplateKind, language: str) -> tuple[str, str, str]:
    """(version, subject, body): the entity's own words, else the standard ones in that language."""
    rows = DocumentTemplate.objects.filter(entity_id=entity_id, kind=kind.code, language=language.lower())
    own = rows.order_by("-number").first()
    if own is not None:
        return f"{kind.code}/{own.number}", own.subject, own.body
    with override(language):
        subject, body = kind.standard()
    return f"{kind.code}/standard", subject, body


def wording(entity_id: int, code: str, language: str, values: Mapping[str, Any]) -> Wording:
    """The words of a letter, filled for one reader."""
    version, subject, body = words_in_force(entity_id, kind_of(code), language)
    paragraphs = [" ".join(part.split("\n")).strip() for part in fill(body, values).replace("\r", "").split("\n\n")]
    return Wording(version, fill(subject, values), [part for part in paragraphs if part])
