"""What holds for every test; fixtures of one room stand in that room's folder."""

pytest_plugins = [
    "tests.support.examples",
    "tests.support.heap",
    "tests.support.loopback_only",
    "tests.support.no_skips",
    "tests.support.postgres",
    "tests.support.databases",
    "tests.support.told_logs",
    "tests.support.tier",
]
