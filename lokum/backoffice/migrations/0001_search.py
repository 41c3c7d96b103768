"""Trigram indexes behind the search of the large registers.

Each lists the register's own search fields in their declared order; tests/conformance/test_search.py compares them.
"""

from django.db import migrations

from lokum.core.desk.sql import search_index


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("base", "0001_extensions"),
        ("organisation", "0001_first"),
        ("estates", "0001_first"),
    ]
    operations = [
        search_index("organisation.Entity", ("code", "name", "legal_name", "tax_number", "city", "street")),
        search_index("estates.Building", ("code", "name", "street", "house_number", "city")),
    ]
