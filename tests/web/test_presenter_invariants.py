"""What invariants without a title say on the page of a definition."""

import copy
from typing import Any

import pytest

from tests.support.appointing_case import PARENT, built
from web.presenters.invariants import invariant_words

SOME = {"policy": "4.1", "firm": True}
ROOT = "systems-administrator"
EITHER = (
    "Before “Ended”, one of these at least: the case “question” has been opened; or two Systems "
    "Administrators have signed, where “C” is “none”"
)


@pytest.mark.parametrize(
    ("invariant", "says"),
    [
        ({"before": "working", "signed": {"role": ROOT}},
         "Before “S”, Systems Administrator has signed"),
        ({"before": ["ended", "refused"], "signed": {"person": "subject"}, "outcome": "done"},
         "Before “Ended” or “Refused”, the subject has signed with “done”"),
        ({"before": "ended", "signed": {"role": ROOT, "or": ["tester"], "in": ["working"]}},
         "Before “Ended”, Systems Administrator or Tester has signed in “S”"),
        ({"before": "ended", "people": 2, "role": ROOT},
         "Before “Ended”, two Systems Administrators have signed"),
        ({"before": "ended", "people": 1, "in": ["judging"]},
         "Before “Ended”, one person has signed in “S”"),
        ({"before": "ended", "people": 2, "in": ["judging"]},
         "Before “Ended”, two different people have signed in “S”"),
        ({"before": "ended", "child": "question", "outcome": "good"},
         "Before “Ended”, the case “question” has ended with “good”"),
        ({"before": "ended", "child": "question"},
         "Before “Ended”, the case “question” has been opened"),
        ({"before": "ended", "carried": "working"},
         "Before “Ended”, the vote in “S” has carried it"),
        ({"before": "ended", "when": {"role": "none"}, "any_of": [
            {"child": "question"}, {"people": 2, "role": ROOT}]},
         EITHER),
        ({"after": ["judging", "refused"], "always": "ended"},
         "After “S” or “Refused”, always “Ended”"),
        ({"after": "refused", "child": "question"},
         "After “Refused”, always the case “question” is opened before it ends"),
        ({"after": "refused", "always": "mailed", "to": "board-list"},
         "After “Refused”, always a mail to “Board list”"),
        ({"never": {"person": "opener"}}, "The one who opened the case never signs"),
        ({"never": {"person": "opener", "in": ["working", "judging"]}},
         "The one who opened the case never signs in “S” or “S”"),
        ({"never": {"signers": "judging", "rounds": "all", "in": ["working"]}},
         "Whoever in any round signed “S” never signs in “S”"),
        ({"never": {"role": ROOT, "or": ["tester"], "in": ["working"]}},
         "No Systems Administrator or Tester ever signs in “S”"),
        ({"ended": ["working", "refused"]}, "No case ends without “S” or “Refused”"),
        ({"only": ["working"], "reaches": ["ended", "refused"]},
         "Only “S” leads to “Ended” or “Refused”"),
    ],
)  # fmt: skip
def test_an_invariant_is_told_in_words(invariant: dict[str, Any], says: str) -> None:
    data = {**copy.deepcopy(PARENT), "invariants": [{**invariant, **SOME}]}
    definition = built(data)
    assert invariant_words(definition, definition.body.invariants[0]) == says
