from lokum.core.desk.desk import ModelDesk, register
from tests.toys.trees.models import Tree


@register
class TreeDesk(ModelDesk):
    model = Tree
    purpose = "The trees of an estate."
    section = "service"
    icon = "list"
    columns = fields = ("estate", "number", "species", "planted_on", "girth")
    search = ("number", "species")
    search_indexed = True
    filters = ("estate", "planted_on", "girth")
    totals = ("girth",)
    facts = ("estate", "species", "planted_on")
    import_key = ("number",)
