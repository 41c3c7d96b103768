"""Virtual account numbers, the transfer code, VAT kinds and word lists."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lokum.core.base.identifier import InvalidIdentifier
from lokum.money.banking.formats.account_number import is_nrb
from lokum.packs.cn import vocabulary as cn
from lokum.packs.pl import vocabulary as pl
from lokum.packs.pl.accounts import AccountPool, PoolExhausted, matches_mask
from lokum.packs.pl.transfer_code import transfer_code
from lokum.packs.pl.vat import vat_kind
from lokum.packs.tw import vocabulary as tw


@pytest.mark.req("PAY-01")
def test_published_virtual_account() -> None:
    pool = AccountPool("11112222", "0007")
    assert pool.number(4322) == "82111122220007000000004322"
    assert pool.number(4321) == "12111122220007000000004321"
    parsed = pool.parse("PL 82 1111 2222 0007 0000 0000 4322")
    assert parsed is not None
    assert (parsed.identifier, parsed.property_code) == (4322, "")


@pytest.mark.req("PAY-01")
@given(st.from_regex(r"\A[0-9]{4,8}\Z"), st.integers(0, 4), st.data())
def test_number_and_parts_round_trip(mask: str, property_digits: int, data: st.DataObject) -> None:
    pool = AccountPool("11112222", mask, property_digits)
    identifier = data.draw(st.integers(1, pool.capacity))
    code = "7" if property_digits else ""
    number = pool.number(identifier, code)
    parsed = pool.parse(number)
    assert is_nrb(number)
    assert len(number) == 26
    assert parsed is not None
    assert (parsed.identifier, parsed.property_code) == (
        identifier,
        code.zfill(property_digits) if code else "",
    )


@pytest.mark.req("PAY-01")
def test_pool_ends() -> None:
    pool = AccountPool("11112222", "12345678", 5)
    assert (pool.identifier_digits, pool.capacity, pool.left(990)) == (3, 999, 9)
    assert pool.parse(pool.number(999, "12")) is not None
    with pytest.raises(PoolExhausted):
        pool.number(1000, "12")
    assert pool.parse("82111122220007000000004322") is None
    with pytest.raises(ValueError, match="mask"):
        AccountPool("11112222", "123")
    with pytest.raises(ValueError, match="count from 1"):
        pool.number(0)


def test_masks_of_allowed_accounts() -> None:
    number = "12111122220007000000004321"
    assert matches_mask(number, "__111122220007")
    assert not matches_mask(number, "__111122220008")
    assert not matches_mask("13111122220007000000004321", "__111122220007")
    with pytest.raises(ValueError, match="mask"):
        matches_mask(number, "x")


@pytest.mark.req("PAY-01")
def test_published_transfer_codes(shared_data: Path) -> None:
    examples = json.loads((shared_data / "poland" / "qr" / "zbp2d_examples.json").read_text())
    for published in examples["published"]:
        nip, _country, nrb, grosze, name, title, *_reserves = published.split("|")
        amount = Decimal(grosze) / 100 if int(grosze) else None
        assert transfer_code(nrb=nrb, amount=amount, name=name, title=title, nip=nip) == published
    for example in examples["illustrative"]:
        fields = {key: example[key] for key in ("nip", "nrb", "name", "title")}
        assert transfer_code(amount=Decimal(example["amount"]), **fields) == example["string"]


def test_transfer_code_rules() -> None:
    nrb = "92124012340001567890123456"
    code = transfer_code(nrb=nrb, amount=Decimal("12345.67"), name="A|B" * 10, title="x " * 20)
    fields = code.split("|")
    assert fields[3] == "1234567"
    assert fields[4] == ("AB" * 10)[:20]
    assert fields[5] == ("x " * 16).rstrip()
    assert len(fields) == 9
    assert transfer_code(nrb=nrb, amount=None, name="A", title="B").split("|")[3] == "000000"
    with pytest.raises(ValueError, match="grosze"):
        transfer_code(nrb=nrb, amount=Decimal("0.005"), name="A", title="B")
    with pytest.raises(InvalidIdentifier):
        transfer_code(nrb=nrb[:-1] + "0", amount=None, name="A", title="B")
    with pytest.raises(ValueError, match="ten digits"):
        transfer_code(nrb=nrb, amount=None, name="A", title="B", nip="123")


@pytest.mark.req("PLT-05")
def test_vat_by_day() -> None:
    assert vat_kind("standard", date(2010, 12, 31)).percent == 22
    assert vat_kind("standard", date(2011, 1, 1)).percent == 23
    assert vat_kind("exempt", date(2026, 1, 1)).percent is None
    with pytest.raises(LookupError):
        vat_kind("super_reduced", date(2010, 1, 1))


@pytest.mark.req("PLT-05")
def test_every_pack_has_the_same_four_word_lists() -> None:
    for module in (pl, tw, cn):
        codes = [item.code for item in module.VOCABULARIES]
        assert codes == ["entity_kind", "title_kind", "premises_kind", "component_class"]
        for item in module.VOCABULARIES:
            assert all(str(label) for _code, label in item.choices())
    assert pl.TITLE_KINDS.term("coop_ownership").code == "coop_ownership"
    with pytest.raises(LookupError):
        pl.TITLE_KINDS.term("nothing")
    before = [code for code, _label in pl.ENTITY_KINDS.choices(date(2020, 1, 1))]
    assert "social_housing_initiative" not in before
