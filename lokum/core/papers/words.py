"""Words for the kinds of issued documents; the app that issues a kind names it."""

from lokum.core.desk.words import Words

DOCUMENT_KINDS = Words({})
