"""What a month run posts: notices and their explained lines."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField, PriceField, QuantityField
from lokum.core.papers.models import IssuedDocument
from lokum.money.charges.models.components import Component
from lokum.money.charges.models.runs import ChargeRun
from lokum.money.ledger.models import Account, Entry
from lokum.property.occupancy.models import Agreement


class Notice(models.Model):
    """The charge document of one account for one month: heads the posted lines, owns number and paper."""

    scope_path = {
        "building": "account__building_key",
        "node": "account__entity__node_id",
        "account": "account_id",
    }

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="notice", db_constraint=False
    )
    run = models.ForeignKey(
        ChargeRun,
        on_delete=models.PROTECT,
        null=True,
        related_name="notices",
        db_constraint=False,
        verbose_name=_("month run"),
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="notices",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    document = models.OneToOneField(
        IssuedDocument,
        on_delete=models.PROTECT,
        related_name="notice",
        db_constraint=False,
        verbose_name=_("document"),
    )
    period = models.DateField(_("month"))
    number = models.CharField(_("number"), max_length=80)
    due_on = models.DateField(_("due on"))
    total_amount = AmountField(_("total"))
    # A correction of another notice: which one, and the how-manieth of it.
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="corrections",
        db_constraint=False,
        db_index=False,
        verbose_name=_("corrects"),
    )
    correction_number = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-pk",)
        constraints = [
            # Two corrections of one notice made at the same moment: the second one is refused.
            models.UniqueConstraint(
                fields=["corrects", "correction_number"],
                condition=Q(corrects__isnull=False),
                name="notice_corrected_one_by_one",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, correction_number__isnull=True)
                | Q(corrects__isnull=False, correction_number__gte=1),
                name="notice_correction_numbered",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-period"], name="notice_account_period"),
            BrinIndex(fields=["period"], name="notice_period_brin"),
        ]

    def __str__(self) -> str:
        return self.number


class ChargeLine(models.Model):
    """A posted line of a notice, with the snapshot it can be recomputed and explained from. Append-only.

    snapshot: {"basis", "quantity", "unit", "price", "formula", "rounding", "decimals", "vat_kind", "vat_percent",
    "day", "tariff": {"id", "level", "price", "valid_from", "title_kind", "membership", "source"},
    "inputs": [{"name", "value", "unit", "valid_from", "source", "fact_id"}]}; every figure is a decimal text.

    Of a correction: {"formula": "correction", "before": snapshot or null, "after": snapshot or null, "causes": [...],
    and the rules of rounding and tax}; with formulas or parts of a month see `segments.LINES`.

    Of a share that one of several payers bears: {"formula": "share", "whole": snapshot, "numerator", "denominator",
    "weights", "place", "places", ...}; see `splitting`.

    reason: "run" ("run@<account>" of a payer beside the agreement's own), after an undone run "run/2", "run/3", ...; or
    the name of a correction. Of the lines with a reason "run..." of one agreement, component, month and payer only one
    is ever alive (checked by the database).
    """

    scope_path = {
        "building": "notice__account__building_key",
        "node": "notice__account__entity__node_id",
        "account": "notice__account_id",
    }

    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, related_name="lines", db_constraint=False, verbose_name=_("notice")
    )
    agreement = models.ForeignKey(
        Agreement,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("agreement"),
    )
    component = models.ForeignKey(
        Component,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("component"),
    )
    period = models.DateField(_("month"))
    reason = models.CharField(_("reason"), max_length=40, default="run")
    quantity = QuantityField(_("quantity"))
    price = PriceField(_("price"))
    amount = AmountField(_("amount"))
    net_amount = AmountField(_("net"))
    tax_amount = AmountField(_("tax"))
    snapshot = models.JSONField(_("explanation"))

    class Meta:
        verbose_name = _("charge line")
        verbose_name_plural = _("charge lines")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "component", "period", "reason"], name="charge_once"),
            models.CheckConstraint(
                condition=Q(amount=models.F("net_amount") + models.F("tax_amount")),
                name="charge_net_plus_tax",
            ),
            models.CheckConstraint(condition=~Q(snapshot={}), name="charge_explained"),
        ]
        indexes = [BrinIndex(fields=["period"], name="charge_line_period_brin")]

    def __str__(self) -> str:
        return f"{self.component_id} {self.amount}"
