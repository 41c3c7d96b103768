"""The filter for names and notes that hold days and amounts: `{{ record|local }}`."""

from django import template

from lokum.core.base.wording import local_text

register = template.Library()


@register.filter
def local(value: object) -> str:
    """Days, months and amounts within a text, as the reader writes them; nothing for nothing."""
    return local_text(value) if value not in (None, "") else ""
