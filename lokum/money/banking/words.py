"""Forms and encodings of bank files, as banks name them."""

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.words import Words

FILE_FORMATS = Words(
    {
        "mt940": _("MT940 statement"),
        "mt942": _("MT942 interim report"),
        "camt.053": _("camt.053 statement"),
        "camt.054": _("camt.054 notification"),
        "elixir-0": _("Elixir-0 list"),
        "csv": _("table (CSV)"),
    }
)

ENCODINGS = Words(
    {
        "utf-8": "UTF-8",
        "cp1250": "Windows-1250",
        "iso-8859-2": "ISO 8859-2",
        "cp852": "CP 852",
        "xml": _("as stated in the XML file"),
    }
)
