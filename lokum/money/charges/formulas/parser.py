"""From text to an expression tree, by recursive descent. At most 1,000 signs, 200 parts and 30 levels.

expression = "if" expression then expression {"elif" expression then expression} "else" [":"] expression | either
then       = "then" | ":"
either     = both {"or" both}             both    = negation {"and" negation}
negation   = "not" negation | comparison  comparison = sum [("<" | "<=" | ">" | ">=" | "=" | "!=") sum]
sum        = product {("+" | "-") product}
product    = sign {("*" | "/") sign}      sign    = "-" sign | atom
atom       = number [unit] | text | "true" | "false" | name | name "(" values ")" | "(" expression ")"
unit       = base {"/" base}
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from lokum.money.charges.formulas import nodes
from lokum.money.charges.formulas.errors import FormulaError
from lokum.money.charges.formulas.facts import SHARE_PARTS, alias_of
from lokum.money.charges.formulas.lexer import Token, tokens_of
from lokum.money.charges.formulas.nodes import Node
from lokum.money.charges.formulas.units import BASE

MAX_SIGNS, MAX_PARTS, MAX_DEPTH = 1000, 200, 30
FUNCTIONS = ("min", "max", "round", "floor", "ceil", "rate", "has_rate", "has_own_rate")


@lru_cache(maxsize=512)
def parse(text: str) -> Node:
    """The tree of a formula. Raises FormulaError with the place of what cannot be read."""
    if len(text) > MAX_SIGNS:
        raise FormulaError(_("A formula has at most %(count)d signs.") % {"count": MAX_SIGNS}, MAX_SIGNS)
    parser = _Parser(text)
    tree = parser.expression()
    if parser.now.kind != "end":
        raise parser.unexpected()
    if len(nodes.walk(tree)) > MAX_PARTS:
        raise FormulaError(_("The formula has more than %(count)d parts.") % {"count": MAX_PARTS}, 0)
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        self.place = 0
        self.depth = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.now
        self.place += token.kind != "end"
        return token

    def took(self, *texts: str) -> bool:
        """Take the keyword or sign if it comes next."""
        if self.now.kind in ("keyword", "sign") and self.now.text in texts:
            self.place += 1
            return True
        return False

    def need(self, *texts: str) -> Token:
        token = self.now
        if not self.took(*texts):
            raise self.unexpected(texts[0])
        return token

    def unexpected(self, wanted: str = "") -> FormulaError:
        token = self.now
        if token.kind == "end":
            message = _("The formula ends too early.")
        else:
            message = _("“%(word)s” does not fit here.") % {"word": token.text}
        if wanted:
            message += " " + _("Expected: %(wanted)s") % {"wanted": wanted}
        return FormulaError(message, token.start)

    def deeper(self, rule: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError(_("The formula is nested deeper than %(count)d levels.") % {"count": MAX_DEPTH},
                               self.now.start)  # fmt: skip
        found = rule()
        self.depth -= 1
        return found

    def expression(self) -> Node:
        return self.deeper(self._choice if self.now.text == "if" and self.now.kind == "keyword" else self._either)

    def _choice(self) -> Node:
        start = self.take().start
        condition = self.expression()
        self.need("then", ":")
        then = self.expression()
        if self.now.kind == "keyword" and self.now.text == "elif":
            other = self.deeper(self._choice)
        else:
            self.need("else")
            self.took(":")
            other = self.expression()
        return nodes.Choice(start, other.end, condition, then, other)

    def _chain(self, signs: tuple[str, ...], rule: Callable[[], Node], *, once: bool = False) -> Node:
        left = rule()
        while self.now.kind in ("keyword", "sign") and self.now.text in signs:
            sign = self.take().text
            right = rule()
            left = nodes.Binary(left.start, right.end, sign, left, right)
            if once:
                break
        return left

    def _either(self) -> Node:
        return self._chain(("or",), lambda: self._chain(("and",), self._negation))

    def _negation(self) -> Node:
        if self.now.kind == "keyword" and self.now.text == "not":
            start = self.take().start
            of = self.deeper(self._negation)
            return nodes.Not(start, of.end, of)
        return self._chain(("<", "<=", ">", ">=", "=", "!="), self._sum, once=True)

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/"), self._sign)

    def _sign(self) -> Node:
        if self.now.kind == "sign" and self.now.text == "-":
            start = self.take().start
            of = self.deeper(self._sign)
            return nodes.Minus(start, of.end, of)
        return self._atom()

    def _atom(self) -> Node:
        token = self.now
        if token.kind == "number":
            self.take()
            unit, end = self._unit(token.end)
            return nodes.Number(token.start, end, Decimal(token.text), unit)
        if token.kind == "text":
            self.take()
            return nodes.Text(token.start, token.end, token.text[1:-1])
        if self.took("true", "false"):
            return nodes.Truth(token.start, token.end, token.text == "true")
        if self.took("("):
            inner = self.expression()
            self.need(")")
            return inner
        if token.kind != "name":
            raise self.unexpected()
        self.take()
        return self._call(token) if self.took("(") else self._name(token)

    def _unit(self, end: int) -> tuple[str, int]:
        """The unit behind a number: "m2", "currency/m2"; a slash before anything else divides."""
        names: list[str] = []
        while self.now.kind == "name" and self.now.text in BASE:
            end = self.now.end
            names.append(self.take().text)
            following = self.tokens[min(self.place + 1, len(self.tokens) - 1)]
            if self.now.text != "/" or following.kind != "name" or following.text not in BASE:
                break
            self.take()
        return "/".join(names), end

    def _name(self, token: Token) -> Node:
        name = alias_of(token.text)
        if name == "rate":
            return nodes.Rate(token.start, token.end, "")
        if name == "share":
            above, below = (nodes.Fact(token.start, token.end, part) for part in SHARE_PARTS)
            return nodes.Binary(token.start, token.end, "/", above, below)
        if name in BASE:
            raise FormulaError(_("“%(word)s” is a unit; write it behind a number.") % {"word": name}, token.start)
        return nodes.Fact(token.start, token.end, name)

    def _call(self, token: Token) -> Node:
        name = token.text.lower()
        if name not in FUNCTIONS:
            raise FormulaError(_("There is no function “%(name)s”.") % {"name": token.text}, token.start)
        values: list[Node] = []
        while not (not values and self.now.text == ")"):
            values.append(self.expression())
            if not self.took(","):
                break
        end = self.need(")").end
        if name in ("rate", "has_rate", "has_own_rate"):
            return _asked(name, values, token.start, end)
        if name in ("min", "max"):
            return _folded(name, values, token.start, end)
        return _rounded(name, values, token.start, end)


def _asked(name: str, values: list[Node], start: int, end: int) -> Node:
    if len(values) > 1 or (values and not isinstance(values[0], nodes.Text)):
        raise FormulaError(_('Give the code of one component in quotes: rate("S1302").'), start)
    code = values[0].value if values and isinstance(values[0], nodes.Text) else ""
    if name == "rate":
        return nodes.Rate(start, end, code)
    return nodes.HasRate(start, end, code, name == "has_own_rate")


def _folded(name: str, values: list[Node], start: int, end: int) -> Node:
    if len(values) < 2:
        raise FormulaError(_("“%(name)s” needs two values or more.") % {"name": name}, start)
    found = values[0]
    for one in values[1:]:
        found = nodes.Call(start, end, name, (found, one))
    return found


def _rounded(name: str, values: list[Node], start: int, end: int) -> Node:
    places = 0
    if name == "round" and len(values) == 2:
        last = values.pop()
        if not isinstance(last, nodes.Number) or last.unit or last.value not in (0, 1, 2, 3, 4, 5, 6):
            raise FormulaError(_("Give the number of decimals as 0 to 6."), last.start)
        places = int(last.value)
    if len(values) != 1:
        raise FormulaError(_("“%(name)s” needs one value.") % {"name": name}, start)
    return nodes.Call(start, end, name, tuple(values), places)
