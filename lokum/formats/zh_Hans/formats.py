"""Formats of dates and numbers; ISO dates are read in every language."""

DATE_INPUT_FORMATS = ["%Y-%m-%d"]
