"""Deposits in every state: of municipal tenants, and for renovation works abroad. Made through the services."""

import datetime as dt
from decimal import Decimal

from django.utils import translation

from lokum.core.base.context import Actor, acting
from lokum.core.flow.services import approve
from lokum.core.organisation.models import Entity
from lokum.demo.desk_work import staff
from lokum.money.deposits.approvals import request_forfeit, request_return, request_use
from lokum.money.deposits.models import Deposit, DepositKind
from lokum.money.deposits.queries import monthly_rent
from lokum.money.deposits.services import (
    call_deposit,
    issue_receipt,
    issue_settlement,
    load_usual_kinds,
    note_leaving,
    take_over,
)
from lokum.money.ledger.models import Account, LedgerAccount

RENTS = 6
OLD_SHARE = Decimal("0.65")  # of today's rent: what the rent was when the deposits were paid


def do_deposits(today: dt.date, *, actor: Actor) -> None:
    with acting(actor):
        accountant, deputy = staff("ksiegowa"), staff("zastepca")
        kinds = {
            code: _kind(Entity.objects.get(code=code), own, actor)
            for code, own in (("MZB", "KAU"), ("CUIHU", "ZX"), ("JXHY", "ZX"))
        }
    with translation.override("pl"):
        _of_tenants(kinds["MZB"], today, accountant, deputy)
    with acting(accountant):
        for code, language, words, held in (
            ("CUIHU", "zh-hant", "浴室整修", "20000"),
            ("JXHY", "zh-hans", "全屋装修", "2000.00"),
        ):
            with translation.override(language):
                _of_renovation(kinds[code], words, Decimal(held), today, accountant)


def _kind(entity: Entity, code: str, actor: Actor) -> DepositKind:
    """The kinds usual in the country; the one that is used here with its ledger accounts."""
    load_usual_kinds(entity.pk, actor=actor)
    kind = DepositKind.objects.get(entity=entity, code=code)
    kind.forfeit_account = LedgerAccount.objects.get(entity=entity, purpose="income")
    if kind.valorised:
        kind.cost_account = LedgerAccount.objects.create(
            entity=entity, code="769", name="Waloryzacja kaucji", name_en="Valorisation of deposits",
            name_pl="Waloryzacja kaucji", name_zh_hant="押金調整", name_zh_hans="押金调整", kind="expense",
        )  # fmt: skip
    kind.save()
    return kind


def _of_tenants(kind: DepositKind, today: dt.date, accountant: Actor, deputy: Actor) -> None:
    """Tenants paid six rents long ago; one is called anew, one debt is covered, one deposit goes back, one is kept."""
    with acting(accountant):
        accounts = list(Account.objects.filter(entity=kind.entity).order_by("code").select_related("balance"))
        debtor = max(accounts, key=lambda one: (one.balance.amount, -one.pk))
        others = [one for one in accounts if one != debtor]
        due, back, kept, waiting = others[1], others[4], others[5], others[6]
        call_deposit(due.pk, kind.pk, due_on=today + dt.timedelta(days=14), months=Decimal(3), actor=accountant)
        held = {
            one.pk: _paid_long_ago(one, kind, place, accountant) for place, one in enumerate(accounts) if one != due
        }
        asked = [request_forfeit(held[kept.pk].pk, reason="Zdewastowany lokal, wyrok SR", actor=accountant)]
        for one in (back, waiting):
            note_leaving(held[one.pk].pk, left_on=today - dt.timedelta(days=9), actor=accountant)
        asked.append(request_return(held[back.pk].pk, reason="Zamiana lokalu, protokół zdawczy", actor=accountant))
        if debtor.balance.amount > 0:
            asked.append(request_use(held[debtor.pk].pk, reason="Zaległość, wezwanie bez odpowiedzi", actor=accountant))
    with acting(deputy):
        for request in asked:
            approve(request.pk, actor=deputy)
    with acting(accountant):
        request_return(held[waiting.pk].pk, reason="Najemca zdał lokal", actor=accountant)
        for one in (back, kept):
            issue_settlement(held[one.pk].pk, actor=accountant)
        issue_receipt(held[waiting.pk].pk, actor=accountant)


def _paid_long_ago(account: Account, kind: DepositKind, place: int, accountant: Actor) -> Deposit:
    today_rent = monthly_rent(account.pk, dt.date(9999, 1, 1)) or Decimal(400)
    rent = (today_rent * OLD_SHARE).quantize(Decimal("0.01"))
    paid_on = dt.date(2017, 3, 1) + dt.timedelta(days=61 * place)
    return take_over(account.pk, kind.pk, amount=RENTS * rent, paid_on=paid_on, rent=rent, actor=accountant)


def _of_renovation(kind: DepositKind, words: str, amount: Decimal, today: dt.date, accountant: Actor) -> None:
    """One house is being renovated, another is about to be."""
    first, second = Account.objects.filter(entity=kind.entity).order_by("code")[:2]
    paid_on = today - dt.timedelta(days=40)
    held = take_over(first.pk, kind.pk, amount=amount, paid_on=paid_on, words=words, actor=accountant)
    issue_receipt(held.pk, actor=accountant)
    due_on = today + dt.timedelta(days=10)
    call_deposit(second.pk, kind.pk, due_on=due_on, amount=amount, words=words, actor=accountant)
