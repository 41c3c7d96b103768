"""What others tell the charges: the VAT rates a country publishes, what else is due or taxed, who else pays a part.

Country packs register rates; leases, parking, meters register charge sources; documents the tax of advances.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lokum.core.base.context import Actor


@dataclass(frozen=True)
class PublishedVatRate:
    """kind: `VatRate.Kind`. The rate holds until the next one of its kind."""

    kind: str
    percent: Decimal
    valid_from: dt.date
    act: str = ""


_vat_rates: dict[str, Sequence[PublishedVatRate]] = {}


def register_vat_rates(pack: str, rates: Sequence[PublishedVatRate]) -> None:
    """The VAT rates of a country, as published; the register takes them in and operators add later ones."""
    _vat_rates[pack] = rates


def published_vat_rates() -> list[tuple[str, PublishedVatRate]]:
    return [(pack, one) for pack in sorted(_vat_rates) for one in _vat_rates[pack]]


@dataclass(frozen=True)
class ChargeSource:
    """A relation of due lines that the month run takes in without knowing who is behind it.

    `sql` selects, with the placeholders %(entity)s, %(day)s (first of the month) and %(run)s (the draft, whose own
    lines it may read):

    account_id bigint   who owes it (NULL: the present payer of the agreement)
    agreement_id bigint
    component_id bigint
    source_key text     names the due line within the source for ever: what was charged once never comes again,
                        so a monthly source puts the month into its key ("45:2026-03"); at most 24 characters
    quantity numeric    negative makes a credit line
    price numeric       net, never negative; the run rounds and taxes quantity x price by the rules of the component
    due_on date         its own due date on a document of its own, else NULL
    snapshot jsonb      kept with the line: "title" (shown as its name), "inputs", "unit", "basis" as in `ChargeLine`

    The run hashes these rows: when one changes after the draft was computed, the draft no longer holds.
    """

    name: str
    label: Any
    sql: str


@dataclass(frozen=True)
class ThirdParties:
    """Who else pays a part of a month, known to a layer above.

    claim(entity, month, actor) books the shares of a month before its notices are issued, in the same transaction;
    shares(month, account_ids) tells them as a notice keeps them: texts "kind", "decision", "body", "amount", and
    "open": what of the amount is free money yet; label(kind) names a kind in the active language.
    """

    claim: Callable[[Any, dt.date, Actor], None]
    shares: Callable[[dt.date, Collection[int]], Mapping[int, Sequence[Mapping[str, str]]]]
    label: Callable[[str], str]


# Until a layer registers itself nobody else pays.
_third_parties = ThirdParties(lambda entity, month, actor: None, lambda month, account_ids: {}, str)


def register_third_parties(third_parties: ThirdParties) -> None:
    global _third_parties
    _third_parties = third_parties


def third_parties() -> ThirdParties:
    return _third_parties


_sources: dict[str, ChargeSource] = {}


def register_charge_source(source: ChargeSource) -> None:
    """Put a source at its name; registering the name again replaces it."""
    _sources[source.name] = source


def charge_sources() -> list[ChargeSource]:
    return [_sources[name] for name in sorted(_sources)]


# Until a layer registers itself nothing but charges is taxed.
_taxed_beside = (
    "SELECT NULL::bigint AS entry_id, NULL::bigint AS account_id, NULL::text AS rate, NULL::numeric AS net, "
    "NULL::numeric AS tax WHERE false"
)


def register_taxed_beside(sql: str) -> None:
    """`sql` selects (entry_id bigint, account_id bigint, rate text, net numeric, tax numeric): entries that move tax
    due without charging anybody, by rate; `net` is the base that registers of tax show beside it."""
    global _taxed_beside
    _taxed_beside = sql


def taxed_beside_sql() -> str:
    return _taxed_beside
