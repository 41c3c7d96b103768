"""Areas of work: the first level of the menu."""

from typing import Any

from django.utils.translation import gettext_lazy as _

LABELS: dict[str, tuple[Any, str]] = {
    "premises": (_("Premises"), "building-community"),
    "people": (_("People"), "users"),
    "charges": (_("Charges"), "receipt"),
    "ledger": (_("Ledger"), "book"),
    "money": (_("Money"), "cash"),
    "meters": (_("Meters"), "gauge"),
    "service": (_("Service"), "tool"),
    "community": (_("Community"), "speakerphone"),
    "office": (_("Office"), "briefcase"),
    "settings": (_("Settings"), "settings"),
}
