"""Users of the demonstration: staff with roles, residents with different stories. All share one published password."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db.models import Count, Sum

from lokum.core.access.models import User
from lokum.core.access.services import give_grant, make_password_policies, make_ready_roles
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.demo.organisation import Organisation
from lokum.property.parties.models import Party

PASSWORD = "lipa-kwitnie-w-lipcu"  # noqa: S105 - published on purpose; it opens demonstration data only


@dataclass(frozen=True)
class StaffMember:
    username: str
    name: str
    role: str
    whole: bool = True


STAFF = (
    StaffMember("administrator", "Agata Administrator", "administrator"),
    StaffMember("zastepca", "Zofia Zastępca", "administrator"),
    StaffMember("kierownik", "Karol Kierownik", "manager", whole=False),
    StaffMember("ksiegowa", "Krystyna Księgowa", "accountant"),
    StaffMember("kasjerka", "Kamila Kasjerka", "cashier"),
    StaffMember("podglad", "Paweł Podgląd", "viewer"),
)


def make_users(organisation: Organisation, *, actor: Actor) -> None:
    make_password_policies(actor=actor)
    roles = make_ready_roles(actor=actor, second_factor=False)
    password = make_password(PASSWORD)
    office = organisation.offices[min(organisation.offices)]
    for one in STAFF:
        user = _make_user(one.username, one.name, User.UserClass.STAFF, password)
        give_grant(
            roles[one.role],
            actor=actor,
            starts_on=dt.date(2020, 1, 1),
            user=user,
            whole_operator=one.whole,
            scopes=None if one.whole else {"node": [office.pk]},
        )
    for username, party in residents(organisation):
        add_resident(username, party, password)


def add_resident(username: str, party: Party, password: str = "") -> None:
    """A sign-in of a person, with the password of all."""
    name = (
        f"{party.first_name} {party.last_name}".strip()
        if party.language == "pl"
        else f"{party.last_name}{party.first_name}"
    )
    kept = password or make_password(PASSWORD)
    party.user = _make_user(username, name, User.UserClass.RESIDENT, kept, party.language)
    party.save(update_fields=["user"])


def _make_user(username: str, name: str, user_class: str, password: str, language: str = "pl") -> User:
    return User.objects.create(
        username=username,
        email=f"{username}@lipowe-wzgorze.example",
        display_name=name,
        user_class=user_class,
        language=language,
        password=password,
        password_changed_at=clock.now(),
    )


def residents(organisation: Organisation) -> list[tuple[str, Party]]:
    """One party for each story a visitor should be able to follow, at home and abroad."""
    cooperative, community = organisation.books
    people = Party.objects.filter(kind=Party.Kind.PERSON, user=None).order_by("code")
    single = people.annotate(count=Count("accounts", distinct=True), balance=Sum("accounts__balance__amount"))
    stories = [
        ("mieszkaniec", single.filter(count=1, balance=0, accounts__entity=cooperative.entity)),
        (
            "dwie-nieruchomosci",
            people.filter(accounts__entity=cooperative.entity).filter(accounts__entity=community.entity),
        ),
        ("wspolwlasciciel", people.filter(accounts=None, holdings__isnull=False)),
        ("dluznik", single.filter(count=1, balance__gt=3000, accounts__entity=cooperative.entity)),
        ("nadplata", single.filter(count=1, balance__lt=-50, accounts__entity=cooperative.entity)),
        (
            "byly-wlasciciel",
            people.filter(agreements__valid__endswith__isnull=False, agreements__entity=cooperative.entity),
        ),
        ("wspolnota", single.filter(count=1, accounts__entity=community.entity)),
        ("najemca", single.filter(count=1, accounts__entity__code="MZB")),
        ("zhuhu", single.filter(count=2, accounts__entity__code="CUIHU")),
        ("yezhu", single.filter(count=1, accounts__entity__code="JXHY")),
    ]
    found: list[tuple[str, Party]] = []
    for name, candidates in stories:
        party = candidates.exclude(pk__in=[one.pk for _name, one in found]).first()
        if party is not None:
            found.append((name, party))
    school = Party.objects.filter(agreements__kind="supply", agreements__premises__resource="heat", user=None).first()
    return [*found, ("odbiorca", school)] if school is not None else found
