"""Copies of papers for the joint payers of an account: one debt, one document, an own addressed copy each."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.papers.copies import NewCopy, issue_copies
from lokum.core.papers.models import IssuedDocument
from lokum.money.ledger.addressees import Addressee, joint_addressees

Copies = list[tuple[Addressee, IssuedDocument]]


def copy_letters(
    documents: Sequence[IssuedDocument], write: Callable[[IssuedDocument, Addressee], dict[str, Any]]
) -> Copies:
    """Letters written anew for each joint payer, in the own language; `write` gives the data of such a letter."""
    pairs = _pairs(documents)
    return _issued(pairs, [NewCopy(one, write(one, reader), reader.party_id, reader.language) for one, reader in pairs])


def copy_invoices(documents: Sequence[IssuedDocument]) -> Copies:
    """Marked copies of tax invoices: same number, buyer, words and figures, so that one supply never has two."""
    pairs = _pairs(documents)
    copies = []
    for one, reader in pairs:
        with override(one.language):
            mark = _("Copy for the joint payer %(name)s") % {"name": reader.name}
        data = {"payer": reader.payer, "subject": [mark, *one.data["subject"]]}
        copies.append(NewCopy(one, data, reader.party_id, one.language, same_number=True))
    return _issued(pairs, copies)


def _pairs(documents: Sequence[IssuedDocument]) -> list[tuple[IssuedDocument, Addressee]]:
    readers = joint_addressees({one.account_key for one in documents if one.account_key is not None})
    return [(one, reader) for one in documents for reader in readers.get(one.account_key or 0, ())]


def _issued(pairs: Sequence[tuple[IssuedDocument, Addressee]], copies: Sequence[NewCopy]) -> Copies:
    return list(zip((reader for _document, reader in pairs), issue_copies(copies), strict=True))
