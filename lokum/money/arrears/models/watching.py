"""Thresholds of an entity, contacts with payers, and acts that make limitation start anew."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account, Entry

ACCOUNT_SCOPE = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}


class ArrearsPolicy(Record):
    """From when on an account of an entity is marked, and how early limitation is announced.

    Never changed: another one is entered with its first day, so that a list of a past day says what it said then. Of
    two with the same first day the one entered later counts, from that moment on.
    """

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="arrears_policies", verbose_name=_("entity")
    )
    valid_from = models.DateField(_("valid from"))
    warn_amount = AmountField(_("mark from an overdue amount of"), default=0)
    warn_months = models.PositiveSmallIntegerField(_("mark from so many months owed"), default=2)
    limitation_days = models.PositiveSmallIntegerField(_("announce limitation so many days ahead"), default=90)
    recorded_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("arrears policy")
        verbose_name_plural = _("arrears policies")
        ordering = ("entity_id", "-valid_from", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(warn_amount__gte=0),
                name="arrears_policy_amount",
                violation_error_message=_("The amount is not negative."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.valid_from}"


class Witnessed(Record):
    """What is kept as it was entered: a mistake is withdrawn with a reason, and entered anew."""

    recorded_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, editable=False)
    withdrawn_reason = models.CharField(_("reason of the withdrawal"), max_length=250, blank=True, editable=False)

    class Meta:
        abstract = True


class PayerContact(Witnessed):
    """What was said or sent about an account's arrears."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone call")
        LETTER = "letter", _("Letter")
        EMAIL = "email", _("E-mail")
        VISIT = "visit", _("Visit")
        MEETING = "meeting", _("Talk in the office")

    scope_path = ACCOUNT_SCOPE

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="payer_contacts", verbose_name=_("account")
    )
    on = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    note = models.TextField(_("what was said"), max_length=2000)
    promised_on = models.DateField(_("payment promised by"), null=True, blank=True)
    promised_amount = AmountField(_("promised amount"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact about arrears")
        verbose_name_plural = _("contacts about arrears")
        ordering = ("-on", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(promised_amount__isnull=True) | Q(promised_amount__gt=0),
                name="payer_contact_promise",
                violation_error_message=_("A promised amount is above zero."),
            )
        ]
        indexes = [models.Index(fields=["account", "-on"], name="payer_contact_account")]

    def __str__(self) -> str:
        return f"{self.on} {self.get_kind_display()}"


class LimitationEvent(Witnessed):
    """An act after which limitation of an account's debts (or of one debt) starts anew: named with its paper."""

    class Kind(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("Debt acknowledged")
        CLAIM = "claim", _("Claim brought to court")
        ENFORCEMENT = "enforcement", _("Enforcement")
        MEDIATION = "mediation", _("Mediation")
        INSTALMENTS = "instalments", _("Instalments agreed")

    scope_path = ACCOUNT_SCOPE

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="limitation_events", verbose_name=_("account")
    )
    entry = models.ForeignKey(
        Entry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        verbose_name=_("only this debt"),
    )
    on = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    document = models.CharField(_("resolution or document"), max_length=200)

    class Meta:
        verbose_name = _("interruption of limitation")
        verbose_name_plural = _("interruptions of limitation")
        ordering = ("-on", "-pk")
        indexes = [models.Index(fields=["account", "-on"], name="limitation_event_account")]

    def __str__(self) -> str:
        return f"{self.on} {self.get_kind_display()}"
