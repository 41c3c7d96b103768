"""Search without diacritics: the folded text of a register and the trigram index behind it.

Row-level security keeps an index from serving LIKE (the operator is not leak-proof), so tables under it are read
row by row within the user's reach; there the fold is written out, which is four times faster than calling it.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.models import F, Func, Value
from django.db.models.expressions import CombinedExpression, Expression
from django.db.models.functions import Cast, Coalesce


class Fold(Func):
    """lokum_fold(text): lower case without diacritics; immutable, so an index may rest on it."""

    function = "lokum_fold"
    output_field = models.TextField()


class InlineFold(Func):
    """What lokum_fold does, written out so that the planner need not call a function for each row."""

    template = "lower(public.unaccent('public.unaccent'::regdictionary, %(expressions)s))"
    output_field = models.TextField()


def _text(name: str) -> Expression:
    return Coalesce(Cast(F(name), models.TextField()), Value(""), output_field=models.TextField())


def search_text(names: Sequence[str], *, indexed: bool = False) -> Func:
    """The folded concatenation of fields; `indexed`: written exactly as `search_index` writes it."""
    text: Any = _text(names[0])
    for name in names[1:]:
        text = CombinedExpression(text, "||", Value(" "), output_field=models.TextField())
        text = CombinedExpression(text, "||", _text(name), output_field=models.TextField())
    return Fold(text) if indexed else InlineFold(text)


MOST_WORDS = 8
# A word that may be a whole Chinese name. The longer family names are those of the most frequent compound ones.
COMPOUND = "歐陽|欧阳|司馬|司马|上官|諸葛|诸葛|東方|东方|皇甫|尉遲|尉迟|張簡|张简"
CHARACTER = "[\u3400-\u4dbf\u4e00-\u9fff]"
FULL_NAME = re.compile(f"({COMPOUND}|{CHARACTER})({CHARACTER}{{1,2}})")


def search_words(text: str) -> list[str]:
    """The words of a search, each of which must be found.

    A Chinese full name is written without a space but kept as family and given name, so it is looked for as two
    words: whatever holds it whole holds both.
    """
    words: list[str] = []
    for word in text.replace("\x00", "").split():
        name = FULL_NAME.fullmatch(word)
        words += name.groups() if name else [word]
    return words[:MOST_WORDS]


def like_pattern(word: str) -> str:
    """A word as a pattern for LIKE in which % and _ stand for themselves."""
    for mark in ("\\", "%", "_"):
        word = word.replace(mark, "\\" + mark)
    return f"%{word}%"


class FoldedLike(Func):
    """text LIKE lokum_fold(pattern)"""

    template = "%(expressions)s"
    arg_joiner = " LIKE "
    output_field = models.BooleanField()


def matches(expression: Any, word: str) -> FoldedLike:
    return FoldedLike(expression, Fold(Value(like_pattern(word))))


class search_index(Operation):
    """Migration operation: a pg_trgm index on the folded text of `fields` (the model's own, in the desk's order).

    search_index("Building", ("code", "name"))

    For tables without row-level security only; the desk says `search_indexed = True`.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, fields: Sequence[str]) -> None:
        self.model, self.fields = model, tuple(fields)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model, self.fields], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = self._model(app_label, to_state)
        table = model._meta.db_table
        columns = [schema_editor.quote_name(model._meta.get_field(name).column) for name in self.fields]
        text = " || ' ' || ".join(f"coalesce(({column})::text, '')" for column in columns)
        schema_editor.execute(
            f"CREATE INDEX IF NOT EXISTS {table}_search ON {table} USING gin (lokum_fold({text}) gin_trgm_ops)"
        )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = self._model(app_label, from_state)
        schema_editor.execute(f"DROP INDEX IF EXISTS {model._meta.db_table}_search")

    def _model(self, app_label: str, state: Any) -> Any:
        """The model named alone (of the migration's own app) or with its app ("parties.Party")."""
        app, _dot, name = self.model.rpartition(".")
        return state.apps.get_model(app or app_label, name)

    def describe(self) -> str:
        return f"Search index of {self.model} over {', '.join(self.fields)}"
