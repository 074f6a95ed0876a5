"""What the checks say of votes, lots, lists, child cases and effects, one slip each."""

import copy
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.reading import Positions
from tests.support.appointing_case import CHILD, PARENT

VOTE: dict[str, Any] = {
    "process": "vote",
    "title": "Vote",
    "summary": "A body votes.",
    "policy": ["9.1.5"],
    "number": "v",
    "rules": 1,
    "start": {
        "roles": ["board-member"],
        "fields": {
            "text": {"type": "text", "title": "Text", "required": True},
            "area": {
                "type": "choice",
                "title": "Area",
                "choices": {"none": "None", "support-engineer": "Support"},
            },
        },
    },
    "machine": {
        "initial": "voting",
        "states": {
            "voting": {"on": {"is_carried": "good", "is_lost": "bad", "is_void": "bad"}},
            "good": {"final": True},
            "bad": {"final": True},
        },
    },
    "steps": {
        "voting": {
            "title": "Vote",
            "policy": "9.1.5",
            "seats": {"board": {"body": "board", "link": True}},
            "vote": {
                "active": "area",
                "casting": "board-member",
                "report": [{"list": "board-list"}],
            },
            "outcomes": {
                "carried": {"event": "is_carried"},
                "lost": {"event": "is_lost"},
                "inquorate": {"event": "is_void"},
            },
            "deadline": {"after": "P3D"},
        }
    },
    "invariants": [{"before": "good", "carried": "voting", "policy": "9.1.5", "firm": True}],
}
PARENT_TOO = {
    **PARENT,
    "invariants": [
        {
            "before": "working",
            "child": "question",
            "outcome": "good",
            "policy": "9.1.5",
            "firm": True,
        }
    ],
}
GONE = object()
AMEND = {"fields": ["why"], "during": ["waiting"]}
FILES = {"parent": PARENT_TOO, "child": CHILD, "vote": VOTE}
GRANT, OPEN = "effects/1/grant", "effects/0/open"
SEAT = "steps/voting/seats/board"

