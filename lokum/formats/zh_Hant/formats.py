"""Formats of dates and numbers; ISO dates are read in every language, beside the form that is shown."""

DATE_INPUT_FORMATS = ["%Y-%m-%d", "%Y年%m月%d日"]
