"""Smaller portfolios beside the cooperative, as plain data: a municipal house, a community in Taiwan, one in China.

Everything goes through the services a person would use: generator, titles, tariffs, month runs, bank files. Prices are
round figures of the kind that such houses publish; people, streets and banks are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Fee:
    """A component with the price it has from the first month on; `kinds` of premises carry it.

    formula: instead of price x basis. Without kinds nobody carries it: its price is read by formulas of others.
    """

    code: str
    kind: str
    basis: str
    names: tuple[str, str, str, str]  # English, Polish, Chinese traditional, Chinese simplified
    price: str  # empty: the formula alone says it
    kinds: tuple[str, ...] = ("dwelling",)
    vat: str = "exempt"
    decimals: int = 2
    source: str = ""
    formula: str = ""


@dataclass(frozen=True)
class Portfolio:
    """One legal person with one estate of a few houses."""

    code: str
    name: str
    short_name: str
    kind: str  # Entity.Kind
    pack: str
    country: str
    currency: str
    time_zone: str
    language: str  # of its people
    title_kind: str
    street: str
    city: str
    postal_code: str
    tax_number: str
    bank_account: str
    bank_name: str
    pool: tuple[str, str] | None  # sort code and mask of its own numbers
    due_day: int
    building_count: int
    levels: tuple[int, int]
    skipped_levels: frozenset[int]
    positions: tuple[Mapping[str, str], ...]  # facts of the places on a storey
    number_mask: str
    last_names: tuple[str, ...]
    first_names: tuple[str, ...]
    transfer_title: str  # {premises}, {month}
    fees: tuple[Fee, ...]
    interest: str  # code of the regime of interest for delay
    parking: int = 0  # spaces on the lowest storey
    facts: Mapping[str, Decimal] = field(default_factory=dict)


# As a program in use publishes it (poland.md 1.4): up to 27 m2 a person by area, above that by persons.
WASTE = (
    'if has_own_rate("ODP-W") then rate("ODP-W") elif persons < 1 then 0 '
    'elif usable_area / persons <= 27 then usable_area * rate("ODP-M") else persons * rate("ODP-O")'
)

MUNICIPAL = Portfolio(
    code="MZB", name="Miejski Zarząd Budynków w Lipogórze sp. z o.o.", short_name="MZB Lipogora", kind="municipal",
    pack="pl", country="PL", currency="PLN", time_zone="Europe/Warsaw", language="pl", title_kind="municipal_lease",
    street="ul. Ratuszowa", city="Lipogóra", postal_code="99-900", tax_number="",
    bank_account="", bank_name="Bank Lipowy S.A. (zmyślony)", pool=("99900009", "12340003"), due_day=10,
    building_count=1, levels=(0, 3), skipped_levels=frozenset(),
    positions=(
        {"usable_area": "38.40", "persons": "2"}, {"usable_area": "47.25", "persons": "3"},
        {"usable_area": "29.80", "persons": "1"},
    ),
    number_mask="{n}",
    last_names=("Bąk", "Cebula", "Duda", "Gajda", "Kmiecik", "Mazur", "Nawrot", "Pietrzak", "Ruta", "Sowa",
                "Wrzos", "Żyto"),
    first_names=("Adela", "Bruno", "Cyryl", "Dobrosława", "Emil", "Felicja"),
    transfer_title="Czynsz {month} lokal {premises}",
    fees=(
        Fee("CZYNSZ", "rent", "usable_area", ("Rent", "Czynsz najmu", "租金", "租金"), "9.80"),
        Fee("ODP-W", "waste", "amount",
            ("Waste, individual rate", "Odpady, stawka indywidualna", "垃圾費個別費率", "垃圾费个别费率"), "",
            kinds=()),
        Fee("ODP-M", "waste", "usable_area",
            ("Waste, rate per square metre", "Odpady, stawka za metr", "垃圾費每平方公尺費率", "垃圾费每平方米费率"),
            "1.05", kinds=()),
        Fee("ODP-O", "waste", "persons",
            ("Waste, rate per person", "Odpady, stawka za osobę", "垃圾費每人費率", "垃圾费每人费率"), "39.00",
            kinds=()),
        Fee("ODPADY", "waste", "amount", ("Waste collection", "Odbiór odpadów", "垃圾清運費", "垃圾清运费"), "",
            formula=WASTE),
    ),
    interest="pl-statutory",
)  # fmt: skip

TAIWAN = Portfolio(
    code="CUIHU", name="翠湖名邸公寓大廈管理委員會", short_name="翠湖名邸管委會", kind="community",
    pack="tw", country="TW", currency="TWD", time_zone="Asia/Taipei", language="zh-hant", title_kind="ownership",
    street="湖濱路", city="翠湖市", postal_code="99901", tax_number="12345675",
    bank_account="9990123456789", bank_name="翠湖銀行（虛構）", pool=("99901", ""), due_day=15,
    building_count=1, levels=(1, 7), skipped_levels=frozenset({4}),
    positions=(
        {"usable_area": "84.00", "persons": "3"}, {"usable_area": "102.50", "persons": "4"},
        {"usable_area": "66.10", "persons": "2"}, {"usable_area": "118.75", "persons": "4"},
    ),
    number_mask="{storey}-{position}",
    last_names=("陳", "林", "黃", "張", "李", "王", "吳", "劉", "蔡", "楊", "許", "鄭", "謝", "郭"),
    first_names=("冠宇", "怡君", "志豪", "雅婷", "家瑋", "淑芬", "柏翰", "佳蓉", "承恩", "詩涵"),
    transfer_title="{premises} {month} 管理費",
    fees=(
        Fee("GLF", "service", "amount",
            ("Management fee", "Opłata zarządcza", "管理費", "管理费"), "80.00", decimals=0,
            source="每坪 80 元；1 坪 = 400/121 平方公尺", formula="rate * (usable_area * 121 / 400 / 1 m2)"),
        Fee("GGJJ", "fund", "usable_area",
            ("Public fund", "Fundusz wspólny", "公共基金", "公共基金"), "3.00", decimals=0),
        Fee("QJF", "parking", "unit",
            ("Parking cleaning fee", "Sprzątanie miejsca postojowego", "停車位清潔費", "停车位清洁费"),
            "300.00", kinds=("parking_space",), decimals=0),
    ),
    interest="tw-agreed-10",
    parking=8,
)  # fmt: skip

MAINLAND = Portfolio(
    code="JXHY", name="锦绣花园物业服务中心", short_name="锦绣花园物业", kind="company",
    pack="cn", country="CN", currency="CNY", time_zone="Asia/Shanghai", language="zh-hans", title_kind="ownership",
    street="锦绣路", city="锦绣市", postal_code="999000", tax_number="",
    bank_account="6229990001234567", bank_name="锦绣银行（虚构）", pool=None, due_day=20,
    building_count=2, levels=(1, 6), skipped_levels=frozenset({4}),
    positions=(
        {"usable_area": "64.50", "persons": "2"}, {"usable_area": "89.30", "persons": "3"},
        {"usable_area": "112.00", "persons": "4"},
    ),
    number_mask="{storey}{position:2}",
    last_names=("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱"),
    first_names=("伟", "秀英", "建国", "丽", "强", "敏", "静", "军", "洋", "艳"),
    transfer_title="{premises} {month} 物业费",
    fees=(
        Fee("WYF", "service", "usable_area", ("Property fee", "Opłata zarządcza", "物業費", "物业费"), "2.30"),
        Fee("LJF", "waste", "unit", ("Waste collection", "Wywóz odpadów", "垃圾清運費", "垃圾清运费"), "12.00"),
    ),
    interest="cn-daily-05",
)  # fmt: skip

PORTFOLIOS = (MUNICIPAL, TAIWAN, MAINLAND)
