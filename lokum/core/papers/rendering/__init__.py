"""Papers: plain data in, PDF bytes out.

    pdf = render_notice(NoticePaper(...))

Layouts are typst sources under `templates/<name>/<version>/`; a version never changes once a document was issued
with it. Words are translated and figures formatted before they reach the layout, which only places them.
"""

from lokum.core.papers.rendering.long_letters import PaymentFormPaper, render_long_letter, render_payment_form
from lokum.core.papers.rendering.paper import (
    Letterhead,
    LetterPaper,
    NoticeLine,
    NoticePaper,
    PostalAddress,
    StatementPaper,
    StatementRow,
    TransferDetails,
)
from lokum.core.papers.rendering.papers import render_letter, render_notice, render_statement
from lokum.core.papers.rendering.process import RenderProblem

__all__ = [
    "LetterPaper",
    "Letterhead",
    "NoticeLine",
    "NoticePaper",
    "PaymentFormPaper",
    "PostalAddress",
    "RenderProblem",
    "StatementPaper",
    "StatementRow",
    "TransferDetails",
    "render_letter",
    "render_long_letter",
    "render_notice",
    "render_payment_form",
    "render_statement",
]
