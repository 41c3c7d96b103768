"""Words for the purposes of consents; the app that asks for one names it."""

from lokum.core.desk.words import Words

CONSENT_PURPOSES = Words({})
