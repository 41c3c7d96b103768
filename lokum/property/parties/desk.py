"""Registers of people and companies."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.desk.urls import url_of
from lokum.core.desk.words import COUNTRIES, LANGUAGES
from lokum.property.parties import queries, services
from lokum.property.parties.forms import AddressForm, MergeForm, SignInForm, SignInsForm
from lokum.property.parties.models import Consent, Party, PartyAddress, PartyContact, PartyMerge
from lokum.property.parties.services import sign_ins
from lokum.property.parties.words import CONSENT_PURPOSES


def _merge(pk: int, *, actor: Actor, merged: Party) -> str:
    services.merge_parties(pk, merged.pk, actor=actor)
    return _now("%(party)s is merged into this record.") % {"party": merged}


@register
class PartyDesk(ModelDesk):
    model = Party
    purpose = _(
        "Owners, tenants, companies and everybody else you deal with. They come in with the workbook of an "
        "estate, with a sheet, or one by one."
    )
    filled_by = "occupancy:import_start"
    section = "people"
    icon = "users"
    order = 10
    columns = ("code", "last_name", "first_name", "kind", "member_number", "personal_number", "tax_number", "home_node")
    fields = (
        "kind", "last_name", "first_name", "country", "personal_number", "born_on", "other_document", "tax_number",
        "statistical_number", "language", "member_number", "home_node", "code", "note",
    )  # fmt: skip
    search = ("code", "last_name", "first_name", "member_number", "contacts__value")
    filters = ("kind", "home_node", "last_name", "member_number", "contacts__value")
    import_key = ("code",)
    related = ("home_node",)
    ordering = ("last_name", "first_name", "pk")
    facts = ("code", "kind", "member_number")
    masked = ("personal_number", "other_document")
    words = {"country": COUNTRIES, "language": LANGUAGES}
    extras = {
        "phone": lambda user: forms.CharField(label=_("phone"), required=False, max_length=40),
        "email": lambda user: forms.CharField(label=_("e-mail"), required=False, max_length=254),
        "doubles_seen": lambda user: forms.BooleanField(
            label=_("I looked at the likely doubles; this is somebody else"), required=False
        ),
    }
    tabs = (
        Tab("contacts", _("Contacts"), child=PartyContact, lookup="party"),
        Tab("addresses", _("Correspondence addresses"), child=PartyAddress, lookup="party"),
        Tab("consents", _("Consents"), child=Consent, lookup="party"),
        Tab("merges", _("Merges"), child=PartyMerge, lookup="kept"),
    )
    actions = (
        Action("change_address", _("Change the address"), services.change_address, icon="mail", form=AddressForm),
        Action("merge", _("Merge a double"), _merge, icon="git-merge", form=MergeForm,
               available=lambda party: party.merged_into_id is None),
        Action("make_sign_ins", _("Make sign-ins"), sign_ins.order_sign_ins, icon="key", form=SignInForm, bulk=True,
               result_url=url_of),
        Action("make_sign_ins_in", _("Make sign-ins for places"), sign_ins.order_sign_ins_in, icon="key",
               form=SignInsForm, collection=True, result_url=url_of),
    )  # fmt: skip

    def saved(self, records: Sequence[Any], *, created: bool, actor: Actor) -> None:
        """A likely double is refused until somebody says that it was looked at; then contacts are added."""
        if not created:
            return
        if len(records) == 1:
            self._saved_alone(records[0], actor)
            return
        doubles = queries.doubles_of_many([record.pk for record in records])
        if doubles:
            raise self._refusal(next(iter(doubles.values())))

    def _saved_alone(self, record: Party, actor: Actor) -> None:
        extra = getattr(record, "extra_values", {})
        given = {kind: str(extra[kind]) for kind in ("phone", "email") if extra.get(kind)}
        if not extra.get("doubles_seen"):
            values = {name: getattr(record, name) for name in self.fields} | given
            found = queries.likely_doubles(values, except_pk=record.pk)
            if found:
                raise self._refusal(found)
        for kind, value in given.items():
            self._add_contact(record, kind, value, actor)

    def _refusal(self, found: Sequence[queries.Double]) -> Refusal:
        text = _now("Probably known already: %(names)s. Tick the box when this is somebody else.") % {
            "names": "; ".join(f"{one.party} ({one.party.code}): {one.reasons_text}" for one in found)
        }
        details = {"parties": [one.party.pk for one in found]}
        return Refusal("party.likely_double", text, fields={"doubles_seen": [text]}, details=details)

    def _add_contact(self, record: Party, kind: str, value: str, actor: Actor) -> None:
        try:
            services.add_contact(record.pk, kind, value, actor=actor)
        except Refusal as refusal:
            raise Refusal(refusal.code, refusal.message, fields={kind: [refusal.message]}) from refusal


@register
class PartyContactDesk(ModelDesk):
    model = PartyContact
    purpose = _("Phone numbers and mail addresses of people and companies.")
    section = "people"
    searchable_globally = False
    icon = "phone"
    order = 20
    columns = ("party", "kind", "value", "preferred")
    fields = ("party", "kind", "value", "preferred")
    search = ("value", "party__last_name", "party__first_name")
    filters = ("kind", "value", "preferred")
    import_key = ("party", "kind", "value")
    related = ("party",)


@register
class PartyAddressDesk(ModelDesk):
    model = PartyAddress
    purpose = _("Where letters go when it is not the premises themselves, with the days the address holds.")
    section = "people"
    searchable_globally = False
    icon = "mail"
    order = 30
    columns = ("party", "street", "postal_code", "city", "country", "valid")
    words = {"country": COUNTRIES}
    fields = ("party", "street", "postal_code", "city", "country", "valid")
    search = ("street", "city", "postal_code", "party__last_name")
    filters = ("city", "valid")
    related = ("party",)


@register
class ConsentDesk(ModelDesk):
    model = Consent
    purpose = _("What people agreed to, such as mail instead of letters or a phone number, with day and way.")
    section = "people"
    searchable_globally = False
    icon = "shield-check"
    order = 40
    columns = ("party", "purpose", "text_version", "given_at", "withdrawn_at")
    fields = ("party", "purpose", "text_version", "given_at")
    words = {"purpose": CONSENT_PURPOSES}

    def name_of(self, record: Any) -> str:
        return f"{record.party}: {CONSENT_PURPOSES.text(record.purpose)}"

    search = ("purpose", "party__last_name")
    filters = ("purpose", "given_at", "withdrawn_at")
    related = ("party",)
    deletable = False
    actions = (
        Action(
            "withdraw", _("Withdraw"), services.withdraw_consent, icon="x",
            available=lambda consent: consent.withdrawn_at is None,
        ),
    )  # fmt: skip


@register
class PartyMergeDesk(ModelDesk):
    model = PartyMerge
    section = "people"
    icon = "git-merge"
    order = 50
    menu = False
    searchable_globally = False
    editable = addable = deletable = importable = False
    columns = ("kept", "merged", "merged_at", "undone_at")
    filters = ("merged_at",)
    related = ("kept", "merged")
    actions = (
        Action(
            "undo", _("Undo the merge"), services.undo_merge, icon="arrow-back-up",
            available=lambda merge: merge.undone_at is None,
        ),
    )  # fmt: skip
