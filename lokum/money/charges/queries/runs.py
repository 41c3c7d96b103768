"""Reads of a month run: problems, premises nobody pays for, and what differs from the month before."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.money.charges.models import ChargeLine, ChargeRun, DraftLine, name_field
from lokum.money.charges.queries.bench import problem_text
from lokum.money.charges.queries.missing import missing_count
from lokum.money.charges.queries.shares import wrong_shares
from lokum.property.estates.models import Premises

CAUSES = {
    "price": _("new price"),
    "quantity": _("other quantity"),
    "share": _("other share"),
    "started": _("component started"),
    "ended": _("component ended"),
    "rules": _("other rounding or tax"),
    "new_payer": _("new payer"),
    "payer_left": _("payer left"),
}


@dataclass(frozen=True)
class Cause:
    """Why one component of a payer changed, with the figures before and now."""

    component: str
    cause: str
    before: Decimal | None
    after: Decimal | None
    amount_before: Decimal
    amount_after: Decimal

    @property
    def label(self) -> Any:
        return CAUSES[self.cause]


@dataclass(frozen=True)
class Change:
    account_id: int
    account_code: str
    payer: str
    premises: str
    before: Decimal
    after: Decimal
    causes: list[Cause]

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


# Lines of this run (draft, or posted) against the living lines of the month before, per agreement and component.
COMPARED = """
WITH now_lines AS MATERIALIZED (
  {now}
), former_lines AS MATERIALIZED (
  SELECT l.agreement_id, l.component_id, n.account_id, l.quantity, l.price, l.amount,
         split_part(split_part(l.reason, '/', 1), '@', 2) AS mark
  FROM charges_notice n
  JOIN ledger_account a ON a.id = n.account_id AND a.entity_id = %(entity)s
  JOIN charges_chargeline l ON l.notice_id = n.entry_id
  WHERE n.period = %(former)s AND (l.reason = 'run' OR l.reason LIKE 'run/%%' OR l.reason LIKE 'run@%%')
    AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = n.entry_id AND r.source_kind = 'reversal')
), pairs AS (
  SELECT coalesce(n.agreement_id, f.agreement_id) AS agreement_id,
         coalesce(n.account_id, f.account_id) AS account_id,
         coalesce(n.component_id, f.component_id) AS component_id,
         f.amount AS amount_before, n.amount AS amount_after, f.price AS price_before, n.price AS price_after,
         f.quantity AS quantity_before, n.quantity AS quantity_after
  FROM now_lines n
  FULL JOIN former_lines f ON f.agreement_id = n.agreement_id AND f.component_id = n.component_id
    AND f.mark = n.mark
), payers AS (
  SELECT account_id, coalesce(sum(amount_before), 0) AS before, coalesce(sum(amount_after), 0) AS after,
         count(amount_before) AS lines_before, count(amount_after) AS lines_after
  FROM pairs WHERE account_id IS NOT NULL GROUP BY account_id
  HAVING coalesce(sum(amount_before), 0) <> coalesce(sum(amount_after), 0)
)
"""
OF_DRAFT = """SELECT d.agreement_id, d.component_id, d.account_id, d.quantity, d.price, d.amount,
         split_part(split_part(d.reason, '/', 1), '@', 2) AS mark
  FROM charges_draftline d WHERE d.run_id = %(run)s AND d.problem = ''"""
OF_POSTED = """SELECT l.agreement_id, l.component_id, n.account_id, l.quantity, l.price, l.amount,
         split_part(split_part(l.reason, '/', 1), '@', 2) AS mark
  FROM charges_notice n JOIN charges_chargeline l ON l.notice_id = n.entry_id WHERE n.run_id = %(run)s"""
CHANGES = """
SELECT p.account_id, a.code, lokum_listed(y.first_name, y.last_name), coalesce(m.code, ''),
       p.before, p.after,
       jsonb_agg(jsonb_build_object(
         'component', coalesce(nullif(to_jsonb(c) ->> %(name_field)s, ''), c.name),
         'cause', CASE WHEN p.lines_before = 0 THEN 'new_payer' WHEN p.lines_after = 0 THEN 'payer_left'
                       WHEN x.amount_before IS NULL THEN 'started' WHEN x.amount_after IS NULL THEN 'ended'
                       WHEN x.price_before <> x.price_after THEN 'price'
                       WHEN x.quantity_before <> x.quantity_after THEN
                         CASE WHEN c.basis = 'share' THEN 'share' ELSE 'quantity' END
                       ELSE 'rules' END,
         'before', CASE WHEN x.price_before <> x.price_after THEN x.price_before ELSE x.quantity_before END::text,
         'after', CASE WHEN x.price_before <> x.price_after THEN x.price_after ELSE x.quantity_after END::text,
         'amount_before', coalesce(x.amount_before, 0)::text,
         'amount_after', coalesce(x.amount_after, 0)::text) ORDER BY c.position, c.code)
