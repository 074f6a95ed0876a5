"""Which examples hypothesis tries: always the same ones, or in the soak tier others each time.

`make test` must decide by itself, so what it finds doesn't depend on luck. With
COUNTERSIGN_TESTS=soak the examples are random; the run says with which seed, and with that seed
it is repeated. A failure prints a line that repeats its example alone.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

import pytest
from hypothesis import settings

VARIABLE = "COUNTERSIGN_TESTS"
PROFILES = ("countersign", "soak")
_SEED = "hypothesis_seed"


_ASKED = os.environ.get(VARIABLE) or PROFILES[0]


def examples(first: int, soak: int) -> int:
    """Return how many examples are tried in the tier that runs."""
    return soak if profile() == "soak" else first


def profile() -> str:
    """Return the name of the profile that is asked for."""
    asked = _ASKED
    if asked not in PROFILES:
        raise pytest.UsageError(f"{VARIABLE} is {asked!r}; there are: {', '.join(PROFILES)}.")
    return asked


# No deadline: single examples are slow on a busy machine, and pytest-timeout bounds tests.
settings.register_profile("countersign", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("soak", deadline=None, print_blob=True, derandomize=False)


@pytest.hookimpl(tryfirst=True)  # before hypothesis' own plugin reads its option
def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile(profile())
    if profile() == "soak" and getattr(config.option, _SEED) is None:
        # A worker of pytest-xdist takes the one with which the run began.
        begun = getattr(config, "workerinput", {}).get(_SEED)
        setattr(config.option, _SEED, begun or str(secrets.randbits(64)))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist the seed."""
    node.workerinput[_SEED] = getattr(node.config.option, _SEED)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if profile() == "soak":
        seed = getattr(config.option, _SEED)
        terminalreporter.write_line(
            f"Random examples: {VARIABLE}=soak with --hypothesis-seed={seed} repeats them."
        )
