"""Sign-ins for residents: made for a group of parties at once, handed out by letter, e-mail or text message.

An e-mail or text message is queued with the first password and erased once sent. A letter is made when it is
printed: the password is set in that moment and lives nowhere but on the paper.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access.first_passwords import give_first_password, hand_out, mark_sent
from lokum.core.access.models import FirstPassword, User
from lokum.core.access.scopes import expand, operator_today
from lokum.core.access.targets import find_target
from lokum.core.base import policy
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.jobs.models import Job
from lokum.core.jobs.registry import RunningJob
from lokum.core.jobs.services import order_job
from lokum.property.parties.models import Party, PartyContact
from lokum.property.parties.names import called

MAKE = "make_sign_ins"
VOLUME = 100  # letters printed at once


def order_sign_ins(*, pks: Sequence[int], channel: str, actor: Actor) -> Job:
    """Order the making of sign-ins for these parties; those who have one are passed over."""
    return order_job(
        "parties.make_sign_ins",
        key=f"parties.make_sign_ins:{uuid.uuid4().hex}",
        title=gettext_lazy("Sign-ins for residents"),
        arguments={"pks": sorted(set(pks)), "channel": channel},
        actor=actor,
    )


def order_sign_ins_in(*, kind: str, codes: Iterable[str], channel: str, actor: Actor) -> Job:
    """The same for everybody in named places (nodes, estates, buildings, entrances), within the actor's scope."""
    found = expand({kind: [int(find_target(kind, code)) for code in codes]}, operator_today())
    inside = Q(home_node_id__in=found.get("node", ()))
    if "party" in found:
        inside |= Q(pk__in=found["party"])
    user = User.objects.filter(pk=actor.user_id or 0).first()
    parties = policy.allowed(Party.objects.filter(inside), user, MAKE) if user else Party.objects.filter(inside)
    pks = list(without_sign_in(parties).values_list("pk", flat=True))
    if not pks:
        raise Refusal("sign_in.nobody", _("Everybody there has a sign-in already."))
    return order_sign_ins(pks=pks, channel=channel, actor=actor)


def without_sign_in(parties: QuerySet[Party]) -> QuerySet[Party]:
    return parties.filter(user__isnull=True, merged_into__isnull=True)


@dataclass
class Outcome:
    made: int = 0
    passed: int = 0
    unreachable: list[str] = field(default_factory=list)  # numbers of parties without the address needed


def make_sign_ins(pks: Sequence[int], channel: str, *, job: RunningJob) -> Outcome:
    """Make what is missing. Each party is locked and looked at again, so nobody is made twice, whoever else runs."""
    outcome = Outcome()
    for done, pk in enumerate(pks):
        if done % 10 == 0:
            job.progress(done, len(pks))
        party = Party.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if party is None or party.user_id is not None or party.merged_into_id is not None:
            outcome.passed += 1
            continue
        address = _address(party, channel)
        if address is None:
            outcome.unreachable.append(party.code)
            continue
        make_sign_in(party, channel, address, actor=job.actor)
        outcome.made += 1
    job.progress(len(pks), len(pks))
    return outcome


def make_sign_in(party: Party, channel: str, address: str, *, actor: Actor) -> User:
    user = User(
        username=_free_name(party),
        email=_free_email(party),
        display_name=called(party.first_name, party.last_name)[:150],
        user_class=User.UserClass.RESIDENT,
        language=party.language,
    )
    user.set_unusable_password()
    user._password = None  # type: ignore[attr-defined]
    user.save()
    party.user = user
    party.save(update_fields=["user"])
    password = give_first_password(user, channel, actor=actor)
    if channel != FirstPassword.Channel.LETTER:
        hand_out(user, password, channel, address)
    return user


def _contact(party: Party, kind: str) -> str:
    contacts = PartyContact.objects.filter(party=party, kind=kind).order_by("-preferred", "pk")
    return contacts.values_list("value", flat=True).first() or ""


def _address(party: Party, channel: str) -> str | None:
    """Where the first password goes; "" for a letter; None when there is no such address."""
    if channel == FirstPassword.Channel.LETTER:
        return ""
    kind = PartyContact.Kind.EMAIL if channel == FirstPassword.Channel.EMAIL else PartyContact.Kind.PHONE
    return _contact(party, kind) or None


def _free_name(party: Party) -> str:
    """The party's number; with a counter when somebody else took it as a name."""
    base = party.code.lower()
    name, count = base, 1
    while User.objects.filter(username__iexact=name).exists():
        count += 1
        name = f"{base}-{count}"
    return name


def _free_email(party: Party) -> str:
    """Spouses often share one address: it signs in only the first of them, the other one uses the name."""
    address = _contact(party, PartyContact.Kind.EMAIL).lower()
    return "" if not address or User.objects.filter(email=address).exists() else address


@dataclass(frozen=True)
class Letter:
    """What one letter says; exists in memory only."""

    name: str
    address: tuple[str, ...]
    username: str
    password: str
    until: Any
    language: str


def waiting_letters(user: Any) -> QuerySet[Party]:
    """Parties within the user's scope whose letter is not printed yet."""
    return policy.allowed(
        Party.objects.filter(
            user__first_password__state=FirstPassword.State.MADE,
            user__first_password__channel=FirstPassword.Channel.LETTER,
        ),
        user,
        MAKE,
    ).order_by("last_name", "first_name", "pk")


def draw_letters(user: Any, *, actor: Actor) -> list[Letter]:
    """Set fresh first passwords for the next letters and return what to print; they count as sent from now on."""
    letters = []
    with transaction.atomic():
        for party in waiting_letters(user).select_related("user").select_for_update(of=("self",))[:VOLUME]:
            owner = party.user
            assert owner is not None
            password = give_first_password(owner, FirstPassword.Channel.LETTER, actor=actor)
            letters.append(
                Letter(
                    name=owner.display_name,
                    address=_postal(party),
                    username=owner.username,
                    password=password,
                    until=owner.first_password.expires_at.date(),
                    language=owner.language,
                )
            )
            mark_sent([owner.pk])
    return letters


def _postal(party: Party) -> tuple[str, ...]:
    address = party.addresses.filter(valid__contains=operator_today()).first()
    if address is None:
        return ()
    return (address.street, f"{address.postal_code} {address.city}".strip())
