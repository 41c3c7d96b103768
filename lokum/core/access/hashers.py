"""Argon2id tuned for a small server: about 19 MiB and 60 ms a hash (OWASP's minimum memory setting)."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class TunedArgon2PasswordHasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
