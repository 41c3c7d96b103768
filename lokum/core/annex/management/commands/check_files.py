"""`lokum check_files`: is every stored file there and unchanged?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lokum.core.annex import store
from lokum.core.annex.models import StoredFile
from lokum.core.base.context import acting, system_actor


class Command(BaseCommand):
    help = "Read every stored file and compare it with its hash."

    def handle(self, *args: Any, **options: Any) -> None:
        count, wrong = 0, []
        with acting(system_actor("check_files")):
            for sha256 in StoredFile.objects.order_by("pk").values_list("sha256", flat=True).iterator():
                count += 1
                try:
                    store.get(sha256)
                except FileNotFoundError:
                    wrong.append(f"{sha256} is missing")
                except store.Corrupted:
                    wrong.append(f"{sha256} is damaged")
        for text in wrong:
            self.stderr.write(text)
        if wrong:
            raise CommandError(f"{len(wrong)} of {count} files are missing or damaged")
        self.stdout.write(f"{count} files, all there and unchanged.")
