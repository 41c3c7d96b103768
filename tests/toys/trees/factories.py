import itertools
from typing import Any

from lokum.property.estates.factories import make_estate
from tests.toys.trees.models import Tree

_count = itertools.count(1)


def make_tree(**over: Any) -> Tree:
    values = {"number": f"T{next(_count)}", "species": "Lipa drobnolistna", "girth": 120} | over
    if "estate" not in values:
        values["estate"] = make_estate()
    return Tree.objects.create(**values)
