"""QR codes for pages: SVG without inline styles, so that the content security policy holds."""

import io

import segno
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def qr_svg(text: str, title: str = "") -> SafeString:
    """The code of `text` as an <svg class="qr"> with a title for screen readers."""
    buffer = io.BytesIO()
    code = segno.make(text, error="l", boost_error=False, micro=False)
    code.save(
        buffer, kind="svg", border=4, xmldecl=False, svgns=True, svgclass="qr", lineclass="qr-dark", omitsize=True
    )
    svg = buffer.getvalue().decode()
    head, mark, rest = svg.partition(">")
    titled = f'{head} role="img"{mark}<title>{escape(title)}</title>{rest}' if title else svg
    return mark_safe(titled)  # noqa: S308 - made of a matrix of modules and an escaped title
