"""Registers of the organisation: tree, entities and what belongs to them, switches, country rules."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock, policy
from lokum.core.desk import switches
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.core.desk.words import COUNTRIES, COUNTRY_PACKS, REGISTERS
from lokum.core.organisation import bank_accounts, legal_data, own_fields, services
from lokum.core.organisation.deciding import check_free, normalise, set_setting
from lokum.core.organisation.inherited import known_settings, settings_at
from lokum.core.organisation.models import (
    Entity,
    EntityBankAccount,
    EntityFund,
    LegalData,
    ManagementContract,
    Mandate,
    ModuleSwitch,
    Node,
    NodePlacement,
    NodeSetting,
    OwnFieldDefinition,
    PackRule,
)
from lokum.core.organisation.queries import descendants_of, forget_switches
from lokum.core.organisation.rule_forms import RULES

no_desk(NodePlacement, "shown as tab of the node and in the tree as of a day; changes by the action “move”")


class MoveForm(forms.Form):
    parent = forms.ModelChoiceField(Node.objects.all(), label=_("New parent"))
    from_on = forms.DateField(label=_("From"), initial=clock.today)

    def narrow(self, record: Node) -> None:
        """Nothing that hangs below the node, so that no circle arises."""
        field: Any = self.fields["parent"]
        field.queryset = field.queryset.exclude(pk__in={record.pk, *descendants_of([record.pk], clock.today())})


class RuleFileForm(forms.Form):
    file = forms.FileField(
        label=_("File with rules"),
        help_text=_("JSON or CSV with pack, key, valid_from, value and source. Earlier results never change."),
    )


class NewAccountForm(forms.Form):
    entity = forms.ModelChoiceField(Entity.objects.all(), label=_("Entity"))
    number = forms.CharField(label=_("Account number"), max_length=42)
    bank_name = forms.CharField(label=_("Bank"), max_length=100, required=False)
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    fund = forms.ModelChoiceField(EntityFund.objects.all(), label=_("Fund"), required=False)
    file_profile = forms.CharField(label=_("Bank file profile"), max_length=30, initial="auto", required=False)
    opened_on = forms.DateField(label=_("Valid from"), initial=clock.today)
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=3)


class NumberForm(forms.Form):
    number = forms.CharField(label=_("Account number"), max_length=42)
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    from_on = forms.DateField(
        label=_("Valid from"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("Empty: from today. The old number ends the day before; money sent to it is still recognised."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=3)


def _leave(pk: int, *, actor: Any) -> Any:
    one = NodeSetting.objects.get(pk=pk)
    reason = str(_("left to the nodes above"))
    return set_setting(one.node_id, one.code, None, starts_on=one.starts_on, actor=actor, reason=reason)


def _placements(node: Node, user: Any) -> dict[str, Any]:
    visible = policy.allowed(Node.objects.all(), user, "view")
    return {
        "placements": node.placements.filter(parent__in=visible).select_related("parent").order_by("-valid"),
        "below": node.child_placements.filter(node__in=visible).select_related("node").order_by("node__code", "valid"),
    }


def _settings(node: Node, user: Any) -> dict[str, Any]:
    """Every setting as it counts here, with the node it comes from."""
    held = settings_at(node.pk).values()
    return {
        "node": node,
        "held": sorted(held, key=lambda one: str(one.setting.label)),
        "may_decide": policy.may(user, "organisation.nodesetting:edit"),
    }


def _parent_field(user: Any) -> forms.Field:
    return forms.ModelChoiceField(
        policy.allowed(Node.objects.all(), user, "view"),
        label=_("Parent"),
        required=False,
        help_text=_("Empty only for the top of the tree."),
    )


@register
class NodeDesk(ModelDesk):
    model = Node
    purpose = _("Company, branches, offices and estates as a tree; rights and settings follow it downwards.")
    section = "settings"
    icon = "sitemap"
    order = 10
    columns = ("code", "name", "kind", "tax_number", "address", "opened_on", "closed_on")
    default_columns = ("code", "name", "kind", "address", "opened_on")
    fields = (
        "code", "name", "kind", "legal_name", "tax_number", "address", "country", "time_zone", "currency",
        "opened_on", "closed_on",
    )  # fmt: skip
    search = ("code", "name", "legal_name", "tax_number", "address")
    filters = ("kind", "opened_on", "closed_on")
    facts = ("kind", "address", "opened_on")
    words = {"country": COUNTRIES}
    import_key = ("code",)
    extras = {"parent": _parent_field}
    actions = (
        Action("move", _("Move"), services.move_node, icon="transfer", form=MoveForm,
               confirm=_("From the chosen day on it hangs below the new parent. Reports of earlier days stay.")),
    )  # fmt: skip
    tabs = (
        Tab("placements", _("Placements"), template="organisation/placements.html", context=_placements),
        Tab("entities", _("Entities"), child=Entity, lookup="node"),
        Tab("switches", _("Switches"), child=ModuleSwitch, lookup="node"),
        Tab(
            "settings",
            _("Settings"),
            template="organisation/settings.html",
            context=_settings,
            right="organisation.nodesetting:view",
        ),
    )

    def saved(self, records: Sequence[Node], *, created: bool, actor: Any) -> None:
        for node in records:
            parent = getattr(node, "extra_values", {}).get("parent")
            if created and parent is not None:
                services.place_node(node, parent, actor=actor)


def _valid_from_field(user: Any) -> forms.Field:
    return forms.DateField(
        label=_("Legal data valid from"),
        required=False,
        initial=clock.today,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("First day of a new name, form, number or address; documents print what is valid on their date."),
    )


def _document_field(user: Any) -> forms.Field:
    return forms.CharField(label=_("Resolution or document"), max_length=200, required=False)


def _legal_data(entity: Entity, user: Any) -> dict[str, Any]:
    today = clock.today(entity.time_zone)
    return {
        "entity": entity,
        "today": today,
        "lines": legal_data.lines_of(legal_data.data_on(entity, today)),
        "history": legal_data.history_of(entity, today),
    }


@register
class EntityDesk(ModelDesk):
    model = Entity
    purpose = _(
        "Legal persons with books of their own: your company, communities and cooperatives you manage. Everything "
        "that is charged belongs to one; add the first."
    )
    section = "settings"
    icon = "building-bank"
    order = 20
    columns = ("code", "name", "kind", "node", "tax_number", "city", "currency", "opened_on", "closed_on")
    default_columns = ("code", "name", "kind", "node", "tax_number", "city")
    fields = (
        "code", "name", "short_name", "kind", "node", "country_pack", "legal_name", "tax_number", "statistical_number",
        "court_number", "street", "postal_code", "city", "phone", "email", "website", "currency", "time_zone",
        "fiscal_year_start", "due_day", "opened_on", "closed_on",
    )  # fmt: skip
    search = ("code", "name", "legal_name", "tax_number", "city", "street")
    search_indexed = True
    filters = ("kind", "node", "currency", "opened_on", "closed_on")
    facts = ("kind", "tax_number", "city")
    words = {"country_pack": COUNTRY_PACKS}
    import_key = ("code",)
    tabs = (
        Tab("legal", _("Legal data"), template="organisation/tab_legal.html", context=_legal_data),
        Tab("funds", _("Funds"), child=EntityFund, lookup="entity"),
        Tab("accounts", _("Bank accounts"), child=EntityBankAccount, lookup="entity"),
        Tab("mandates", _("Mandates"), child=Mandate, lookup="entity"),
        Tab("contracts", _("Management contracts"), child=ManagementContract, lookup="entity"),
    )
    edit_extras = {"valid_from": _valid_from_field, "document": _document_field}

    def prepare(self, record: Entity, *, created: bool) -> None:
        if not created:
            legal_data.plan(record, getattr(record, "extra_values", {}).get("valid_from"))

    def saved(self, records: Sequence[Entity], *, created: bool, actor: Any) -> None:
        for record in () if created else records:
            legal_data.keep(record, document=getattr(record, "extra_values", {}).get("document") or "")


@register
class LegalDataDesk(ModelDesk):
    """Legal data over time, as of a day by the filter on `valid`; changed on the entity."""

    model = LegalData
    section = "settings"
    icon = "history"
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("entity", "valid", "legal_name", "kind", "tax_number", "statistical_number", "court_number", "street",
               "postal_code", "city", "phone", "email", "website", "document")  # fmt: skip
    default_columns = ("entity", "valid", "legal_name", "kind", "tax_number", "city", "document")
    search = ("legal_name", "tax_number", "document")
    filters = ("entity", "kind", "valid")
    related = ("entity",)


@register
class EntityFundDesk(ModelDesk):
    model = EntityFund
    section = "settings"
    searchable_globally = False
    icon = "coins"
    order = 30
    menu = False
    columns = fields = ("entity", "code", "name")
    search = ("code", "name")
    filters = ("entity",)
    import_key = ("entity", "code")


@register
class EntityBankAccountDesk(ModelDesk):
    model = EntityBankAccount
    section = "settings"
    icon = "credit-card"
    order = 31
    menu = False
    columns = ("entity", "number", "bank_name", "currency", "fund", "opened_on", "closed_on", "replaces")
    default_columns = ("entity", "number", "bank_name", "currency", "fund", "opened_on", "closed_on")
    fields = ("bank_name", "fund", "file_profile", "closed_on")
    related = ("entity", "fund", "replaces")
    addable = importable = False  # entity, number and currency change by proposals that somebody else approves
    search = ("number", "bank_name")
    filters = ("entity", "currency", "fund")
    import_key = ("number",)
    actions = (
        Action("propose", _("New bank account"), bank_accounts.propose_account, icon="plus", form=NewAccountForm,
               collection=True, result_url=url_of,
               confirm=_("The account counts once somebody else has approved it.")),
        Action("change_number", _("Change the number"), bank_accounts.propose_number, icon="arrows-exchange",
               form=NumberForm, result_url=url_of, available=lambda account: account.closed_on is None,
               confirm=_("The new number counts once somebody else has approved it.")),
    )  # fmt: skip


@register
class MandateDesk(ModelDesk):
    model = Mandate
    section = "settings"
    searchable_globally = False
    icon = "id"
    order = 32
    menu = False
    columns = fields = ("entity", "person_name", "body", "position", "starts_on", "ends_on")
    search = ("person_name", "position")
    filters = ("entity", "body", "starts_on", "ends_on")


@register
class ManagementContractDesk(ModelDesk):
    model = ManagementContract
    section = "settings"
    searchable_globally = False
    icon = "briefcase"
    order = 33
    menu = False
    columns = fields = ("entity", "manager", "number", "signed_on", "starts_on", "ends_on")
    search = ("number",)
    filters = ("entity", "manager", "starts_on", "ends_on")
    import_key = ("entity", "number")


class SwitchForm(forms.ModelForm):
    function = forms.ChoiceField(label=_("Function"), choices=lambda: sorted(switches.functions.items()))

    class Meta:
        model = ModuleSwitch
        fields = ("node", "function", "enabled")


@register
class ModuleSwitchDesk(ModelDesk):
    model = ModuleSwitch
    purpose = _("Functions switched off for a part of the organisation. Without a switch everything is on.")
    section = "settings"
    icon = "adjustments"
    order = 40
    columns = fields = ("node", "function", "enabled")
    search = ("function",)
    filters = ("node", "enabled", "function")
    import_key = ("node", "function")
    form = SwitchForm
    searchable_globally = False

    def saved(self, records: Sequence[ModuleSwitch], *, created: bool, actor: Any) -> None:
        forget_switches()


def _label_of(record: NodeSetting) -> str:
    one = known_settings().get(record.code)
    return str(one.label) if one is not None else record.code


class NodeSettingForm(forms.ModelForm):
    code = forms.ChoiceField(
        label=_("Setting"),
        choices=lambda: sorted(
            ((one.code, one.label) for one in known_settings().values() if not one.guarded),
            key=lambda pair: str(pair[1]),
        ),
    )

    class Meta:
        model = NodeSetting
        fields = ("node", "code", "value", "locked", "starts_on")


class SettingDecisionForm(forms.Form):
    """Any setting at any node in reach; those that need a second person ask for a reason."""

    node = forms.ModelChoiceField(label=_("Node"), queryset=Node.objects.all())
    code = forms.ChoiceField(
        label=_("Setting"),
        choices=lambda: sorted(
            ((one.code, one.label) for one in known_settings().values()), key=lambda pair: str(pair[1])
        ),
    )
    value = forms.CharField(
        label=_("Value"), required=False, max_length=500, help_text=_("Empty: left to the nodes above.")
    )
    locked = forms.BooleanField(label=_("Fixed for everything below"), required=False)
    starts_on = forms.DateField(label=_("From"), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)

    def clean_node(self) -> Node:
        node: Node = self.cleaned_data["node"]
        rows = Node.objects.filter(pk=node.pk)
        if not policy.within(rows, self.user, "organisation.nodesetting:decide").exists():  # type: ignore[attr-defined]
            raise forms.ValidationError(_("You do not have the right to decide there."))
        return node


def _decide(
    *, node: Node, code: str, value: str, locked: bool, starts_on: Any, reason: str, actor: Any
) -> Any:  # fmt: skip
    """The same as on the page of a node; a guarded setting becomes a request for a second person."""
    return set_setting(
        node.pk, code, value or None, locked=locked and bool(value), starts_on=starts_on, reason=reason, actor=actor
    )


def _settings_of(result: Any) -> str:
    return url_of(result) if result is not None else reverse("desk:list", args=["organisation", "nodesetting"])


@register
class NodeSettingDesk(ModelDesk):
    model = NodeSetting
    purpose = _(
        "Decisions that differ from what is usual, for a node and all below it: second person, limits, portal. "
        "Nodes without one follow the node above."
    )
    section = "settings"
    icon = "adjustments"
    order = 45
    columns = ("what", "node", "value", "locked", "starts_on", "code")
    default_columns = ("what", "node", "value", "locked", "starts_on")
    fields = ("node", "code", "value", "locked", "starts_on")
    search = ("code", "value")
    filters = ("node", "code", "locked", "starts_on")
    related = ("node",)
    import_key = ("node", "code", "starts_on")
    facts = ("node", "value", "starts_on")
    form = NodeSettingForm
    cell = {"what": _label_of}
    labels = {"what": _("Setting")}
    deletable = False
    searchable_globally = False
    actions = (
        Action("decide", _("Decide a setting"), _decide, icon="adjustments", form=SettingDecisionForm, collection=True,
               result_url=_settings_of),
        Action("leave", _("Leave it to the nodes above"), _leave, icon="arrow-up",
               confirm=_("The value set here is taken away; from now on the nodes above decide.")),
    )  # fmt: skip

    def prepare(self, record: NodeSetting, *, created: bool) -> None:
        normalise(record)

    def saved(self, records: Sequence[NodeSetting], *, created: bool, actor: Any) -> None:
        check_free(records)


class OwnFieldForm(forms.ModelForm):
    object_label = forms.ChoiceField(label=_("Register"), choices=own_fields.registers)

    class Meta:
        model = OwnFieldDefinition
        fields = ("object_label", "code", "label", "type", "choices", "required", "in_list", "dated", "position",
                  "active")  # fmt: skip


@register
class OwnFieldDefinitionDesk(ModelDesk):
    model = OwnFieldDefinition
    purpose = _(
        "Fields of your own for premises, people and agreements. They appear in forms, lists, sheets and formulas "
        "at once."
    )
    section = "settings"
    icon = "columns"
    order = 48
    columns = ("label", "code", "where", "type", "required", "in_list", "dated", "position", "active", "object_label",
               "choices")  # fmt: skip
    default_columns = ("label", "code", "where", "type", "required", "in_list", "dated", "active")
    fields = ("object_label", "code", "label", "type", "choices", "required", "in_list", "dated", "position", "active")
    search = ("label", "code")
    filters = ("object_label", "type", "dated", "active")
    import_key = ("object_label", "code")
    facts = ("where", "type", "code")
    form = OwnFieldForm
    cell = {"where": lambda one: dict(own_fields.registers()).get(one.object_label, one.object_label)}
    labels = {"where": _("Register")}
    words = {"object_label": REGISTERS}
    deletable = False
    searchable_globally = False
    actions = (Action("remove", _("Delete"), own_fields.remove_field, icon="trash", tone="danger"),)

    def prepare(self, record: OwnFieldDefinition, *, created: bool) -> None:
        own_fields.tidy(record)

    def saved(self, records: Sequence[OwnFieldDefinition], *, created: bool, actor: Any) -> None:
        own_fields.check_changes(records, actor=actor)


@register
class PackRuleDesk(ModelDesk):
    model = PackRule
    purpose = _(
        "Changes to the rules of a country, read from a file with their source. Built-in rules are not listed; "
        "without rows they hold."
    )
    section = "settings"
    icon = "scale"
    order = 50
    columns = ("pack", "key", "valid_from", "value", "source", "recorded_at")
    default_columns = ("pack", "key", "valid_from", "value", "source")
    words = {"pack": COUNTRY_PACKS, "key": RULES}
    search = ("pack", "key", "source")
    filters = ("pack", "key", "valid_from")
    editable = addable = deletable = False
    importable = False
    searchable_globally = False
    actions = (
        Action(
            "import_rules",
            _("Import rules"),
            services.import_rules,
            icon="upload",
            form=RuleFileForm,
            collection=True,
        ),
    )
