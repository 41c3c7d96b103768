"""Accounts of premises that are split or merged: the new ones with their numbers, and what stays open on the former."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.addresses import url_of
from lokum.money.changeover.models import OwnerChange
from lokum.money.ledger.models import Account, CoPayer, Entry, PayerSplit
from lokum.money.ledger.queries import total_of_accounts
from lokum.money.payments.models import VirtualAccount
from lokum.property.reshaping.seams import Carriage, Carrier, Section


class AccountsCarrier(Carrier):
    """Debts and credits stay on the account they were booked to, with the same payer; the new accounts begin empty."""

    name = "accounts"

    def refuse(self, carriage: Carriage) -> None:
        change = OwnerChange.objects.filter(premises__in=carriage.sources, state=OwnerChange.State.PREPARED).first()
        if change is not None:
            text = _("A change of owner is in preparation for %(premises)s; carry it out or discard it first.") % {
                "premises": change.premises
            }
            raise Refusal("reshaping.owner_change", text, status=409)
        later = DateRange(carriage.effective_on, None)
        shared = PayerSplit.objects.filter(agreement__premises__in=carriage.sources, valid__overlap=later).first()
        joint = CoPayer.objects.filter(account__agreement__premises__in=carriage.sources, valid__overlap=later).first()
        if shared is not None or joint is not None:
            text = _("Several people pay for the premises (%(agreement)s); end that with the day and set it anew.") % {
                "agreement": shared or joint
            }
            raise Refusal("reshaping.several_payers", text)

    def shown(self, carriage: Carriage, looked: Any, kept: Any) -> list[Section]:
        new = _accounts([pk for _old, pk in carriage.agreements])
        former = _accounts([pk for pk, _new in carriage.agreements])
        totals = total_of_accounts([one.pk for found in former.values() for one in found])
        numbers = dict(
            VirtualAccount.objects.filter(account__agreement__in=new, retired_on=None).values_list("account", "number")
        )
        rows, told = [], set()
        for old_pk, new_pk in carriage.agreements:
            before = [one for one in former.get(old_pk, ()) if one.pk not in told]
            told |= {one.pk for one in before}  # each balance stands once, however many accounts follow it
            names = ", ".join(one.code for one in former.get(old_pk, ()))
            balance = sum((totals.get(one.pk, Decimal(0)) for one in before), Decimal(0))
            amount = number_format(f"{balance:.2f}", use_l10n=True) if before else ""
            rows += [(names, amount, one.code, str(one.payer), numbers.get(one.pk, "–")) for one in new.get(new_pk, ())]
        headings = (_("Former account"), _("Balance"), _("New account"), _("Payer"), _("Bank account number"))
        words = _(
            "Balances stay on the former accounts, with their payers; money sent to a former number is booked there. "
            "Afterwards open balances can be moved to a new account of the same payer."
        )
        return [Section(_("Accounts"), headings, rows, note=words, numeric=(1,))] if rows else []

    def links(self, carriage: Carriage, kept: Any) -> list[dict[str, Any]]:
        found = _accounts([pk for pair in carriage.agreements for pk in pair])
        accounts = [one for rows in found.values() for one in rows]
        moving = {"text": _("Move open balances"), "url": reverse("changeover:balances", args=[carriage.act_pk])}
        return [moving] + [
            {"text": _("Account %(code)s of %(payer)s") % {"code": one.code, "payer": one.payer}, "url": url_of(one)}
            for one in sorted(accounts, key=lambda one: one.pk)
        ]

    def refuse_undo(self, carriage: Carriage, kept: Any) -> None:
        if Entry.objects.filter(account__agreement__in=[pk for _old, pk in carriage.agreements]).exists():
            text = _("Something was posted to the new accounts already.")
            raise Refusal("reshaping.posted", text, status=409)

    def take_back(self, carriage: Carriage, kept: Any, actor: Actor) -> None:
        accounts = list(
            Account.objects.select_for_update()
            .filter(agreement__in=[pk for _old, pk in carriage.agreements])
            .order_by("pk")
        )
        VirtualAccount.objects.filter(account__in=accounts).delete()
        with connection.cursor() as cursor:
            for account in accounts:
                cursor.execute("SELECT changeover_forget_balance(%s)", [account.pk])
                account.delete()


def _accounts(agreements: Sequence[int]) -> dict[int, list[Account]]:
    found: dict[int, list[Account]] = {}
    for account in Account.objects.filter(agreement__in=agreements).select_related("payer").order_by("pk"):
        found.setdefault(account.agreement_id, []).append(account)
    return found
