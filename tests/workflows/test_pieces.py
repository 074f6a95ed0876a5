"""What a case hands on and how long it waits, without a server."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from temporalio.converter import value_to_type

from definitions.acts import Head, SignedAct
from workflows.messages import HAPPENED_FIRST, Carried, CaseInput, Patience
from workflows.pieces import commit_timeout, next_input

GIVEN = CaseInput(SignedAct({"id": "c"}), "text", commit_seconds=7)


def test_the_next_run_waits_as_long_for_a_commit() -> None:
    carried = Carried(state={}, head=Head())
    assert next_input(GIVEN, carried) == CaseInput(
        SignedAct({"id": "c"}), "text", carried, 7, HAPPENED_FIRST
    )
    assert commit_timeout(GIVEN) == timedelta(seconds=7)


def test_a_case_from_before_waits_as_it_always_did() -> None:
    before = {"opening": {"act": {"id": "c"}}, "definition": "text", "carried": None}
    given = value_to_type(CaseInput, before)
    assert commit_timeout(given) == timedelta(seconds=3)
    assert given.commit_seconds == Patience().commit_seconds


@pytest.mark.parametrize(
    ("seconds", "waits"),
    [(-1, 0.1), (0, 0.1), (1e12, 300), (math.inf, 300), (-math.inf, 0.1), (math.nan, 300)],
)
def test_whoever_starts_a_case_cannot_keep_it_from_committing(seconds: float, waits: float) -> None:
    given = CaseInput(SignedAct({}), "", commit_seconds=seconds)
    assert commit_timeout(given) == timedelta(seconds=waits)
