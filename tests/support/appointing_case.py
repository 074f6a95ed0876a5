"""A definition with lots, a list, another case and effects on the directory; and its players."""

import copy
from typing import Any

from definitions.acts import SYSTEM, Facts
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.model import Body
from definitions.rules import Changes, apply
from tests.support.playing import Answer, Play, accepted

ROLES = {
    "olga": ("member", "access-leader"),
    "sam": ("member",),
    "ada": ("member", "arbitrator"),
    "bob": ("member", "arbitrator"),
    "cleo": ("member", "case-manager", "arbitrator"),
    "dan": ("member", "systems-administrator"),
}
VALUES = {"subject": "sam", "role": "systems-administrator", "access": "none", "why": "Needed."}


def _choice(*choices: str) -> dict[str, Any]:
    words = {choice: choice for choice in choices}
    return {"type": "choice", "title": "C", "required": True, "choices": words}


def _step(policy: str, seats: dict[str, Any], *outcomes: str, **more: Any) -> dict[str, Any]:
    events = {outcome: {"event": f"was_{outcome}"} for outcome in outcomes}
    return {"title": "S", "policy": policy, "seats": seats, "outcomes": events, **more}


PARENT: dict[str, Any] = {
    "process": "parent",
    "title": "Parent",
    "summary": "Opens another case.",
    "policy": ["9.1.5"],
    "number": "x",
    "rules": 1,
    "start": {
        "roles": ["member"],
        "fields": {
            "subject": {"type": "person", "title": "Who", "required": True},
            "role": _choice("systems-administrator", "access-engineer", "none"),
            "access": _choice("ssh-access-list", "none"),
            "why": {"type": "text", "title": "Why", "required": True},
        },
        "when": {
            "role": {
                "access-engineer": {"roles": ["access-leader"]},
                "none": {"person": "subject"},
            }
        },
    },
    "people": {"subject": {"from": "subject", "title": "Subject"}},
    "draws": {
        "judge": {
            "role": "arbitrator",
            "on": "judging",
            "title": "Judge",
            "not": ["opener"],
            "otherwise": "nobody",
            "policy": "9.1.4",
        },
        "keeper": {
            "role": "case-manager",
            "on": "judging",
            "title": "Keeper",
            "not": ["judge"],
            "otherwise": "nobody",
            "policy": "9.1.4",
        },
    },
    "bound": {"ruler": {"signer": "judging", "seat": "judge", "title": "Ruler"}},
    "machine": {
        "initial": "judging",
        "states": {
            "judging": {"on": {"was_judged": "waiting", "nobody": "stuck"}},
            "stuck": {"on": {"was_again": "judging", "was_over": "refused"}},
            "waiting": {"on": {"yes": "working", "no": "refused", "late": "waiting"}},
            "working": {"on": {"was_done": "ended", "forbidden": "refused"}},
            "ended": {"final": True},
            "refused": {"final": True},
        },
    },
    "steps": {
        "judging": _step(
            "9.1.4", {"judge": {"person": "judge"}, "keeper": {"person": "keeper"}}, "judged"
        ),
        "stuck": _step("9.1.4", {"anyone": {"role": "member"}}, "again", "over"),
        "working": _step(
            "3.4.4",
            {"done": {"role": "systems-administrator"}},
            "done",
            each={"items": {"keys": "Keys", "codes": "Codes"}, "grow": ["access-leader"]},
        ),
    },
    "effects": [
        {
            "enter": "waiting",
            "open": {
                "process": "child",
                "as": "question",
                "with": {
                    "text": {"text": "About {number}"},
                    "about": {"person": "subject"},
                    "what": {"field": "role"},
                },
                "on": {"good": "yes", "bad": "no", "asked": "late"},
            },
        },
        {
            "enter": "working",
            "grant": {
                "person": "subject",
                "role": {"field": "role"},
                "authority": "question",
                "otherwise": "forbidden",
            },
        },
        {
            "enter": "working",
            "grant": {
                "person": "subject",
                "list": {"field": "access"},
                "authority": "case",
                "otherwise": "forbidden",
            },
        },
        {"enter": "refused", "end": {"person": "subject", "role": "all", "authority": "case"}},
        {
            "enter": "working",
            "mail": {"to": [{"person": "subject"}], "subject": "Given", "text": "Given."},
        },
    ],
    "privacy": {"steps": {"judging": {"people": ["judge"], "policy": "9.1.4.4"}}},
}


