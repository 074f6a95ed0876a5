"""What a ruling would do, as its page says beforehand, to be compared with what it did."""

from __future__ import annotations

import json
import re

from definitions.clock import stamp
from definitions.ruling import Ruling
from definitions.state import CaseState
from store.cases import load_definition
from store.deciding import Decided
from store.rulings import what_it_does
from tests.support.engine import Engine

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_BY_ITS_COMMIT = ("number", "act", "case", "of")


def previewed(engine: Engine, case: str, ruling: Ruling) -> CaseState:
    """Return the state that a ruling would bring a case to, asked as the web asks."""
    with engine.database.reading() as connection:
        state = engine.state(case)
        definition = load_definition(connection, state.definition)
        now = stamp(engine.clock.now())
        decided = what_it_does(connection, definition, state, ruling, now)
    assert isinstance(decided, Decided), decided
    return decided.changes.state


def alike(one: CaseState, other: CaseState) -> bool:
    """Say whether two states are the same but for what only a commit decides: moments and ids."""
    return _comparable(one) == _comparable(other)


def _comparable(state: CaseState) -> str:
    data = state.to_json()
    for ruling in data["rulings"]:
        ruling.update(dict.fromkeys(_BY_ITS_COMMIT, ""))
    for at in data["steps"].values():
        for signature in at["signatures"]:
            signature["act"] = ""
    return _MOMENT.sub("", json.dumps(data, sort_keys=True))
