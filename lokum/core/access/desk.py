"""Registers of users, groups, roles, grants, password rules, tokens and first passwords."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.access import first_passwords, proposals, services, tokens
from lokum.core.access.forms import LinesField
from lokum.core.access.models import (
    ApiToken,
    FirstPassword,
    FormerPassword,
    Grant,
    GrantScope,
    PasswordPolicy,
    Role,
    RoleRight,
    User,
    UserGroup,
)
from lokum.core.access.rights import RIGHTS
from lokum.core.base import clock
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, no_desk, register
from lokum.core.desk.words import LANGUAGES
from lokum.core.organisation.models import Mandate

no_desk(FormerPassword, "hashes only; nothing to look at")


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ChannelForm(forms.Form):
    channel = forms.ChoiceField(
        label=_("Hand out by"), choices=[("email", _("e-mail")), ("sms", _("text message")), ("letter", _("letter"))]
    )
    address = forms.CharField(
        label=_("Address or number"),
        max_length=254,
        required=False,
        help_text=_("Empty: the user's own e-mail address."),
    )


class RightsForm(forms.Form):
    rights = LinesField(
        label=_("Rights, one per line"),
        help_text=_("For example estates.premises:edit, estates.*:view or *:export."),
    )


class MoreRightsForm(RightsForm):
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=3)


class MembersForm(forms.Form):
    members = forms.ModelMultipleChoiceField(
        User.objects.filter(user_class=User.UserClass.STAFF), label=_("Members"), required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=3)


class ScopeForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of place"), choices=GrantScope.Kind.choices)
    codes = LinesField(label=_("Codes, one per line"), help_text=_("An entrance as building/entrance, e.g. B12/I."))
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=3)


class GiveForm(forms.Form):
    role = forms.ModelChoiceField(Role.objects.all(), label=_("Role"))
    user = forms.ModelChoiceField(
        User.objects.filter(user_class=User.UserClass.STAFF), label=_("To the user"), required=False
    )
    group = forms.ModelChoiceField(UserGroup.objects.all(), label=_("Or to the group"), required=False)
    mandate = forms.ModelChoiceField(
        Mandate.objects.all(),
        label=_("Rests on the mandate"),
        required=False,
        help_text=_("The grant ends with the mandate."),
    )
    starts_on = forms.DateField(label=_("From"), initial=clock.today)
    ends_on = forms.DateField(label=_("To"), required=False)
    whole_operator = forms.BooleanField(label=_("Everything"), required=False)
    kind = forms.ChoiceField(label=_("Kind of place"), choices=GrantScope.Kind.choices, required=False)
    codes = LinesField(label=_("Codes, one per line"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=3)


class EndForm(forms.Form):
    last_day = forms.DateField(label=_("Last day"), initial=clock.today)


def _withdraw(pk: int, *, actor: Any) -> ApiToken:
    return tokens.withdraw_token(pk, owner=ApiToken.objects.get(pk=pk).user, actor=actor)


@register
class UserDesk(ModelDesk):
    model = User
    purpose = _(
        "People who sign in: staff, and residents with access to the portal. Add a colleague, then give a role "
        "under Grants."
    )
    section = "settings"
    icon = "user"
    order = 40
    columns = ("username", "display_name", "email", "user_class", "language", "is_active", "ends_on", "last_login")
    default_columns = ("username", "display_name", "email", "user_class", "is_active", "last_login")
    fields = ("username", "display_name", "email", "user_class", "language", "ends_on")
    search = ("username", "display_name", "email")
    filters = ("user_class", "is_active", "ends_on")
    facts = ("username", "email", "user_class")
    words = {"language": LANGUAGES}
    import_key = ("username",)
    deletable = False
    actions = (
        Action("start_access", _("Send a first password"), first_passwords.start_access, icon="key", form=ChannelForm),
        Action(
            "end_sessions",
            _("Sign out everywhere"),
            services.end_all_sessions,
            icon="logout",
            confirm=_("All open sessions of this user end now."),
        ),
        Action(
            "disable",
            _("Disable"),
            services.disable_user,
            icon="user-off",
            form=ReasonForm,
            tone="danger",
            available=lambda user: user.is_active,
        ),
        Action(
            "enable", _("Enable"), services.enable_user, icon="user-check", available=lambda user: not user.is_active
        ),
    )
    tabs = (
        Tab("grants", _("Grants"), child=Grant, lookup="user"),
        Tab("tokens", _("Access tokens"), child=ApiToken, lookup="user"),
    )


@register
class UserGroupDesk(ModelDesk):
    model = UserGroup
    purpose = _("Groups of users that get a role together, such as an office or a department.")
    section = "settings"
    searchable_globally = False
    icon = "users"
    order = 41
    columns = ("name",)
    fields = ("name",)
    search = ("name",)
    import_key = ("name",)
    actions = (
        Action(
            "set_members",
            _("Choose members"),
            proposals.propose_members,
            icon="users",
            form=MembersForm,
            result_url=url_of,
        ),
    )
    tabs = (Tab("grants", _("Grants"), child=Grant, lookup="group"),)


@register
class RoleDesk(ModelDesk):
    model = Role
    purpose = _(
        "Bundles of rights such as accountant or manager. Ready ones exist; make your own where a position needs "
        "other rights."
    )
    section = "settings"
    searchable_globally = False
    icon = "shield"
    order = 42
    columns = ("code", "name", "role_type", "needs_second_factor")
    fields = ("code", "name", "role_type", "needs_second_factor")
    search = ("code", "name")
    filters = ("role_type", "needs_second_factor")
    import_key = ("code",)
    actions = (
        Action(
            "add_rights", _("Add rights"), proposals.propose_rights, icon="plus", form=MoreRightsForm, result_url=url_of
        ),
        Action("remove_rights", _("Take rights away"), services.remove_rights, icon="minus", form=RightsForm),
    )
    tabs = (
        Tab("rights", _("Rights"), child=RoleRight, lookup="role"),
        Tab("grants", _("Grants"), child=Grant, lookup="role"),
    )


@register
class RoleRightDesk(ModelDesk):
    """Shown at the role; changed by its actions, which check every name."""

    model = RoleRight
    section = "settings"
    menu = False
    columns = ("role", "right", "code")
    default_columns = ("role", "right")
    cell = {"code": lambda one: one.right}
    labels = {"code": _("Code")}
    words = {"right": RIGHTS}
    related = ("role",)
    search = ("right",)
    filters = ("role",)
    editable = addable = deletable = importable = searchable_globally = False


@register
class GrantDesk(ModelDesk):
    """Given and ended by actions: nobody gives rights to themselves, or more than they hold."""

    model = Grant
    purpose = _(
        "Who may do what, where and until when: a role given to a person or a group, for the whole operator or "
        "for chosen places."
    )
    section = "settings"
    searchable_globally = False
    icon = "user-shield"
    order = 43
    columns = ("role", "user", "group", "starts_on", "ends_on", "whole_operator", "mandate")
    default_columns = ("role", "user", "group", "starts_on", "ends_on", "whole_operator")
    related = ("role", "user", "group", "mandate")
    search = ("user__display_name", "group__name", "role__name")
    filters = ("role", "starts_on", "ends_on", "whole_operator")
    editable = addable = deletable = importable = False
    actions = (
        Action(
            "give",
            _("Give a role"),
            proposals.propose_role,
            icon="plus",
            form=GiveForm,
            collection=True,
            result_url=url_of,
        ),
        Action(
            "add_scope", _("Add places"), proposals.propose_scope, icon="map-pin", form=ScopeForm, result_url=url_of
        ),
        Action("end", _("End"), services.end_grant, icon="calendar-off", form=EndForm, tone="danger"),
    )
    tabs = (Tab("scopes", _("Data scope"), child=GrantScope, lookup="grant"),)


@register
class GrantScopeDesk(ModelDesk):
    model = GrantScope
    section = "settings"
    menu = False
    columns = ("grant", "kind", "target_id", "target_code")
    related = ("grant__role", "grant__user", "grant__group")
    filters = ("kind",)
    editable = addable = deletable = importable = searchable_globally = False


@register
class PasswordPolicyDesk(ModelDesk):
    model = PasswordPolicy
    purpose = _("How long passwords must be and how many wrong tries are allowed, for staff and for residents.")
    section = "settings"
    icon = "password"
    order = 44
    columns = (
        "user_class", "min_length", "needs_digit", "needs_symbol", "needs_lower", "needs_upper", "history_count",
        "max_age_days",
    )  # fmt: skip
    fields = (
        "user_class", "min_length", "needs_digit", "needs_symbol", "needs_lower", "needs_upper", "history_count",
        "max_age_days", "banned_words",
    )  # fmt: skip
    import_key = ("user_class",)
    searchable_globally = False


@register
class ApiTokenDesk(ModelDesk):
    model = ApiToken
    purpose = _(
        "Keys with which other programs call the interface in the name of a person, never with more rights than "
        "that person has. Everybody makes their own in the menu of their name."
    )
    section = "settings"
    icon = "key"
    order = 46
    columns = ("user", "name", "created_at", "expires_at", "last_used_at", "revoked_at")
    related = ("user",)
    search = ("name", "user__display_name")
    filters = ("user", "expires_at", "revoked_at")
    editable = addable = deletable = importable = searchable_globally = False
    actions = (
        Action(
            "withdraw",
            _("Withdraw"),
            _withdraw,
            icon="ban",
            tone="danger",
            available=lambda token: token.revoked_at is None,
        ),
    )


@register
class FirstPasswordDesk(ModelDesk):
    model = FirstPassword
    purpose = _(
        "First passwords given out, each for one sign-in: to whom, by which way and until when. They are given on "
        "the page of a user or of a person."
    )
    filled_by = "access.user"
    section = "settings"
    icon = "mail-opened"
    order = 45
    columns = ("user", "channel", "state", "made_at", "sent_at", "used_at", "expires_at")
    related = ("user",)
    search = ("user__display_name", "user__username")
    filters = ("state", "channel", "expires_at")
    state = "state"
    tones = {"used": "ok", "sent": "info", "expired": "warn", "made": "muted"}
    editable = addable = deletable = importable = searchable_globally = False
