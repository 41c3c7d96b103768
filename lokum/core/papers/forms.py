"""Questions before a template is written."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity
from lokum.core.papers.seams import template_kinds


class WordsForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(
        label=_("Text"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("An empty line parts paragraphs. Variables stand in braces, for example {payer}."),
    )


class TemplateForm(WordsForm):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    kind = forms.ChoiceField(label=_("Letter"), choices=lambda: [(one.code, one.label) for one in template_kinds()])
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    field_order = ("entity", "kind", "language", "subject", "body")
