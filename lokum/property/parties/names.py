"""How a person is called: "Anna Nowak" on a letter, "Nowak Anna" in a list, and 李建國 in both.

Chinese names put the family name first and know no space between the two (GB/T 28039-2011 keeps that order even in
Latin letters); whether a name is one is seen from the characters of the family name itself, so that a Chinese owner
in Poland and a Pole in Taiwan are both called by their name. The same rule stands in the database for mass work
(`lokum_called`, `lokum_listed`).
"""

import re

CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")

FUNCTIONS = """
CREATE OR REPLACE FUNCTION lokum_called(first_name text, last_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN first_name = '' THEN last_name
              WHEN last_name ~ '[\u3400-\u4dbf\u4e00-\u9fff]' THEN last_name || first_name
              ELSE first_name || ' ' || last_name END
$$;
CREATE OR REPLACE FUNCTION lokum_listed(first_name text, last_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN first_name = '' THEN last_name
              WHEN last_name ~ '[\u3400-\u4dbf\u4e00-\u9fff]' THEN last_name || first_name
              ELSE last_name || ' ' || first_name END
$$
"""


def called(first_name: str, last_name: str) -> str:
    """As on a letter."""
    if not first_name or CHINESE.search(last_name):
        return last_name + first_name
    return f"{first_name} {last_name}"


def listed(first_name: str, last_name: str) -> str:
    """As in a list that is ordered by family names."""
    if not first_name or CHINESE.search(last_name):
        return last_name + first_name
    return f"{last_name} {first_name}"
