"""Recomputing and explaining a charge line from its snapshot alone: plain data in, plain data out.

The snapshot is the one described at `ChargeLine`: every figure a decimal text. Nothing here reads a table, so the
explanation of a line can never drift away from what was charged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lokum.core.base.money import split_amount
from lokum.money.charges.formulas.errors import FormulaError, Problem
from lokum.money.charges.formulas.evaluation import Asked, Outcome, Value, divide, evaluate
from lokum.money.charges.formulas.nodes import Node
from lokum.money.charges.formulas.parser import parse
from lokum.money.charges.formulas.wording import plain, taken

FORMULAS = ("price * quantity", "price * numerator / denominator")


class Unexplained(ValueError):
    """The snapshot lacks something or holds something unknown; the text names it."""


@dataclass(frozen=True)
class Input:
    """A dated fact the line rests on; a word or a truth where the formula asks for one."""

    name: str
    value: Value
    unit: str
    valid_from: str
    source: str


@dataclass(frozen=True)
class Segment:
    """A part of the month with one state. It counts num/den; value: what the whole month would cost in this state;
    amount: what this part costs. The amounts of the parts add up to the net amount of the line."""

    from_on: str
    to_on: str
    days: int
    num: int
    den: int
    inputs: tuple[Input, ...]
    rates: tuple[Mapping[str, Any], ...]
    outcome: Outcome
    value: Decimal
    amount: Decimal
    calculation: str


@dataclass(frozen=True)
class Explanation:
    """exact: before rounding, as an exact fraction; net + tax = amount."""

    formula: str
    basis: str
    quantity: Decimal
    unit: str
    price: Decimal
    inputs: tuple[Input, ...]
    exact: Fraction
    rounding: str
    decimals: int
    net: Decimal
    vat_kind: str
    vat_percent: Decimal
    tax: Decimal
    amount: Decimal
    tariff: Mapping[str, Any]
    day: str
    mode: str = ""
    written: bool = False  # somebody wrote the formula; else it stands for price x basis
    carried: Decimal | None = None  # what payers before this one owe of the same month, before rounding
    segments: tuple[Segment, ...] = field(default=())
    # Of a correction: what stood before, what counts now (None: nothing), and why.
    correction: bool = False
    before: "Explanation | None" = None
    after: "Explanation | None" = None
    causes: tuple[Mapping[str, Any], ...] = ()
    corrects: str = ""  # number of the corrected notice
    # Of a share that one of several payers bears: the fraction, and the whole line.
    share: Fraction | None = None
    whole: "Explanation | None" = None

    @property
    def split(self) -> bool:
        """More than one state counts, or less than the whole month."""
        return len(self.segments) > 1 or any(one.num != one.den for one in self.segments)

    @property
    def calculation(self) -> str:
        """The sum as people write it: "2.72 x 48.5000 = 131.92", with parts of a month "54 x 10/30 + 108 x 20/30"."""
        if self.share is not None and self.whole is not None:
            return f"{self.whole.net} × {self.share.numerator}/{self.share.denominator} = {self.net}"
        if self.correction:
            old, new = (each.net if each else Decimal(0) for each in (self.before, self.after))
            return f"{new} − {old} = {self.net}"
        if self.split:
            parts = (f"{plain(one.value)} × {one.num}/{one.den}" for one in self.segments)
            return f"{' + '.join(parts)} = {self.net}"
        if self.segments:
            return f"{self.segments[0].calculation} = {self.net}"
        if self.formula == FORMULAS[1]:
            shares = {one.name: one.value for one in self.inputs}
            return f"{plain(self.price)} × {shares['numerator']} / {shares['denominator']} = {self.net}"
        return f"{plain(self.price)} × {plain(self.quantity)} = {self.net}"


def round_fraction(value: Fraction, places: int, mode: str) -> Decimal:
    """Round an exact fraction by a named mode, the twin of `charges_round` in the database; a negative one (a credit)
    is rounded as its mirror image."""
    if value < 0:
        return -round_fraction(-value, places, mode)
    scaled = value * 10**places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest - scaled.denominator
    up = {
        "half_up": twice >= 0,
        "half_even": twice > 0 or (twice == 0 and whole % 2 == 1),
        "down": False,
        "up": rest > 0,
    }
    if mode not in up:
        raise Unexplained(f"unknown rounding {mode!r}")
    return Decimal(whole + up[mode]).scaleb(-places)


def _figure(snapshot: Mapping[str, Any], name: str) -> Decimal:
    try:
        return Decimal(str(snapshot[name]))
    except (KeyError, ArithmeticError) as error:
        raise Unexplained(f"the snapshot has no usable {name}") from error


def explain(snapshot: Mapping[str, Any]) -> Explanation:
    """Compute the line anew. Raises Unexplained when the snapshot does not carry what its formula needs."""
    if snapshot.get("formula") == "correction":
        return _explain_correction(snapshot)
    if snapshot.get("formula") == "share":
        return _explain_share(snapshot)
    price, quantity = _figure(snapshot, "price"), _figure(snapshot, "quantity")
    percent = _figure(snapshot, "vat_percent")
    decimals, rounding = int(_figure(snapshot, "decimals")), str(snapshot.get("rounding", ""))
    inputs = _inputs(snapshot)
    if "segments" in snapshot:
        return _explain_parts(snapshot, inputs)
    formula = snapshot.get("formula")
    if formula == FORMULAS[0]:
        exact = Fraction(price) * Fraction(quantity)
    elif formula == FORMULAS[1]:
        parts = {one.name: one.value for one in inputs}
        if not parts.get("denominator") or "numerator" not in parts:
            raise Unexplained("the snapshot has no share")
        exact = Fraction(price) * Fraction(_number(parts["numerator"])) / Fraction(_number(parts["denominator"]))
    else:
        raise Unexplained(f"unknown formula {formula!r}")
    net = round_fraction(exact, decimals, rounding).quantize(Decimal("0.01"))
    tax = round_fraction(Fraction(net) * Fraction(percent) / 100, 2, "half_up")
    return Explanation(
        formula=str(formula),
        basis=str(snapshot.get("basis", "")),
        quantity=quantity,
        unit=str(snapshot.get("unit") or ""),
        price=price,
        inputs=inputs,
        exact=exact,
        rounding=rounding,
        decimals=decimals,
        net=net,
        vat_kind=str(snapshot.get("vat_kind", "")),
        vat_percent=percent,
        tax=tax,
        amount=net + tax,
        tariff=snapshot.get("tariff") or {},
        day=str(snapshot.get("day", "")),
    )


def _number(value: Value) -> Decimal:
    if isinstance(value, Decimal):
        return value
    raise Unexplained(f"{value!r} is no number")


def _inputs(holder: Mapping[str, Any]) -> tuple[Input, ...]:
    return tuple(
        Input(
            name=str(one.get("name", "")),
            value=_input_value(one),
            unit="" if one.get("unit") in ("text", "boolean") else str(one.get("unit") or ""),
            valid_from=str(one.get("valid_from") or ""),
            source=str(one.get("source") or ""),
        )
        for one in holder.get("inputs") or ()
    )


def _input_value(one: Mapping[str, Any]) -> Value:
    if one.get("unit") == "text":
        return str(one["value"])
    return _figure(one, "value") != 0 if one.get("unit") == "boolean" else _figure(one, "value")


def _explain_parts(snapshot: Mapping[str, Any], inputs: tuple[Input, ...]) -> Explanation:
    """A line with a formula or with parts of a month: each part is worked out, their weighted sum is rounded once."""
    decimals, rounding = int(_figure(snapshot, "decimals")), str(snapshot.get("rounding", ""))
    text, den = str(snapshot.get("formula", "")), int(_figure(snapshot, "den"))
    try:
        tree = parse(text)
        worked = [(one, _worked(tree, one)) for one in snapshot["segments"]]
    except (FormulaError, Problem) as error:
        raise Unexplained(f"the formula cannot be worked out: {error}") from error
    weighted = carried = _figure(snapshot, "carried")

    def rounded(value: Decimal) -> Decimal:
        exact = Fraction(divide(value, Decimal(den)))
        return round_fraction(exact, decimals, rounding).quantize(Decimal("0.01"))

    parts = []
    for one, outcome in worked:
        value, num = _number(outcome.value), int(_figure(one, "num"))
        amount = rounded(weighted + value * num) - rounded(weighted)
        weighted += value * num
        parts.append(
            Segment(
                from_on=str(one.get("from", "")),
                to_on=str(one.get("to", "")),
                days=int(_figure(one, "days")),
                num=num,
                den=den,
                inputs=_inputs(one),
                rates=tuple(one.get("rates") or ()),
                outcome=outcome,
                value=value,
                amount=amount,
                calculation=taken(tree, outcome),
            )
        )
    net, percent = rounded(weighted) - rounded(carried), _figure(snapshot, "vat_percent")
    tax = round_fraction(Fraction(net) * Fraction(percent) / 100, 2, "half_up")
    return Explanation(
        formula=text,
        basis=str(snapshot.get("basis", "")),
        quantity=_figure(snapshot, "quantity"),
        unit=str(snapshot.get("unit") or ""),
        price=_figure(snapshot, "price"),
        inputs=inputs,
        exact=Fraction(weighted - carried) / den,
        rounding=rounding,
        decimals=decimals,
        net=net,
        vat_kind=str(snapshot.get("vat_kind", "")),
        vat_percent=percent,
        tax=tax,
        amount=net + tax,
        tariff=snapshot.get("tariff") or {},
        day=str(snapshot.get("day", "")),
        mode=str(snapshot.get("mode", "")),
        written=bool(snapshot.get("written")),
        carried=carried or None,
        segments=tuple(parts),
    )


def _worked(tree: Node, one: Mapping[str, Any]) -> Outcome:
    facts = {each.name: each.value for each in _inputs(one)}
    rates = {
        str(each.get("code", "")): Asked(_figure(each, "price"), bool(each.get("own")))
        for each in one.get("rates") or ()
    }
    return evaluate(tree, facts, rates)


def _explain_correction(snapshot: Mapping[str, Any]) -> Explanation:
    """The difference between two explanations, each worked out from its own snapshot."""
    before, after = (explain(snapshot[name]) if snapshot.get(name) else None for name in ("before", "after"))
    known = after or before
    if known is None:
        raise Unexplained("the correction names neither what stood nor what counts")
    nothing = Decimal(0)
    net = (after.net if after else nothing) - (before.net if before else nothing)
    tax = (after.tax if after else nothing) - (before.tax if before else nothing)
    return Explanation(
        formula="correction",
        basis=known.basis,
        quantity=Decimal(1),
        unit="",
        price=net,
        inputs=(),
        exact=Fraction(net),
        rounding=known.rounding,
        decimals=known.decimals,
        net=net,
        vat_kind=known.vat_kind,
        vat_percent=known.vat_percent,
        tax=tax,
        amount=net + tax,
        tariff={},
        day=str(snapshot.get("day", "")),
        correction=True,
        before=before,
        after=after,
        causes=tuple(snapshot.get("causes") or ()),
        corrects=str(snapshot.get("corrects", "")),
    )


def _explain_share(snapshot: Mapping[str, Any]) -> Explanation:
    """One payer's share of a line: net and tax of the whole, each shared by largest remainder."""
    if not isinstance(snapshot.get("whole"), Mapping):
        raise Unexplained("the share has no whole")
    whole = explain(snapshot["whole"])
    place, places = int(_figure(snapshot, "place")), int(_figure(snapshot, "places"))
    try:
        weights = [int(one) for one in snapshot["weights"]]
        net, tax = (split_amount(one, weights, places)[place] for one in (whole.net, whole.tax))
    except (KeyError, ValueError, IndexError) as error:
        raise Unexplained(f"the share cannot be worked out: {error}") from error
    share = Fraction(_figure(snapshot, "numerator")) / Fraction(_figure(snapshot, "denominator"))
    cent = Decimal("0.01")
    return replace(
        whole,
        net=net.quantize(cent),
        tax=tax.quantize(cent),
        amount=(net + tax).quantize(cent),
        share=share,
        whole=whole,
    )