SLIPS: list[tuple[str, str, Any, str]] = [
    ("parent", f"{GRANT}/person", "nobody", "There is no person of the case `nobody`"),
    ("parent", f"{GRANT}/role", "pilot", "There is no role `pilot`"),
    ("parent", f"{GRANT}/role/field", "rule", "There is no field `rule`"),
    ("parent", f"{GRANT}/role/field", "why", "`why` can't say which role"),
    ("parent", "start/fields/role/choices/pilot", "Pilot", "There is no role `pilot`"),
    ("parent", "start/fields/access/choices/x-list", "X", "There is no access list `x-list`"),
    ("parent", "effects/2/grant/list", "x-list", "There is no access list `x-list`"),
    ("parent", f"{GRANT}/authority", "motion", "There is no child case to rest on"),
    ("parent", f"{GRANT}/otherwise", GONE, "The exclusivity matrix can forbid this grant"),
    ("parent", f"{GRANT}/otherwise", "oops", "says nothing about the event `oops`"),
    ("parent", "effects/1/leave", "waiting", "A grant happens when a state is entered"),
    ("parent", "effects/3/end/role", "pilot", "There is no role `pilot`"),
    ("parent", "effects/3/end/person", "nobody", "There is no person of the case"),
    ("parent", "amend", {**AMEND, "fields": ["access"]}, "can be amended after it was decided"),
    ("parent", "amend", {**AMEND, "fields": ["subject"]}, "can be amended after it was decided"),
    ("parent", "amend", {**AMEND, "fields": ["role"]}, "Who may open the case rests on `role`"),
    ("parent", f"{OPEN}/process", "chidl", "There is no process `chidl`"),
    ("parent", f"{OPEN}/process", "vote", "doesn't let cases of `parent` open one"),
    ("parent", f"{OPEN}/as", "case", "The name `case` means something else already"),
    ("parent", f"{OPEN}/on/asked", GONE, "`child` can end as `asked`, and nothing follows"),
    ("parent", f"{OPEN}/on/great", "yes", "There is no end of `child` `great`"),
    ("parent", f"{OPEN}/on/good", "hurrah", "says nothing about the event `hurrah`"),
    ("parent", f"{OPEN}/on", {}, "Nobody has anything to do in the state `waiting`"),
    ("parent", "effects/0/leave", "judging", "Nothing waits for a case that is opened on leaving"),
    ("parent", f"{OPEN}/with/text", GONE, "`child` needs `text`, and it isn't handed over"),
    ("parent", f"{OPEN}/with/more", {"field": "why"}, "There is no field of `child` `more`"),
    ("parent", f"{OPEN}/with/text", {"field": "role"}, "and `role` of type `choice`"),
    ("parent", f"{OPEN}/with/text", {"person": "subject"}, "and a person is handed over"),
    ("parent", f"{OPEN}/with/text", {"field": "ywh"}, "There is no field `ywh`"),
    ("parent", f"{OPEN}/with/about", {"person": "nobody"}, "There is no person of the case"),
    ("parent", f"{OPEN}/with/what", {"choice": "pilot"}, "`pilot` isn't among the choices"),
    ("parent", f"{OPEN}/with/text", {"text": "{step}"}, "There is no placeholder `step`"),
    ("parent", "privacy/fields/role", {"roles": ["arbitrator"], "policy": "9.5"}, "open to all"),
    ("parent", "draws/judge/role", "judge", "There is no role `judge`"),
    ("parent", "draws/judge/on", "waiting", "There is no step `waiting`"),
    ("parent", "draws/judge/not", ["judge"], "Nobody is drawn beside themselves"),
    ("parent", "draws/judge/not", ["nobody"], "There is no person of the case `nobody`"),
    ("parent", "draws/judge/otherwise", GONE, "Nobody may be left to be drawn"),
    ("parent", "draws/judge/otherwise", "none_left", "says nothing about the event `none_left`"),
    ("parent", "draws/subject", PARENT["draws"]["judge"], "comes from somewhere else already"),
    ("parent", "bound/ruler/signer", "waiting", "There is no step `waiting`"),
    ("parent", "bound/ruler/seat", "jugde", "There is no seat of `judging` `jugde`"),
    ("parent", "bound/ruler", {"signer": "working", "seat": "done", "title": "R"}, "by many"),
    ("parent", "bound/judge", PARENT["bound"]["ruler"], "comes from somewhere else already"),
    ("parent", "steps/working/each/items", {}, "Nothing is on this list at first"),
    ("parent", "steps/working/each/items/keys", {"de": "Schlüssel"}, "English words"),
    ("parent", "steps/working/each/grow", ["pilot"], "There is no role `pilot`"),
    ("parent", "steps/stuck/seats/anyone/same", {"signer": "working", "seat": "done"}, "a list"),
    ("parent", "steps/stuck/seats/anyone", {"body": "board"}, "A body fills a seat by a vote"),
    ("parent", "privacy/steps/nowhere", {"roles": ["member"], "policy": "9.5"}, "no step"),
    ("parent", "privacy/steps/judging/policy", GONE, "nothing says by what right"),
    ("parent", "steps/judging/seats/judge/link", True, "a mail's link asks for no sign-in"),
    ("parent", "start/when/rule", {"x": {"roles": ["member"]}}, "There is no field `rule`"),
    ("parent", "start/when/role/pilot", {"roles": ["member"]}, "There is no choice of `role`"),
    ("parent", "start/when/role/none", {}, "Nobody could open a case with this choice"),
    ("parent", "start/when/role/none", {"roles": ["pilot"]}, "There is no role `pilot`"),
    ("parent", "start/when/role/none", {"person": "why"}, "`why` names nobody"),
    ("parent", "start/when/role/none", {"person": "who"}, "There is no field `who`"),
    ("parent", "start/roles", ["arbitrator"], "can't open such a case at all"),
    ("parent", "invariants/0/child", "answer", "There is no child case `answer`"),
    ("parent", "invariants/0/outcome", "great", "There is no end of `question`"),
    ("child", "start/cases", ["parents"], "There is no process `parents`"),
    ("vote", f"{SEAT}/body", "senate", "There is no body `senate`"),
    ("vote", SEAT, {"role": "board-member"}, "exactly one seat, for a body"),
    ("vote", f"{SEAT}/count", 2, "exactly one seat, for a body"),
    ("vote", f"{SEAT}/not", [{"holders": "arbitrator"}], "Whoever is of the body votes"),
    ("vote", "steps/voting/outcomes/lost", GONE, "A vote can end as `lost`"),
    ("vote", "steps/voting/outcomes/maybe", {"event": "is_lost"}, "There is no result of a vote"),
    ("vote", "steps/voting/deadline", GONE, "Nothing closes this vote"),
    ("vote", "steps/voting/deadline/event", "is_lost", "The deadline of a vote closes it"),
    ("vote", "steps/voting/deadline/tell", [{"list": "board-list"}], "A vote is never late"),
    ("vote", "steps/voting/each", {"items": {"one": "One"}}, "A body votes once"),
    ("vote", "steps/voting/vote/active", "text", "`text` can't say which area"),
    ("vote", "steps/voting/vote/active", "aera", "There is no field `aera`"),
    ("vote", "start/fields/area/choices/pilot", "Pilot", "There is no role `pilot`"),
    ("vote", "steps/voting/vote/casting", "chair", "There is no role `chair`"),
    ("vote", "steps/voting/vote", {"early": True, "proxy": True}, "Take `early` or `proxy` out."),
    ("vote", "steps/voting/vote/majority", "2/3", "Take `casting` or `majority` out."),
    ("vote", "steps/voting/vote/report", [{"list": "x-list"}], "There is no mailing list"),
    ("vote", "invariants/0/carried", "good", "There is no step with a vote `good`"),
]


def found(files: dict[str, Any], process: str) -> list[str]:
    """Return what the checks say of one of several definitions."""
    made = {name: Definition.build(data, {}) for name, data in files.items()}
    source = Source(made[process], Positions(f"{process}.yaml", {}), f"{process}.yaml")
    library = {name: definition.body for name, definition in made.items()}
    return [f"{f.sentence} {f.remedy}" for f in check_parts(source, library)]


