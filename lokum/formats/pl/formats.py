"""Formats of dates and numbers; ISO dates are read in every language."""

DATE_INPUT_FORMATS = ["%Y-%m-%d"]
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y H:i"
