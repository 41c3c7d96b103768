"""What the demonstration cooperative charges: components with prices that cooperatives publish.

Every figure is a published one, carried over with its source. From the first to the last price of a component the
months are the demonstration's own (`since`: months after the first month charged; 0 = from the beginning on).
"""

from dataclasses import dataclass, field

RADYMNO = "sm-radymno.pl/oplaty (2024-01-01)"
SZARE = "szaredomy.pl/oplaty-2 (2023)"
SULECHOW = "msmsulechow.pl/oplaty.html (2019-09-01)"
ZGIERZ = "zsm.zgierz.com.pl (2017-01-01)"
ILAWA = "smp.ilawa.pl"


@dataclass(frozen=True)
class Price:
    """One dated price. title: "", coop, freehold; membership: "", member, other; buildings: every, odd, even."""

    value: str
    source: str
    since: int = 0
    title: str = ""
    membership: str = ""
    buildings: str = "every"


@dataclass(frozen=True)
class PricedComponent:
    """`payers` names the group of premises that carry the component (see `plan.Unit.groups`)."""

    code: str
    kind: str
    basis: str
    payers: str
    names: tuple[str, str, str, str]  # English, Polish, Chinese traditional, Chinese simplified
    prices: tuple[Price, ...]
    billing: str = "final"
    vat: str = "exempt"
    fund: str = "running"
    extra: dict[str, str] = field(default_factory=dict)


COOPERATIVE = (
    PricedComponent(
        "EKSPL", "service", "usable_area", "dwelling",
        ("Running costs of the property", "Eksploatacja nieruchomości", "房屋管理費", "房屋管理费"),
        (
            Price("2.72", SULECHOW, title="coop", membership="member"),
            Price("3.19", SULECHOW, title="coop", membership="other"),
            Price("2.65", SULECHOW, title="freehold", membership="member"),
            Price("3.11", SULECHOW, title="freehold", membership="other"),
        ),
    ),
    PricedComponent(
        "REMONT", "fund", "usable_area", "dwelling",
        ("Repair fund", "Fundusz remontowy", "修繕基金", "维修基金"),
        (Price("1.30", RADYMNO), Price("1.35", SULECHOW, since=10), Price("2.21", ZGIERZ, since=19)),
        fund="repair",
    ),
    PricedComponent(
        "CO", "heating", "heated_area", "dwelling",
        ("Central heating, advance", "Centralne ogrzewanie (zaliczka)", "暖氣預付款", "暖气预付款"),
        (Price("6.00", SZARE, buildings="odd"), Price("5.70", SZARE, buildings="even")),
        billing="advance",
    ),
    PricedComponent(
        "ZW", "cold_water", "cold_water_forecast", "metered",
        ("Cold water and sewage, advance", "Zimna woda i ścieki (zaliczka)", "水費預付款", "水费预付款"),
        (Price("10.88", SZARE), Price("11.46", SZARE, since=8), Price("11.98", SZARE, since=20)),
        billing="advance",
    ),
    PricedComponent(
        "CW", "hot_water", "hot_water_forecast", "metered",
        ("Heating of water, advance", "Podgrzanie wody (zaliczka)", "熱水預付款", "热水预付款"),
        (Price("26.78", RADYMNO, buildings="odd"), Price("23.44", RADYMNO, buildings="even")),
        billing="advance",
    ),
    PricedComponent(
        "ODPADY", "waste", "persons", "lived_in",
        ("Waste collection", "Odbiór odpadów", "垃圾清運費", "垃圾清运费"),
        (
            Price("14.00", f"{ILAWA} (2019)"),
            Price("22.00", f"{ILAWA} (2020-06)", since=6),
            Price("30.00", RADYMNO, since=18),
        ),
    ),
    PricedComponent(
        "WODOM", "meter", "water_meters", "metered",
        ("Water meters", "Wodomierze", "水錶費", "水表费"),
        (Price("1.20", RADYMNO),),
    ),
    PricedComponent(
        "DOMOFON", "aerial", "unit", "lived_in",
        ("Intercom", "Domofon", "對講機", "对讲机"),
        (Price("1.00", RADYMNO), Price("1.35", ZGIERZ, since=13)),
    ),
    PricedComponent(
        "RTV", "aerial", "unit", "lived_in",
        ("Shared aerial", "Instalacja RTV", "共用天線", "共用天线"),
        (Price("3.00", RADYMNO),),
    ),
    PricedComponent(
        "DZWIG", "lift", "usable_area", "lift",
        ("Lift", "Dźwig osobowy", "電梯費", "电梯费"),
        (Price("0.37", ZGIERZ), Price("0.50", ILAWA, since=12)),
    ),
    PricedComponent(
        "PODATEK", "tax", "usable_area", "dwelling",
        ("Property tax", "Podatek od nieruchomości", "房產稅", "房产税"),
        (Price("0.12", SZARE), Price("0.22", RADYMNO, since=14)),
    ),
    PricedComponent(
        "KREDYT", "loan", "usable_area", "loan",
        ("Loan repayment", "Spłata kredytu", "貸款償還", "贷款偿还"),
        (Price("3.49", SULECHOW),),
        fund="loan",
    ),
    PricedComponent(
        "LUZ-EKS", "service", "usable_area", "commercial",
        ("Running costs, commercial premises", "Eksploatacja lokali użytkowych", "商業單位管理費", "商业单元管理费"),
        (Price("3.50", SZARE),),
        vat="standard",
    ),
    PricedComponent(
        "LUZ-SM", "waste", "usable_area", "commercial",
        ("Waste, commercial premises", "Odpady lokali użytkowych", "商業單位垃圾費", "商业单元垃圾费"),
        (Price("1.35", SZARE),),
        vat="standard",
    ),
    PricedComponent(
        "GARAZ", "parking", "usable_area", "garage",
        ("Garage", "Eksploatacja garażu", "車庫管理費", "车库管理费"),
        (Price("1.46", RADYMNO), Price("1.50", SULECHOW, since=16)),
        vat="standard",
    ),
)  # fmt: skip

COMMUNITY = (
    PricedComponent(
        "ZARZAD", "service", "usable_area", "community",
        ("Cost of management", "Koszty zarządu", "管理費", "管理费"),
        (Price("1.98", RADYMNO),),
    ),
    PricedComponent(
        "FREM", "fund", "usable_area", "community",
        ("Repair fund", "Fundusz remontowy", "修繕基金", "维修基金"),
        (Price("3.90", SZARE),),
        fund="repair",
    ),
    PricedComponent(
        "WODA", "cold_water", "cold_water_forecast", "community",
        ("Cold water and sewage, advance", "Zimna woda i ścieki (zaliczka)", "水費預付款", "水费预付款"),
        (Price("11.1564", RADYMNO), Price("11.35", ZGIERZ, since=9)),
        billing="advance",
    ),
    PricedComponent(
        "SMIECI", "waste", "unit", "community",
        ("Waste collection", "Wywóz śmieci", "垃圾清運費", "垃圾清运费"),
        (Price("85.00", SZARE),),
    ),
)  # fmt: skip
