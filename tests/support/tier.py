"""Which tier of tests runs is in COUNTERSIGN_TESTS, and nobody but the tests may see that.

Their conftest.py reads it when it is loaded. It looks like a setting, and the program refuses
settings that it doesn't know, so it must not be handed on to what the tests start.
"""

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    # Under pytest-xdist the controlling process has it for its workers, and starts nothing else.
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        os.environ.pop("COUNTERSIGN_TESTS", None)
