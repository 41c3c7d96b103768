"""Co-owners who each pay a share from the coming month on, and a couple that owes one debt together."""

import datetime as dt
from fractions import Fraction

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count

from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.organisation.models import Entity
from lokum.demo.desk_work import staff
from lokum.demo.sign_ins import add_resident
from lokum.money.charges.services.payers import Share, split_payers
from lokum.money.documents.services import issue_statement
from lokum.money.ledger.models import Account, CoPayer
from lokum.property.occupancy.models import Agreement, TitleHolder
from lokum.property.parties.models import Party


def share_charges(entity: Entity, today: dt.date, *, actor: Actor) -> None:
    with acting(actor):
        accountant = staff("ksiegowa")
    with acting(accountant):
        running = Agreement.objects.filter(entity=entity, valid__endswith=None, kind="title", premises__kind="dwelling")
        common = running.filter(title__holders__party__user__username="wspolwlasciciel").first()
        if common is None:
            several = running.annotate(count=Count("title__holders")).filter(count__gt=1)
            common = several.order_by("code").first()
        if common is not None:
            holders = TitleHolder.objects.filter(title=common.title_id).order_by("pk")
            shares = [Share(one.party_id, Fraction(one.numerator, one.denominator)) for one in holders]
            if sum((one.fraction for one in shares), Fraction(0)) == 1:
                since = clock.add_months(today, 1)
                split_payers(common.pk, since, shares, reason="Wniosek współwłaścicieli", actor=accountant)
        account = Account.objects.filter(entity=entity, agreement__in=running).order_by("-code").first()
        spouse = Party.objects.filter(kind=Party.Kind.PERSON, accounts=None, user=None).order_by("code").first()
        if account is not None and spouse is not None:
            CoPayer.objects.create(
                account=account, party=spouse, valid=DateRange(dt.date(2019, 6, 1), None), basis="Małżonkowie"
            )
            add_resident("malzonek", spouse)
            issue_statement(account.pk, start=dt.date(today.year, 1, 1), end=today, actor=accountant)
