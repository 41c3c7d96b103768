"""The product with one toy register more; see docs/add-a-register.md."""

from lokum.settings import *  # noqa: F403
from lokum.settings import INSTALLED_APPS as _OWN

INSTALLED_APPS = [*_OWN, "tests.toys.trees"]
