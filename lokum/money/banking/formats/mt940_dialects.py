"""The free text of ``:86:``: which part is the payer, the title, the account?

Two families. Banks of the mBank type write plain text with keys (``OD:``, ``TYT.:``); the others split the
text into numbered subfields behind a separator sign: ``~NN`` (PKO, ING), ``^NN`` (Pekao, Nest), ``<NN``
(Nest, BNP and others), ``?NN`` (the German original). Where a bank puts the virtual account is a setting of
its profile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from .account_number import TAIL_LENGTH, account_key, find_nrbs, is_nrb, nrb_check_digits

_SUBFIELDS = re.compile(r"\s*(?:[0-9]{3}\s*)?([~^<?|!;])([0-9]{2})")
# Numbers in use; a separator followed by another number is part of a text ("10 ?99").
_KNOWN = frozenset(
    [f"{n:02d}" for n in range(30)]
    + ["30", "31", "32", "33", "34", "38", "51", "52", "60", "61", "62", "63", "64", "65"]
)
_TITLE_WIDTH = 27
# Names and addresses may have lost the blanks at the end of a full line.
_PARTY_WIDTH = 24
_SUBFIELD_FORM = "subfields "
_PLAIN_START = re.compile(r"\s*[0-9]{3} [^;]*;|.*\bTYT\.:", re.DOTALL)
_PLAIN_KEY = re.compile(r"(?:^|;)\s*(ID IPH|Z RACH\.|NA RACH\.|OD|DLA|TYT\.|TNR):\s?")
_BLANKS = re.compile(r"[\s\x00-\x1f]+")
_IPH = re.compile(r"(?:XX)?([0-9]{12})$")


@dataclass(frozen=True)
class Details:
    """What ``:86:`` says. ``unclear`` names what could not be read, as codes."""

    dialect: str
    counter_account: str = ""
    name: str = ""
    address: str = ""
    title: str = ""
    reference: str = ""
    operation: str = ""
    virtual_account: str | None = None
    virtual_tail: str | None = None
    mentioned: tuple[str, ...] = ()
    unclear: tuple[str, ...] = field(default=())


def read_details(
    text: str, *, own_account: str, look_for_virtual: bool, virtual_subfield: str | None = None
) -> Details:
    """``text`` is ``:86:`` with its lines joined. Never fails: an unknown form becomes the title as it
    stands.
    """
    match = _SUBFIELDS.match(text)
    if match and match.group(2) in _KNOWN:
        details = _read_subfields(text, match.group(1), own_account, look_for_virtual, virtual_subfield)
    elif _PLAIN_START.match(text) and _PLAIN_KEY.search(text):
        details = _read_plain(text)
    else:
        details = Details("text", title=_squeeze(text))
    texts = [text]
    if details.dialect.startswith(_SUBFIELD_FORM):
        # Each subfield by itself: its number would lengthen the digits. The title also as a whole.
        texts = [*split_subfields(text, details.dialect[-1]).values(), details.title]
    found = {number for part in texts for number in find_nrbs(part)} - {details.counter_account, own_account}
    if found:
        details = replace(details, mentioned=tuple(sorted(found)))
    if look_for_virtual and not (details.virtual_account or details.virtual_tail):
        return _with_virtual(details)
    return details


def _read_plain(text: str) -> Details:
    """``911 TRANSAKCJA COLLECT; ID IPH: ..; Z RACH.: ..; OD: NAME  ADDRESS; TYT.: ..; TNR: ..``

    The title belongs to the payer, who may write anything in it: it reaches from the first ``TYT.:`` to the
    last ``TNR:``, and the other keys count only before it.
    """
    title_at = next((match for match in _PLAIN_KEY.finditer(text) if match.group(1) == "TYT."), None)
    head, tail = (text, "") if title_at is None else (text[: title_at.start()], text[title_at.end() :])
    title, reference = tail, ""
    trailers = [match for match in _PLAIN_KEY.finditer(tail) if match.group(1) == "TNR"]
    if trailers:
        title, reference = tail[: trailers[-1].start()], tail[trailers[-1].end() :]
    values: dict[str, str] = {}
    keys = list(_PLAIN_KEY.finditer(head))
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        end = following.start() if following else len(head)
        values.setdefault(key.group(1), head[key.end() : end])
    party = (values.get("OD") or values.get("DLA") or "").strip().rstrip(";")
    name, _blanks, address = party.partition("  ")
    iph = _IPH.search(re.sub(r"\s", "", values.get("ID IPH", "")))
    unclear = ("virtual_account_unreadable",) if "ID IPH" in values and not iph else ()
    return Details(
        "plain",
        counter_account=account_key(values.get("Z RACH.") or values.get("NA RACH.") or ""),
        name=_squeeze(name),
        address=_squeeze(address),
        title=(_squeeze(title) if title_at else "") or _squeeze(text.partition(";")[0]),
        reference=_squeeze(reference or values.get("TNR", "")),
        operation=_squeeze(text.partition(";")[0]),
        virtual_tail=iph.group(1)[-TAIL_LENGTH:] if iph else None,
        unclear=unclear,
    )


def _read_subfields(
    text: str, sign: str, own_account: str, look_for_virtual: bool, virtual_subfield: str | None
) -> Details:
    fields = split_subfields(text, sign)
    tag_form = sign == "<"
    title_keys = [f"{n}" for n in range(20, 27 if tag_form else 30)]
    virtual: str | None = None
    if virtual_subfield and look_for_virtual:
        stated = account_key(fields.get(virtual_subfield, "").strip())
        virtual = stated if is_nrb(stated) else None
    titles = [fields[key] for key in title_keys if key in fields]
    # A subfield that is nothing but an account number is not a part of what the payer wrote.
    titles = [part for part in titles if not is_nrb(account_key(part))]
    names = ("27", "28") if tag_form else ("32", "33")
    addresses = ("29", "60") if tag_form else ("62", "63")
    reference = fields.get("63", "").strip() if tag_form else ""
    return Details(
        _SUBFIELD_FORM + sign,
        counter_account=_counter_account(fields, own_account),
        name=_squeeze(_flow([fields[key] for key in names if key in fields], _PARTY_WIDTH)),
        address=_squeeze(_flow([fields[key] for key in addresses if key in fields], _PARTY_WIDTH)),
        title=_squeeze(_flow(titles, _TITLE_WIDTH)).strip('"').strip() or _squeeze(fields.get("00", "")),
        operation=_squeeze(fields.get("00", "")),
        reference=reference[3:] if reference.startswith("REF") else reference,
        virtual_account=virtual,
        unclear=("virtual_account_unreadable",)
        if virtual_subfield and look_for_virtual and virtual_subfield in fields and not virtual
        else (),
    )


def split_subfields(text: str, sign: str) -> dict[str, str]:
    """Number of the subfield -> its text, untrimmed; a repeated number continues the earlier one."""
    parts: dict[str, list[str]] = {}
    pieces = re.split(f"{re.escape(sign)}([0-9]{{2}})", text)
    key = ""
    for number, content in zip(pieces[1::2], pieces[2::2], strict=True):
        if number in _KNOWN:
            key = number
            parts.setdefault(key, []).append(content)
        else:
            parts.setdefault(key, []).append(sign + number + content)
    return {number: "".join(contents) for number, contents in parts.items()}


def _counter_account(fields: dict[str, str], own_account: str) -> str:
    whole = account_key(fields.get("38", ""))
    if whole and whole != own_account:
        return whole
    sort_code, number = fields.get("30", "").strip(), fields.get("31", "").strip()
    if len(sort_code) == 8 and len(number) == 16 and (sort_code + number).isascii() and (sort_code + number).isdigit():
        return nrb_check_digits(sort_code + number) + sort_code + number
    return account_key(number)


def _with_virtual(details: Details) -> Details:
    """Any valid number that is neither the payer's nor the account itself; two of them are nobody's."""
    if len(details.mentioned) == 1:
        return replace(details, virtual_account=details.mentioned[0])
    if details.mentioned:
        return replace(details, unclear=(*details.unclear, "virtual_account_ambiguous"))
    return details


def _flow(parts: list[str], width: int) -> str:
    """Parts of one text: a full line was cut anywhere and goes on without a blank, a shorter one ended by
    itself.
    """
    text = ""
    for position, part in enumerate(parts):
        if position and part.strip() and len(parts[position - 1]) < width and not text.endswith(" "):
            text += " "
        text += part
    return text


def _squeeze(text: str) -> str:
    if text.isprintable():  # a blank is the only printable white space, so nothing else has to be looked for
        return " ".join(text.split()) if "  " in text else text.strip()
    return _BLANKS.sub(" ", text).strip()
