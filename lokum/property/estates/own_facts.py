"""Numbers the operator keeps in own fields of premises, as facts that formulas may read."""

from lokum.core.organisation.models import OwnFieldDefinition

NUMERIC = ("integer", "decimal", "money")


def own_fact_relation() -> str:
    """SQL relation (premises_id, code, value numeric): every number in an own field of premises that is in use."""
    types = ", ".join(f"'{one}'" for one in NUMERIC)
    return (
        "SELECT p.id AS premises_id, f.code, (p.own ->> f.code)::numeric AS value FROM estates_premises p "  # noqa: S608
        "JOIN organisation_ownfielddefinition f ON f.object_label = 'estates.premises' AND f.active "
        f"AND f.type IN ({types}) WHERE p.own ->> f.code IS NOT NULL"
    )


def own_fact_codes() -> dict[str, str]:
    """Code and name of the numeric own fields of premises, for the editor of formulas."""
    rows = OwnFieldDefinition.objects.filter(object_label="estates.premises", active=True, type__in=NUMERIC)
    return dict(rows.order_by("position", "code").values_list("code", "label"))