FROM payers p
JOIN pairs x ON x.account_id = p.account_id AND x.amount_before IS DISTINCT FROM x.amount_after
JOIN charges_component c ON c.id = x.component_id
JOIN ledger_account a ON a.id = p.account_id
JOIN parties_party y ON y.id = a.payer_id
JOIN occupancy_agreement g ON g.id = a.agreement_id
LEFT JOIN estates_premises m ON m.id = g.premises_id
GROUP BY p.account_id, a.code, y.last_name, y.first_name, m.code, p.before, p.after
ORDER BY abs(p.after - p.before) DESC, p.account_id
LIMIT %(limit)s OFFSET %(offset)s
"""


def _compared(run: ChargeRun) -> tuple[str, dict[str, Any]]:
    posted = run.state in (ChargeRun.State.POSTED, ChargeRun.State.UNDONE)
    values = {"run": run.pk, "entity": run.entity_id, "former": clock.add_months(run.period, -1)}
    return COMPARED.format(now=OF_POSTED if posted else OF_DRAFT), values


def difference(run: ChargeRun, *, limit: int = 50, offset: int = 0) -> list[Change]:
    """Payers whose amount differs from the month before, largest change first, each with its causes."""
    query, values = _compared(run)
    with connection.cursor() as cursor:
        cursor.execute(
            query + CHANGES, values | {"limit": limit, "offset": offset, "name_field": name_field(get_language())}
        )
        rows = cursor.fetchall()
    return [
        Change(account, code, payer, premises, before, after, [_cause(one) for one in _parsed(causes)])
        for account, code, payer, premises, before, after, causes in rows
    ]


def _parsed(value: Any) -> list[dict[str, Any]]:
    return list(json.loads(value) if isinstance(value, str) else value)


def _cause(one: dict[str, Any]) -> Cause:
    def figure(name: str) -> Decimal | None:
        return None if one[name] is None else Decimal(one[name])

    return Cause(
        component=one["component"],
        cause=one["cause"],
        before=figure("before"),
        after=figure("after"),
        amount_before=Decimal(one["amount_before"]),
        amount_after=Decimal(one["amount_after"]),
    )


def difference_count(run: ChargeRun) -> int:
    """How many payers changed."""
    query, values = _compared(run)
    with connection.cursor() as cursor:
        cursor.execute(query + "SELECT count(*) FROM payers", values)  # noqa: S608 - built from constants
        return int(cursor.fetchone()[0])


def problems(run: ChargeRun) -> QuerySet[DraftLine]:
    """Lines that cannot be computed, in the order of the premises."""
    rows = run.draft_lines.exclude(problem="").select_related("premises", "component", "agreement")
    return rows.order_by("premises__code", "component__position", "pk")


def premises_without_payer(run: ChargeRun) -> QuerySet[Premises]:
    """Premises that carry a component this month, but nobody has an agreement to pay for."""
    attached = Premises.objects.filter(
        assignments__component__entity_id=run.entity_id,
        assignments__component__valid__contains=run.period,
        assignments__valid__contains=run.period,
    )
    paid = run.entity.agreements.filter(valid__contains=run.period, premises__isnull=False).values("premises_id")
    return attached.exclude(pk__in=paid).distinct().order_by("code")


SHOWN = 50


def run_figures(run: ChargeRun, user: Any) -> dict[str, Any]:
    """What the page of a run shows: steps, totals by component, problems, differences, premises without a payer."""
    return {
        "run": run,
        "steps": _steps(run),
        "totals": totals_by_component(run),
        "problems": [(one, problem_text(one.problem, one.detail)) for one in problems(run)[:SHOWN]],
        "changes": difference(run, limit=SHOWN),
        "change_count": difference_count(run),
        "unpaid": list(premises_without_payer(run)[:SHOWN]),
        "shown": SHOWN,
        "missing": missing_count(run.entity_id, run.period),
        "shares": wrong_shares(run.entity_id, run.period),
    }


STEPS = (("draft", _("Draft")), ("checked", _("Checked")), ("approved", _("Approved")), ("posted", _("Posted")))


def _steps(run: ChargeRun) -> list[dict[str, Any]]:
    names = [name for name, _label in STEPS]
    place = names.index(run.state) if run.state in names else len(names) - 1
    failed = run.state in (ChargeRun.State.UNDONE, ChargeRun.State.DROPPED)
    states = ["done" if number <= place else "current" if number == place + 1 else "todo" for number in range(4)]
    steps = [{"label": label, "state": state} for (_name, label), state in zip(STEPS, states, strict=True)]
    if failed:
        steps = [step | {"state": "todo"} for step in steps[:-1]]
        steps.append({"label": run.get_state_display(), "state": "failed"})
    return steps


def totals_by_component(run: ChargeRun) -> list[tuple[str, int, Decimal]]:
    """(component, lines, amount) in the order of the notice."""
    rows = (
        ChargeLine.objects.filter(notice__run=run)
        if run.state in (ChargeRun.State.POSTED, ChargeRun.State.UNDONE)
        else run.draft_lines.filter(problem="")
    )
    local = f"component__{name_field(get_language())}"
    grouped = rows.values("component__position", "component__code", "component__name", local)
    summed = grouped.annotate(count=Count("pk"), total=Sum("amount")).order_by("component__position", "component__code")
    return [(one[local] or one["component__name"], one["count"], one["total"]) for one in summed]
