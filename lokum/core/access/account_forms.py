"""allauth's password forms with the rules of the user's own class beside the field."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm, SetPasswordForm

from lokum.core.access.forms import rules_text


def _show_rules(form: Any) -> None:
    user_class = getattr(form.user, "user_class", "")
    if user_class:
        form.fields["password1"].help_text = rules_text(user_class)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _show_rules(self)


class SetPassword(SetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _show_rules(self)


class ResetPassword(ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _show_rules(self)
