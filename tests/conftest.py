"""What holds for every test; fixtures of one room stand in that room's folder."""

from hypothesis import settings

pytest_plugins = [
    "tests.support.loopback_only",
    "tests.support.no_skips",
    "tests.support.postgres",
    "tests.support.databases",
    "tests.support.tier",
]

# Two shared cores make single examples slow now and then: pytest-timeout bounds tests instead.
settings.register_profile("countersign", deadline=None, print_blob=True)
settings.load_profile("countersign")
