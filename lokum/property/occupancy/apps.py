from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OccupancyConfig(AppConfig):
    name = "lokum.property.occupancy"
    label = "occupancy"
    verbose_name = _("Titles and agreements")

    def ready(self) -> None:
        from lokum.core.audit.verbs import name_codes
        from lokum.core.desk.desk import Filter, Tab
        from lokum.core.desk.menu import add_entry
        from lokum.property.estates.seams import (
            add_close_check,
            add_fact_check,
            add_holding,
            add_premises_filter,
            add_premises_tab,
        )
        from lokum.property.occupancy import household_desk, scopes, search
        from lokum.property.occupancy import jobs as _jobs  # noqa: F401 - kinds of jobs register themselves
        from lokum.property.occupancy.models import Agreement, Title, TitleKind
        from lokum.property.occupancy.queries import reasons_against_closing
        from lokum.property.occupancy.services import declarations, guard_persons

        for register, detail, codes in _codes():
            name_codes(register, detail, codes)
        add_close_check(reasons_against_closing)
        add_holding(Title, "premises")
        add_holding(Agreement, "premises")
        add_premises_tab(Tab("titles", _("Titles"), child=Title, lookup="premises"))
        add_fact_check(guard_persons)
        household_desk.hang_in()
        add_premises_tab(Tab("agreements", _("Agreements"), child=Agreement, lookup="premises"))
        add_premises_filter(Filter("person", _("name of a holder or payer"), search.by_person))
        add_premises_filter(Filter("phone", _("phone"), search.by_phone))
        add_premises_filter(
            Filter(
                "title",
                _("title"),
                search.by_title,
                kind="choice",
                options=lambda: [(value, str(label)) for value, label in TitleKind.choices],
            )
        )
        add_entry("people", _("Owners"), "occupancy:owners", "occupancy.titleholder:view", icon="users", order=55)
        declarations.install()
        review, right = _("Declarations to review"), "occupancy.declaration:view"
        add_entry("people", review, "occupancy:declarations", right, icon="list-check", order=66)
        add_entry(
            "premises",
            _("Statistics of premises"),
            "occupancy:statistics",
            "estates.premises:view",
            icon="chart-bar",
            order=8,
        )
        add_entry(
            "premises",
            _("Estate from a workbook"),
            "occupancy:import_start",
            "estates.premises:import",
            icon="file-spreadsheet",
            order=7,
        )
        scopes.register()


def _codes() -> list[tuple[str, str, list[tuple[str, Any]]]]:
    """How codes in the notes of this app are read: register, name of the detail, codes with their labels."""
    from lokum.property.occupancy.models import (
        AgreementAttribute,
        MemberContribution,
        MemberStatus,
        PersonsSource,
        TitleKind,
        UseState,
    )

    return [
        ("occupancy.member", "status", MemberStatus.Status.choices),
        ("occupancy.member", "kind", MemberContribution.Kind.choices),
        ("occupancy.agreement", "attribute", AgreementAttribute.Name.choices),
        ("estates.premises", "kind", TitleKind.choices),
        ("estates.premises", "state", UseState.choices),
        ("estates.premises", "source", PersonsSource.Source.choices),
    ]
