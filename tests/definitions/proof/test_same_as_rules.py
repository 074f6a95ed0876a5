"""Whatever the proof says can happen, the real rules let happen, with the same result."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source, load_library
from definitions.proof.acts import Acts
from definitions.proof.plan import Plan
from definitions.reading import Positions
from tests.definitions.test_answers_lead import incident
from tests.support.appointing_case import PARENT, branching_parent
from tests.support.playing import Play
from tests.support.sample_case import sample
from tests.support.shadow import Shadow
from tests.support.small_definitions import built, small_definitions
from tests.support.timed_case import ACCESS, MENDING, REWORK, timed

TIMED = (MENDING, REWORK, ACCESS)
OTHERS = {"branching": branching_parent(), "answering": incident()}
REAL = {
    each.process: Acts(Plan(each))
    for each in (*load_library().definitions(), sample(), built(PARENT), *map(timed, TIMED))
} | {name: Acts(Plan(built(data))) for name, data in OTHERS.items()}
LENGTH = 25
RANDOM = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def play(acts: Acts, data: Any) -> None:
    shadow = Shadow(acts, Play(acts.plan.definition, {}, reversed=False))
    shadow.follow(data.draw(st.sampled_from(list(acts.begin()))))
    for _ in range(LENGTH):
        assert shadow.state is not None
        following = [each for each in acts.after(shadow.state) if each.nowhere is None]
        # Signing goes on; taking back is as rare as it is.
        kinds = sorted({each.done.kind for each in following})
        if not kinds:
            return
        wanted = data.draw(st.sampled_from([*kinds, *["sign"] * 4]))
        some = [each for each in following if each.done.kind == wanted] or following
        shadow.follow(data.draw(st.sampled_from(some)))


@pytest.mark.parametrize("process", REAL)
@RANDOM
@given(data=st.data())
def test_our_definitions(process: str, data: Any) -> None:
    play(REAL[process], data)


def sound(definition: Definition) -> bool:
    return not check_parts(Source(definition, Positions("drawn.yaml", {}), "drawn.yaml"))


@RANDOM
@given(drawn=small_definitions(), data=st.data())
def test_drawn_definitions(drawn: dict[str, Any], data: Any) -> None:
    definition = built(drawn)
    assume(sound(definition))
    play(Acts(Plan(definition)), data)
