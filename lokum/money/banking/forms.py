"""Forms of the processes at the bank: bringing a file in, and clearing money."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.money.allowances.models import Claim
from lokum.money.banking.models import BankEntry, ClearingItem, OutgoingRule
from lokum.money.banking.overpaid import last_sender, overpaid, waiting_amount
from lokum.money.ledger.models import Account, LedgerAccount


class BankFileForm(forms.Form):
    file = forms.FileField(
        label=_("Bank file"), help_text=_("MT940, camt.053, camt.054 or Elixir, as the bank gives it.")
    )
    look_first = forms.BooleanField(
        label=_("Show me the entries before anything is posted"),
        required=False,
        help_text=_("Otherwise money on known virtual accounts is booked to its payers at once."),
    )


class ConfirmForm(forms.Form):
    reason = forms.CharField(label=_("Why the statement is right all the same"), max_length=250)


class AssignForm(forms.Form):
    account = forms.CharField(
        label=_("Account"), max_length=40, help_text=_("Account number of the payer, or the virtual account number.")
    )
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=16, decimal_places=2)


class ClaimForm(forms.Form):
    claim = forms.ModelChoiceField(queryset=Claim.objects.all(), label=_("Claim of allowances"))
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=16, decimal_places=2)
    reason = forms.CharField(
        label=_("Reason of the difference"), max_length=250, required=False,
        help_text=_("Needed when less than the open amount came; the rest stays open at the payer body."),
    )  # fmt: skip


def _free_of(account_id: int) -> Decimal:
    """What is over and not asked for yet."""
    return overpaid(account_id).limit - waiting_amount("ledger.account", account_id)


class GiveBackForm(forms.Form):
    """A refund; what is over and who sent the money stand in it as a proposal."""

    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=16, decimal_places=2)
    payee_name = forms.CharField(label=_("Recipient"), max_length=200)
    payee_number = forms.CharField(label=_("Recipient's account"), max_length=40)
    reason = forms.CharField(label=_("Reason"), max_length=250)

    def propose(self, amount: Decimal, name: str, number: str) -> None:
        """Fields of the record with the same names (its amount, why it waits) are not what is asked here."""
        self.initial = {"amount": max(amount, Decimal(0)) or None, "payee_name": name, "payee_number": number}


class RefundOfAccountForm(GiveBackForm):
    def narrow(self, record: Account) -> None:
        name, number = last_sender(record.pk)
        self.propose(_free_of(record.pk), name or str(record.payer), number)


class RefundOfLineForm(GiveBackForm):
    def narrow(self, record: BankEntry) -> None:
        payment = record.payment
        over = _free_of(payment.account_id) if payment is not None and payment.account_id else Decimal(0)
        self.propose(min(over, record.amount), record.counter_name, record.counter_account)


class ReturnForm(GiveBackForm):
    def narrow(self, record: ClearingItem) -> None:
        line = record.bank_entry
        left = record.left_amount - waiting_amount("banking.clearingitem", record.pk)
        self.propose(left, line.counter_name, line.counter_account)


class ParkForm(forms.Form):
    text = forms.CharField(label=_("What is awaited"), max_length=250)
    deadline_on = forms.DateField(
        label=_("Decide by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class TakeBackForm(forms.Form):
    payment = forms.IntegerField(label=_("Payment"), help_text=_("Number of the payment, from the list of candidates."))


class BookForm(forms.Form):
    way = forms.ChoiceField(label=_("Kind"), choices=OutgoingRule.Way.choices)
    ledger_account = forms.ModelChoiceField(
        queryset=LedgerAccount.objects.filter(purpose="").select_related("entity"), label=_("Ledger account")
    )
    note_text = forms.CharField(label=_("Note"), max_length=250, required=False)

    def narrow(self, record: BankEntry) -> None:
        """Accounts of the entity whose bank account it is."""
        field: Any = self.fields["ledger_account"]
        field.queryset = field.queryset.filter(entity_id=record.bank_account.entity_id)


class TransferForm(forms.Form):
    item = forms.IntegerField(
        label=_("Money in the queue"), required=False,
        help_text=_("Number of the item, from the list of candidates. Empty: the other statement tells of it itself."),
    )  # fmt: skip


class RefundForm(forms.Form):
    entry = forms.IntegerField(
        label=_("Entry of the refund"), help_text=_("Number of the entry, from the list of candidates.")
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)


class UndoForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)

    def narrow(self, record: Any) -> None:
        """Why a record was made, or waits, is not why it is undone."""
        self.initial = {}
