"""Premises that become others on a day: one is split into several, or several are merged into one."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.property.estates.models import Entrance, Premises, Storey
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, PREMISES_SCOPE, TitleKind
from lokum.property.parties.models import Party

PARTS_SCOPE = {"building": "act__premises__building_id", "node": "act__premises__building__estate__node_id"}
OWNER_KINDS = [one for one in TitleKind.choices if one[0] in EXCLUSIVE_KINDS]


class Reshaping(Record):
    """A split or merge, prepared step by step and carried out as a whole.

    `premises` is the one that is split, or the leading one of those merged: what only one can give (entrance, storey,
    own fields) comes from it. former: how everything stood before, by layer, so that the act can be undone.
    """

    class Kind(models.TextChoices):
        SPLIT = "split", _("split of premises")
        MERGE = "merge", _("merge of premises")

    class State(models.TextChoices):
        PREPARED = "prepared", _("in preparation")
        DONE = "done", _("carried out")
        UNDONE = "undone", _("undone")
        DISCARDED = "discarded", _("discarded")

    scope_path = PREMISES_SCOPE

    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, related_name="reshapings", verbose_name=_("premises")
    )
    effective_on = models.DateField(_("with effect from"), help_text=_("The first day of the new premises."))
    document = models.CharField(_("deed or other document"), max_length=200, blank=True)
    corrects_posted = models.BooleanField(
        _("months posted already go to the corrections"),
        default=False,
        help_text=_("Otherwise months charged beyond the day stand in the way."),
    )
    title_kind = models.CharField(_("kind of the new title"), max_length=16, choices=OWNER_KINDS, blank=True)
    member = models.BooleanField(_("held by a member"), default=False)
    payer = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payer")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREPARED)
    former = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    prepared_at = models.DateTimeField(_("prepared at"))
    done_at = models.DateTimeField(_("carried out at"), null=True)
    done_by_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta:
        verbose_name = _("split or merge")
        verbose_name_plural = _("splits and merges")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False), name="reshaping_done_with_moment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.premises} {self.effective_on:%Y-%m-%d}"


class FormerPremises(models.Model):
    """Premises that end with the act: one when it is a split, two or more when it is a merge."""

    scope_path = PARTS_SCOPE

    act = models.ForeignKey(
        Reshaping, on_delete=models.CASCADE, related_name="former_premises", verbose_name=_("split or merge")
    )
    position = models.PositiveSmallIntegerField(_("order in the list"))
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, related_name="became", verbose_name=_("former premises")
    )

    class Meta:
        verbose_name = _("former premises")
        verbose_name_plural = _("former premises (of splits and merges)")
        ordering = ("act_id", "position")
        constraints = [models.UniqueConstraint(fields=["act", "premises"], name="former_premises_once")]

    def __str__(self) -> str:
        return str(self.premises)


class NewPremises(models.Model):
    """Premises that begin with the act, as they were planned; `premises` is what was opened.

    facts: {kind: decimal text}, shares: {kind: [numerator, denominator]}; what is left out is the rest of what the
    former premises have.
    """

    scope_path = PARTS_SCOPE

    act = models.ForeignKey(
        Reshaping, on_delete=models.CASCADE, related_name="new_premises", verbose_name=_("split or merge")
    )
    position = models.PositiveSmallIntegerField(_("order in the list"))
    number = models.CharField(_("number"), max_length=20)
    code = models.CharField(_("code"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=15, choices=Premises.Kind.choices)
    entrance = models.ForeignKey(
        Entrance, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entrance")
    )
    storey = models.ForeignKey(
        Storey, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("storey")
    )
    register_number = models.CharField(_("land register number"), max_length=40, blank=True)
    facts = models.JSONField(_("attributes"), default=dict)
    shares = models.JSONField(_("shares"), default=dict)
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, null=True, related_name="made_from", verbose_name=_("new premises")
    )

    class Meta:
        verbose_name = _("new premises")
        verbose_name_plural = _("new premises (of splits and merges)")
        ordering = ("act_id", "position")
        constraints = [models.UniqueConstraint(fields=["act", "number"], name="new_premises_number")]

    def __str__(self) -> str:
        return str(self.premises) if self.premises_id else self.number


class NewTitleHolder(models.Model):
    """A holder of the title to merged premises, where the titles before do not agree."""

    scope_path = PARTS_SCOPE

    act = models.ForeignKey(
        Reshaping, on_delete=models.CASCADE, related_name="holders", verbose_name=_("split or merge")
    )
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", verbose_name=_("party"))
    numerator = models.PositiveBigIntegerField(_("numerator"), default=1)
    denominator = models.PositiveBigIntegerField(_("denominator"), default=1)

    class Meta:
        verbose_name = _("holder of merged premises")
        verbose_name_plural = _("holders of merged premises")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["act", "party"], name="reshaping_holder_once"),
            models.CheckConstraint(
                condition=Q(denominator__gt=0) & Q(numerator__gt=0) & Q(numerator__lte=F("denominator")),
                name="reshaping_holder_fraction",
            ),
        ]

    def __str__(self) -> str:
        share = "" if self.numerator == self.denominator else f" {self.numerator}/{self.denominator}"
        return f"{self.party}{share}"
