"""Reports: one declaration each, from which page, chart, sheet, PDF and API call follow.

register_report(Report(code="ageing", title=_("Ageing"), definition=_("..."), ...))
"""
