"""Users (sign-ins), roles, rights, dated grants with data scopes, and access tokens."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Mandate


class LowerEmailField(models.EmailField):
    """An address kept in lower case, so that one address is one sign-in however it is typed."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.lower() if isinstance(value, str) else value


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A sign-in. What it may do comes from grants (staff) or from dated relations of its party (portal)."""

    class UserClass(models.TextChoices):
        STAFF = "staff", _("Staff")
        RESIDENT = "resident", _("Resident")

    scope_path = {"user": "pk"}

    username = models.CharField(_("sign-in name"), max_length=60, unique=True)
    email = LowerEmailField(_("e-mail"), blank=True)
    display_name = models.CharField(_("name"), max_length=150)
    user_class = models.CharField(_("kind of user"), max_length=10, choices=UserClass.choices)
    language = models.CharField(_("language"), max_length=10, default="pl")
    is_active = models.BooleanField(_("active"), default=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    must_change_password = models.BooleanField(_("must choose an own password"), default=False, editable=False)
    password_changed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("username",)
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_name_once"),
            models.UniqueConstraint(Lower("email"), name="user_email_once", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_staff_user(self) -> bool:
        return self.user_class == self.UserClass.STAFF

    # Scopes of the token the user came with in this request; None = came by signing in. Never stored.
    token_scopes: tuple[str, ...] | None = None


class UserGroup(Record):
    """Users who receive grants together."""

    scope_open = True

    name = models.CharField(_("name"), max_length=100, unique=True)
    members = models.ManyToManyField(User, related_name="user_groups", blank=True, verbose_name=_("members"))

    class Meta:
        verbose_name = _("user group")
        verbose_name_plural = _("user groups")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Role(Record):
    """A named set of rights `app.model:action`. `role_type` names the ready set it started from."""

    class RoleType(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Administrator")
        MANAGER = "manager", _("Manager")
        ACCOUNTANT = "accountant", _("Accountant")
        CASHIER = "cashier", _("Cashier")
        VIEWER = "viewer", _("Viewer")
        BOARD = "board", _("Board member")
        AUDITOR = "auditor", _("Auditor")
        INTERFACE = "interface", _("Interface")

    scope_open = True

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    role_type = models.CharField(_("role type"), max_length=15, choices=RoleType.choices, default=RoleType.VIEWER)
    needs_second_factor = models.BooleanField(_("second factor required"), default=False)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """Ready roles are kept by their English name and read in the reader's language; others as they were named."""
        return gettext(self.name)


class RoleRight(models.Model):
    """One right of a role: `right` = "app.model:action"; "*" stands for all models or all actions."""

    scope_open = True

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="rights", verbose_name=_("role"))
    right = models.CharField(_("right"), max_length=120)

    class Meta:
        verbose_name = _("right")
        verbose_name_plural = _("rights")
        ordering = ("right",)
        constraints = [models.UniqueConstraint(fields=["role", "right"], name="role_right_once")]

    def __str__(self) -> str:
        return self.right


class Grant(Record):
    """A role given to a user or group for a time and a data scope; it ends with the mandate it rests on."""

    scope_open = True

    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants", verbose_name=_("role"))
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("user")
    )
    group = models.ForeignKey(
        UserGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
        verbose_name=_("group"),
    )
    mandate = models.ForeignKey(
        Mandate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
        verbose_name=_("mandate"),
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    whole_operator = models.BooleanField(_("everything"), default=False)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, group__isnull=True) | Q(user__isnull=True, group__isnull=False),
                name="grant_to_user_or_group",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} → {self.user or self.group}"


class GrantScope(models.Model):
    """One piece of a grant's data scope: a node with all below it, or a named estate, building, entrance, ..."""

    class Kind(models.TextChoices):
        NODE = "node", _("Node and everything below")
        ESTATE = "estate", _("Estate")
        BUILDING = "building", _("Building")
        ENTRANCE = "entrance", _("Entrance")
        GROUP = "group", _("District or group of premises")
        COMPONENT_CLASS = "component_class", _("Charge class")

    scope_open = True

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="scopes", verbose_name=_("grant"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    # Ids of registers above this layer (estates, buildings, entrances) and of nodes; classes by code.
    target_id = models.BigIntegerField(_("object"), null=True, blank=True)
    target_code = models.CharField(_("code"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("data scope")
        verbose_name_plural = _("data scopes")
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "kind", "target_id", "target_code"],
                name="grant_scope_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target_id or self.target_code}"


class PasswordPolicy(Record):
    """Password rules of one class of users; the switches some operators ask for are off by default."""

    scope_open = True

    user_class = models.CharField(_("kind of user"), max_length=10, choices=User.UserClass.choices, unique=True)
    min_length = models.PositiveSmallIntegerField(_("minimum length"))
    needs_digit = models.BooleanField(_("needs a digit"), default=False)
    needs_symbol = models.BooleanField(_("needs a symbol"), default=False)
    needs_lower = models.BooleanField(_("needs a lower-case letter"), default=False)
    needs_upper = models.BooleanField(_("needs an upper-case letter"), default=False)
    history_count = models.PositiveSmallIntegerField(_("former passwords that may not return"), default=0)
    max_age_days = models.PositiveSmallIntegerField(_("days until a new one is due (0 = never)"), default=0)
    banned_words = models.TextField(_("banned words, one per line"), blank=True)

    class Meta:
        verbose_name = _("password policy")
        verbose_name_plural = _("password policies")

    def __str__(self) -> str:
        return self.get_user_class_display()


class FormerPassword(models.Model):
    """Hash of a password a user had before."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=128)
    retired_at = models.DateTimeField()

    class Meta:
        verbose_name = _("former password")

    def __str__(self) -> str:
        return str(self.retired_at)


class FirstPassword(models.Model):
    """A first password handed out once: stored only as hash, works once, expires."""

    class State(models.TextChoices):
        MADE = "made", _("made")
        SENT = "sent", _("sent")
        USED = "used", _("used")
        EXPIRED = "expired", _("expired")

    class Channel(models.TextChoices):
        LETTER = "letter", _("letter")
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("text message")

    scope_path = {"user": "user_id"}

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="first_password", verbose_name=_("user"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.MADE)
    made_at = models.DateTimeField(_("made at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    used_at = models.DateTimeField(_("used at"), null=True)
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("first password")
        verbose_name_plural = _("first passwords")

    def __str__(self) -> str:
        return f"{self.user} {self.state}"


class ApiToken(models.Model):
    """A personal token: only its hash is kept; `scopes` narrow the owner's rights further, never widen them."""

    scope_path = {"user": "user_id"}

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=80)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, editable=False)

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")

    def __str__(self) -> str:
        return self.name
