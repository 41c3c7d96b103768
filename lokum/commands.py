"""The `lokum` program: Django's management commands under the product's name (`lokum init`, `lokum worker`)."""

import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return 0