def changed(process: str, path: str, to: object) -> dict[str, Any]:
    """Return the definitions with one part of one of them changed."""
    files = copy.deepcopy(FILES)
    *way, last = path.split("/")
    at: Any = files[process]
    for part in way:
        at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
    if to is GONE:
        del at[last]
    else:
        at[last] = to
        if last == "leave":
            del at["enter"]
    return files


@pytest.mark.parametrize("process", FILES)
def test_these_definitions_have_no_findings(process: str) -> None:
    assert found(FILES, process) == []


@pytest.mark.parametrize(
    ("process", "path", "to", "says"), SLIPS, ids=[f"{slip[1]}-{slip[3]}" for slip in SLIPS]
)
def test_a_slip_is_found(process: str, path: str, to: object, says: str) -> None:
    told = found(changed(process, path, to), process)
    assert any(says in finding for finding in told), told


def test_two_processes_dont_open_each_other() -> None:
    files = copy.deepcopy(FILES)
    files["child"]["effects"] = [
        {"enter": "good", "open": {"process": "parent", "as": "again", "with": {}}}
    ]
    assert any("that might never end" in finding for finding in found(files, "parent"))


def opening_itself(**over: Any) -> list[str]:
    """Return what is found of a process whose cases open another of their own, at `redone`."""
    data: dict[str, Any] = {
        "process": "again", "title": "Again", "summary": "Done, or done again.",
        "policy": ["4.1"], "number": "g", "rules": 1,
        "start": {"roles": ["member"], "cases": ["again"],
                  "fields": {"why": {"type": "text", "title": "Why", "required": True}}},
        "machine": {"initial": "doing", "states": {
            "doing": {"on": {"did": "checking", "redo": "redone"}},
            "checking": {"on": {"checked": "finished", "redo": "redone"}},
            "finished": {"title": "Finished", "final": True},
            "redone": {"title": "Redone", "final": True},
        }},
        "steps": {name: {
            "title": name, "policy": "4.1", "seats": {"one": {"role": "systems-administrator"}},
            "outcomes": {"good": {"title": "Good", "event": event},
                         "again": {"title": "Again", "event": "redo", "comment": "required"}},
        } for name, event in (("doing", "did"), ("checking", "checked"))},
        "effects": [{"enter": "redone", "open": {
            "process": "again", "as": "anew", "with": {"why": {"field": "why"}}}}],
        "invariants": [{"before": "redone", "child": "anew", "policy": "4.1", "firm": True}],
    }  # fmt: skip
    for path, to in over.items():
        *way, last = path.split("__")
        at: Any = data
        for part in way:
            at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
        at[last] = to
    return found({"again": data}, "again")


def test_a_process_may_open_itself_where_somebody_signs_for_it_each_time() -> None:
    assert opening_itself() == []


LATE = {"after": "P1D", "event": "redo"}
OF_ITSELF: list[tuple[dict[str, Any], str]] = [
    ({"steps__doing__deadline": LATE}, "that might never end"),
    ({"machine__initial": "redone"}, "that might never end"),
    ({"withdraw": {"people": ["opener"], "during": ["doing"], "to": "redone"}},
     "that might never end"),
    ({"effects": [{"leave": "doing", "open": {
        "process": "again", "as": "anew", "with": {"why": {"field": "why"}}}}]},
     "that might never end"),
    ({"effects__0__open__on": {"finished": "redo", "redone": "did"}}, "isn't waited for"),
]  # fmt: skip


@pytest.mark.parametrize(("over", "says"), OF_ITSELF)
def test_one_that_may_open_itself_without_anybody_is_refused(
    over: dict[str, Any], says: str
) -> None:
    told = opening_itself(**over)
    assert any(says in finding for finding in told), told


def test_a_longer_text_than_the_child_takes_is_found() -> None:
    files = changed("parent", "effects/0/open/with/text", {"field": "why"})
    assert found(files, "parent") == []
    files["parent"]["start"]["fields"]["why"]["max"] = 9000
    assert any("may have 9000 characters" in finding for finding in found(files, "parent"))


def test_by_itself_a_definition_says_nothing_of_others() -> None:
    definition = Definition.build(changed("parent", f"{OPEN}/process", "other")["parent"], {})
    source = Source(definition, Positions("parent.yaml", {}), "parent.yaml")
    assert check_parts(source) == ()


def test_a_document_is_not_mailed_of_a_case_that_not_everybody_may_see() -> None:
    mail = {"to": [{"list": "board-list"}], "subject": "S", "text": "T", "attach": "document"}
    files = copy.deepcopy(FILES)
    files["parent"]["effects"] = [*files["parent"]["effects"], {"enter": "ended", "mail": mail}]
    assert found(files, "parent") == []
    files["parent"]["privacy"] = {"case": {"people": ["opener"], "policy": "9.5"}}
    told = found(files, "parent")
    assert [one for one in told if one.startswith("Not everybody may see this case")], told
