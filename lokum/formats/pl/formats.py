"""Formats of dates and numbers; ISO dates are read in every language, beside the form that is shown."""

DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d.%m.%Y"]
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y H:i"
