"""Interest regimes of Polish law, with the rates of `interest_rates`."""

from lokum.money.interest.seams import PublishedRate, PublishedRegime
from lokum.packs.pl.interest_rates import COMMERCIAL, COMMERCIAL_HEALTHCARE, STATUTORY, load_table


def _rates(kind: str) -> tuple[PublishedRate, ...]:
    return tuple(PublishedRate(one.valid_from, one.annual_percent, one.act) for one in load_table(kind).rates)


def regimes() -> tuple[PublishedRegime, ...]:
    return (
        PublishedRegime(
            code="pl-statutory",
            country="PL",
            kind="statutory",
            name="Statutory interest for delay",
            names={"pl": "Odsetki ustawowe za opóźnienie", "zh-hant": "法定遲延利息", "zh-hans": "法定迟延利息"},
            basis="art. 481 KC",
            rates=_rates(STATUTORY),
        ),
        PublishedRegime(
            code="pl-commercial",
            country="PL",
            kind="commercial",
            name="Interest for delay in commercial transactions",
            names={
                "pl": "Odsetki za opóźnienie w transakcjach handlowych",
                "zh-hant": "商業交易遲延利息",
                "zh-hans": "商业交易迟延利息",
            },
            basis="ustawa z 8.03.2013 o przeciwdziałaniu nadmiernym opóźnieniom",
            rates=_rates(COMMERCIAL),
        ),
        PublishedRegime(
            code="pl-commercial-health",
            country="PL",
            kind="commercial",
            name="Commercial transactions, public healthcare body as debtor",
            names={
                "pl": "Transakcje handlowe, dłużnik będący podmiotem leczniczym",
                "zh-hant": "商業交易遲延利息（公立醫療機構）",
                "zh-hans": "商业交易迟延利息（公立医疗机构）",
            },
            basis="ustawa z 8.03.2013 o przeciwdziałaniu nadmiernym opóźnieniom",
            rates=_rates(COMMERCIAL_HEALTHCARE),
        ),
        PublishedRegime(
            code="pl-contractual",
            country="PL",
            kind="contractual",
            name="Contractual interest for delay, at the legal maximum",
            names={
                "pl": "Odsetki umowne za opóźnienie (maksymalne)",
                "zh-hant": "約定遲延利息（法定上限）",
                "zh-hans": "约定迟延利息（法定上限）",
            },
            basis="art. 481 § 2¹ KC",
            # No contract asks for more than this; the legal maximum, twice the statutory rate, limits it.
            rates=(
                PublishedRate(
                    load_table(STATUTORY).rates[0].valid_from, 2 * load_table(STATUTORY).rates[0].annual_percent
                ),
            ),
            limit="pl-statutory",
        ),
    )
