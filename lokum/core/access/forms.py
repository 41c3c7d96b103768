"""Forms of the user's own pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from lokum.core.access.passwords import policy_sentences, unmet_rules
from lokum.core.access.tokens import LONGEST_DAYS


def _rules_text(user_class: str) -> SafeString:
    rows = format_html_join("", "<li>{}</li>", ((sentence,) for sentence in policy_sentences(user_class)))
    return mark_safe(f"<ul>{rows}</ul>")  # noqa: S308 - rows are escaped above


rules_text = lazy(_rules_text, str)


class OwnPasswordForm(forms.Form):
    """Choose an own password; the rules stand beside the field and every broken one is named."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = rules_text(user.user_class)

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        unmet = unmet_rules(password, self.user)
        if self.user.check_password(password):
            unmet.append(str(_("Choose a password other than the present one")))
        if unmet:
            raise ValidationError([ValidationError(text, code="password_policy") for text in unmet])
        return str(password)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") and data.get("again") is not None and data["password"] != data["again"]:
            self.add_error("again", _("The two passwords differ."))
        return data


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What the token is for."))
    days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=LONGEST_DAYS, initial=90)
    scopes = forms.CharField(
        label=_("Rights, one per line"),
        widget=forms.Textarea(attrs={"rows": 4}),
        initial="*:view",
        help_text=_("For example *:view to read everything you may see. A token never exceeds your own rights."),
    )

    def clean_scopes(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["scopes"].splitlines() if line.strip()]


class LinesField(forms.CharField):
    """One value per line (or separated by commas)."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return [one.strip() for one in str(value or "").replace(",", "\n").splitlines() if one.strip()]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        return None