def branching_parent() -> dict[str, Any]:
    """Return the parent with every event that nobody sends branching, and with amendments.

    An amendment of `why` takes it back to `working`, where something is given once more; where that
    is forbidden, the choice as it is amended by the same act decides what follows.
    """
    data = copy.deepcopy(PARENT)
    data["start"]["fields"]["risk"] = _choice("low", "high")
    states = data["machine"]["states"]
    states["judging"]["on"]["nobody"] = {"by": "risk", "low": "stuck", "high": "refused"}
    states["waiting"]["on"] = {
        "yes": {"by": "risk", "low": "working", "high": "stuck"},
        "no": "refused",
        "late": {"by": "risk", "low": "waiting", "high": "working"},
    }
    states["working"]["on"] = {
        "was_done": "checking",
        "forbidden": {"by": "risk", "low": "refused", "high": "stuck"},
    }
    states["checking"] = {"on": {"was_checked": "ended"}}
    data["steps"]["checking"] = _step("3.4.4", {"any": {"role": "tester"}}, "checked")
    data["steps"]["checking"]["covers"] = {"fields": ["why"], "reopen": "working"}
    for name in ("judging", "stuck", "working"):
        data["steps"][name]["covers"] = {"fields": []}
    data["amend"] = {"fields": ["why", "risk"], "during": ["stuck", "waiting", "checking"]}
    return data


CHILD: dict[str, Any] = {
    "process": "child",
    "title": "Child",
    "summary": "Is opened by another case.",
    "policy": ["9.1.5"],
    "number": "w",
    "rules": 1,
    "start": {
        "roles": ["arbitrator"],
        "cases": ["parent"],
        "fields": {
            "text": {"type": "text", "title": "Text", "required": True},
            "about": {"type": "person", "title": "About"},
            "what": _choice("systems-administrator", "access-engineer", "none"),
        },
    },
    "machine": {
        "initial": "asking",
        "states": {
            "asking": {"on": {"was_good": "good", "was_bad": "bad", "was_asked": "asked"}},
            "good": {"final": True},
            "bad": {"final": True},
            "asked": {"final": True},
        },
    },
    "steps": {"asking": _step("9.1.4", {"one": {"role": "arbitrator"}}, "good", "bad", "asked")},
}


def built(data: dict[str, Any]) -> Definition:
    """Return the definition of such data; it has the form."""
    Body.model_validate(data)
    return Definition.build(copy.deepcopy(data), {})


def begun(values: dict[str, Any] | None = None, who: str = "olga", **parts: Any) -> Play:
    """Return a case of the parent that has just been opened."""
    play = Play(built({**PARENT, **parts}), dict(ROLES))
    accepted(play.open(who, values or VALUES))
    return play


def system(
    play: Play, kind: str, auth: dict[str, Any], facts: dict[str, Any], **over: Any
) -> Answer:
    """Let the system act with facts of one's own, as the commit makes them."""
    act = play.act(kind, SYSTEM, auth={"kind": SYSTEM, **auth}, **over)
    answer = apply(play.definition, play.case, act, {}, Facts(time=stamp(play.now), **facts))
    if isinstance(answer, Changes):
        play.state = answer.state
    return answer


def lot(play: Play, name: str, *candidates: str, seed: str = "5" * 64) -> Answer:
    """Cast the lot for one person."""
    facts = {"candidates": candidates, "seed": seed}
    return system(play, "draw", {}, facts, step=name, seat=name)


def child_ends(play: Play, outcome: str, *, conflicts: dict[str, str] | None = None) -> Answer:
    """Let the case that was opened end."""
    facts = {"number": "w20260302.1", "conflicts": conflicts or {}}
    auth = {"child": play.case.children["question"].case}
    return system(play, "child_ended", auth, facts, seat="question", outcome=outcome)


def judged(play: Play) -> Play:
    """Draw judge and keeper, and let both sign; the case then waits for its child."""
    accepted(lot(play, "judge", "ada"))
    accepted(lot(play, "keeper", "cleo"))
    accepted(play.sign("ada", "judging", "judge", "judged"))
    accepted(play.sign("cleo", "judging", "keeper", "judged"))
    return play


def working() -> Play:
    """Return a case in which things are signed off one by one."""
    play = judged(begun())
    accepted(child_ends(play, "good"))
    return play
