"""Draws small definitions of one or two waiting states, with each construct that the format has.

`MAIN` are constructs that the proof is about; one is drawn, and with it what else must be there.
`whole_decorations` has the rest, that the proof must not mind. A construct that the format gets
is added to either as one more function; `tests/definitions/proof/test_generator.py` names what is
missing.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.support.whole_alternatives import apart, branches, several
from tests.support.whole_decorations import decorate
from tests.support.whole_drawing import (
    CHILD_ENDS,
    LONG,
    OTHER,
    ROLE,
    Drawing,
    begun,
    leads,
    machine,
    row,
    second,
    waiting_at,
)
from tests.support.whole_rulings import ruled

_BY_ROLE = {"signed": {"role": OTHER}, "outcome": "good"}
"""What may stand in place of something else."""


def seats(drawing: Drawing) -> None:
    """Draw seats: roles or the opener, who is kept out, who is let in all the same."""
    person = next(iter(drawing.data["people"]))
    if drawing.often(2):
        second(drawing)
    for name in drawing.waits:
        kept = ["opener", {"person": person, "policy": "7.4"}, {"holders": OTHER}]
        kept += [{"holders": OTHER, "policy": "7.4"}]
        signers = [{"signers": "s0"}, {"signers": "s0", "rounds": "all"}]
        signers += [{"signers": "s0", "rounds": "latest", "policy": "7.4"}]
        seat = drawing.step(name)["seats"]["seat0"]
        seat["not"] = [drawing.one(*(signers if name == "s1" else kept))]
        if drawing.often(3):
            seat["not"] = []
        if drawing.often(3):
            seat["or"] = [OTHER]
        if drawing.often(4):
            reason = drawing.one({"policy": "7.4"}, {"judgement": "drawn"})
            drawing.step(name)["seats"]["seat0"] = {
                "person": drawing.one("opener", person),
                "allow": [{"person": person, **reason}],
            }
        if drawing.often(4):
            drawing.step(name)["outcomes"]["bad"]["at"] = drawing.one("once", "all")
    row(drawing)
    drawing.invariant(before="ended", signed={"role": ROLE, "or": ["arbitrator"]})
    drawing.invariant(before="ended", signed={"person": "opener"})
    drawing.invariant(never={"person": drawing.one("opener", person), "in": ["s0"]})
    drawing.invariant(never={"role": OTHER})


def vote(drawing: Drawing) -> None:
    """Draw a vote, alone, before or after what is signed, and what rests on it."""
    at_first = drawing.often(2)
    name = "s0" if at_first or drawing.often(2) else "s1"
    if not at_first or drawing.often(2):
        second(drawing)
    name = name if name in drawing.waits else "s0"
    person = next(iter(drawing.data["people"]))
    kept = drawing.one([], ["opener"], [{"person": person}])
    quorum = drawing.one(
        {"share": "1/2"}, {"at_least": 1}, {"at_least": 2, "abstentions": drawing.often()}
    )
    drawing.data["steps"][name] |= {
        "seats": {"board": {"body": "board", "not": kept}},
        "vote": {"quorum": quorum, "majority": drawing.one("1/2", "1/3"),
                 "early": drawing.often()},
        "outcomes": {
            "carried": {"event": f"{name}_good"},
            "lost": {"event": f"{name}_bad"},
            "inquorate": {"event": f"{name}_bad"},
        },
        "deadline": {"after": LONG},
    }  # fmt: skip
    if drawing.often(2):
        drawing.data["steps"][name]["vote"]["published"] = True
    _regions(drawing) if len(drawing.waits) > 1 and drawing.often(4) else row(drawing)
    about = drawing.one({}, {"about": ["topic"]}, {"about": ["risk"]})
    drawing.invariant(before="ended", carried=name, **about)
    drawing.invariant(before="refused", carried=name)
    drawing.invariant(before="ended", any_of=[{"carried": name}, {"people": 1, "role": ROLE}])
    drawing.invariant(never={"person": drawing.one("opener", person), "in": [name]})
    drawing.invariant(never={"role": "board-member", "in": [name]})


def lot(drawing: Drawing) -> None:
    """Draw a lot: for the step on which it is cast, or for the one after it as well."""
    person = next(iter(drawing.data["people"]))
    kept = [person] if drawing.often(2) else []
    drawing.data["draws"] = {
        "judge": {"role": ROLE, "on": "s0", "title": "Judge", "policy": "9.1.4",
                  "not": [*kept, *(["opener"] if drawing.often(2) else [])],
                  "otherwise": "nobody"},
    }  # fmt: skip
    if drawing.often(2):
        second(drawing, seats={"seat0": {"person": "judge"}})
    if len(drawing.waits) == 1 or drawing.often(2):
        drawing.step("s0")["seats"]["seat0"] = {"person": "judge"}
    row(drawing)
    for name in drawing.waits:
        leads(drawing, name, "nobody", "refused", "s0")
        _late(drawing, name)
    drawing.invariant(never={"person": "judge", "in": [drawing.waits[-1]]})
    drawing.invariant(before="ended", signed={"person": "judge"})
    drawing.invariant(before="ended", signed={"role": ROLE, "in": [drawing.waits[-1]]})


def _late(drawing: Drawing, name: str, **more: Any) -> None:
    drawing.step(name)["deadline"] = {"after": "P2D", "event": f"{name}_late"} | more
    leads(drawing, name, f"{name}_late", "refused", "ended")


def bound(drawing: Drawing) -> None:
    """Draw somebody bound by a step, and a seat that is for them or keeps them out."""
    drawing.data["bound"] = {"keeper": {"signer": "s0", "seat": "seat0", "title": "Keeper"}}
    kept = {"role": ROLE, "not": ["keeper"]}
    second(drawing, seats={"seat0": drawing.one({"person": "keeper"}, kept)})
    if drawing.often(2):
        drawing.data["bound"]["keeper"]["policy"] = "7.4"
    if drawing.often(3):
        drawing.step("s0")["seats"]["seat0"] |= {"or": [OTHER]}
    if drawing.often(3):
        drawing.step("s0")["seats"]["seat1"] = {"role": ROLE}
    row(drawing)
    _late(drawing, "s1")
    drawing.invariant(before="ended", signed={"person": "keeper", "in": ["s1"]})
    drawing.invariant(before="ended", people=2, **{"in": ["s0", "s1"]})
    drawing.invariant(never={"person": "keeper", "in": ["s1"]})


def same(drawing: Drawing) -> None:
    """Draw a seat for whoever signed an earlier step."""
    by = drawing.one({"signer": "s0"}, {"signer": "s0", "seat": "seat0"})
    second(drawing, seats={"seat0": {"role": drawing.one(ROLE, OTHER), "same": by}})
    if drawing.often(2):
        drawing.step("s0")["seats"]["seat0"] |= {"or": [OTHER]}
    row(drawing)
    _late(drawing, "s1")
    drawing.invariant(before="ended", people=2, **{"in": ["s0", "s1"]})
    drawing.invariant(before="ended", signed={"role": ROLE, "in": ["s0", "s1"]})


def child(drawing: Drawing) -> None:
    """Draw a case that this one opens and waits for, first or after something is signed."""
    second(drawing)
    name = drawing.one("s0", "s1")
    del drawing.data["steps"][name]
    handed = {"topic": {"field": "topic"}, "what": {"text": "{number}: {title}"},
              "area": {"choice": "low"}, "whom": {"person": "opener"}}  # fmt: skip
    drawing.data["effects"].append(
        {"enter": name, "open": {"process": "other", "as": "paper", "with": handed,
         "on": {"kept": f"{name}_good", "left": f"{name}_bad"}}}
    )  # fmt: skip
    row(drawing)
    about = drawing.one({}, {"about": ["topic"]}, {"about": ["risk"]})
    with_ = {"with": {"topic": {"field": "topic"}}} if drawing.often(2) else {}
    drawing.invariant(before="ended", child="paper", outcome="kept", **about, **with_)
    drawing.invariant(before="refused", child="paper", outcome=drawing.one(*CHILD_ENDS))
    ended = {"child": "paper", "outcome": drawing.one(*CHILD_ENDS)}
    drawing.invariant(before=drawing.one("ended", "refused"), any_of=[ended, _BY_ROLE])


def unwaited(drawing: Drawing) -> None:
    """Draw a case that this one opens and doesn't wait for."""
    when = drawing.one({"enter": "ended"}, {"leave": "s0"}, {"enter": "s0"})
    drawing.data["effects"].append(
        {**when, "open": {"process": "other", "as": "paper", "with": {}}}
    )
    row(drawing)
    drawing.invariant(before=drawing.one("ended", "refused"), child="paper")
    drawing.invariant(after=drawing.one("s0", "ended", "refused"), child="paper")
    drawing.invariant(before=["ended", "refused"], any_of=[{"child": "paper"}, _BY_ROLE])


def listed(drawing: Drawing) -> None:
    """Draw a step with a list, which may grow, and what rests on the things on it."""
    items = drawing.one({"a": {"en": "A", "de": "A"}}, {"a": "A", "b": "B"})
    grow = [ROLE] if drawing.often(3) else []
    drawing.step("s0")["each"] = {"items": items, "grow": grow, "queued": drawing.often(3)}
    if drawing.often(2):
        drawing.step("s0")["seats"]["seat0"] |= {"or": [OTHER]}
    drawing.step("s0")["outcomes"]["bad"]["at"] = drawing.one("all", "once")
    if drawing.often(2):
        second(drawing)
    row(drawing)
    outcome = {"outcome": "good"} if drawing.often(2) else {}
    of = {"role": ROLE, "in": ["s0"]}
    drawing.invariant(before="ended", signed=of, items=list(items), **outcome)
    drawing.invariant(before="refused", signed=of, items=list(items)[-1:])


def regions(drawing: Drawing) -> None:
    """Draw two steps beside each other."""
    kept = drawing.one([], [{"signers": "s0"}], ["opener"])
    second(drawing, seats={"seat0": {"role": ROLE, "not": kept}})
    if kept and drawing.often(2):
        drawing.step("s0")["seats"]["seat0"]["not"] = [{"signers": "s1"}]
    _regions(drawing)
    drawing.invariant(before="ended", people=2, **{"in": ["s0", "s1"]})
    drawing.invariant(ended="s1_end")


def _regions(drawing: Drawing) -> None:
    inner = {
        f"region_{name}": {
            "initial": name,
            "states": {name: {"on": {f"{name}_good": f"{name}_end"}},
                       f"{name}_end": {"final": True}},
        }
        for name in drawing.waits
    }  # fmt: skip
    on = {"done": "ended"} | {f"{name}_bad": "refused" for name in drawing.waits}
    machine(drawing, "both", {"both": {"parallel": inner, "on": on}})


def history(drawing: Drawing) -> None:
    """Draw a pause after which the case goes on where it stood."""
    second(drawing)
    back = {"default": "s0", "deep": True} if drawing.often(2) else {"default": "s0"}
    work = {
        "initial": "s0",
        "states": {"s0": {"on": {"s0_good": "work_end"}}, "work_end": {"final": True}},
        "history": {"before": back},
        "on": {"done": "ended", "s0_bad": "s1"},
    }
    after = {"on": {"s1_good": "before", "s1_bad": "refused"}}
    machine(drawing, "work", {"work": work, "s1": after})
    drawing.invariant(after="s1", always="ended")
    drawing.invariant(only=["work"], reaches="ended")


def need(drawing: Drawing) -> None:
    """Draw seats of which some are enough."""
    step = drawing.step("s0")
    step["seats"]["seat1"] = {"role": drawing.one(ROLE, OTHER)}
    if drawing.often(2):
        step["need"] = drawing.one("all", [["seat0"], ["seat1"]])
    else:
        step["seats"]["seat2"] = {"role": OTHER}
        step["need"] = [["seat0", "seat1"], ["seat2"]]
    row(drawing)
    drawing.invariant(before="ended", people=2, role=ROLE)
    drawing.invariant(before="ended", signed={"role": ROLE}, outcome="good")


def count(drawing: Drawing) -> None:
    """Draw how many sign, by number or by choice."""
    of = drawing.one(1, 2, {"by": "risk", "low": 1, "high": 2})
    drawing.step("s0")["seats"]["seat0"]["count"] = of
    row(drawing)
    drawing.invariant(before="ended", people=2, role=ROLE, when={"risk": "high"})
    drawing.invariant(before="ended", people=1, role=ROLE)


def times(drawing: Drawing) -> None:
    """Draw deadlines: by choice, that go on, that are put off, that only tell."""
    second(drawing)
    row(drawing)
    by = {"by": "risk", "low": "P4D", "high": "P2D"}
    _late(drawing, "s0", after=drawing.one("P2D", "P0D", by), goes_on=drawing.often(2))
    if drawing.often(2):
        drawing.step("s0")["deadline"]["event"] = "s0_good"
        del waiting_at(drawing.data["machine"]["states"], "s0")["on"]["s0_late"]
    if drawing.often(2):
        effect = {
            "step": "s0",
            "by": drawing.one("P1D", {"by": "risk", "low": "P1D", "high": "P3D"}),
        }
        drawing.data["effects"].append({"enter": "s0", "extend": effect})
    drawing.step("s0")["reminders"] = drawing.one(
        [], ["P1D"], [{"by": "risk", "low": "P1D", "high": "PT6H"}]
    )
    drawing.step("s1")["deadline"] = {
        "after": "P2D",
        "tell": [{"role": ROLE}, {"person": "opener"}],
    }
    drawing.invariant(before="s1", signed={"role": ROLE})
    drawing.invariant(ended="s1")


def deeds(drawing: Drawing) -> None:
    """Draw what is given and ended, and what must have been or not."""
    second(drawing)
    row(drawing)
    leads(drawing, "s1", "barred", "refused", "s0")
    what = drawing.one({"role": ROLE}, {"list": "ssh-access-list"}, {"role": {"field": "job"}},
                       {"list": {"field": "place"}})  # fmt: skip
    jobs = {"none": "None", "systems-administrator": "Administrator"}
    places = {"none": "None", "ssh-access-list": "SSH"}
    fields = drawing.data["start"]["fields"]
    fields["job"] = {"type": "choice", "title": "Job", "choices": jobs}
    fields["place"] = {"type": "choice", "title": "Place", "choices": places}
    later = drawing.one({}, {"begins": "P7D", "lasts": "P365D"})
    whom = {"person": "opener", **what}
    check = {"check": True} if drawing.often(3) else {}
    grant = {**whom, **later, **check, "authority": "case", "otherwise": "barred"}
    drawing.data["effects"].append({"enter": "s1", "grant": grant})
    ended = drawing.one(what, {"role": "all"}, {"list": "all"})
    when = drawing.one({"enter": "refused"}, {"leave": "s0"}, {"leave": "s1"})
    drawing.data["effects"].append(
        {**when, "end": {"person": "opener", **ended, "authority": "case"}}
    )
    by = drawing.one({}, {"authority": "case"})
    drawing.invariant(before="ended", title="Given", done={"grant": {**whom, **later, **by}})
    drawing.invariant(before="refused", title="Not", undone={"grant": {**whom, **by}})
    gone = {"end": {"person": "opener", **ended}}
    drawing.invariant(before=drawing.one("ended", "refused"), title="Gone", done=gone)
    drawing.invariant(before="ended", title="Any", any_of=[{"done": gone}, _BY_ROLE])


def mails(drawing: Drawing) -> None:
    """Draw a mail that must go out, and a thing for another process."""
    second(drawing)
    row(drawing)
    to = drawing.one({"list": "board-list"}, {"role": ROLE}, {"person": "opener"},
                     {"signers": "s0"}, {"seats": "s1"})  # fmt: skip
    when = {"enter": "s1"} if "seats" in to else drawing.one({"enter": "ended"}, {"leave": "s0"})
    mail = {"to": [to], "subject": "{number}", "text": "{title}"}
    drawing.data["effects"].append({**when, "mail": mail})
    if drawing.often(2):
        repeated = {"within": "P90D", "least": drawing.one(2, 3)}
        at, board = drawing.one("s0", "ended"), {**mail, "to": [{"list": "board-list"}]}
        drawing.data["effects"].append({"enter": at, "repeated": repeated, "mail": board})
        drawing.invariant(after=drawing.one("s0", "ended"), always="flagged", to="board-list")
    if drawing.often(2):
        queue = {"for": "other", "text": "{number}"}
        at = drawing.one("s0", "ended")
        drawing.data["effects"].append({"enter": at, "queue": queue})
        drawing.invariant(after=drawing.one("s0", "ended"), always="queued", to="other")
    drawing.invariant(after="s0", always="mailed", to="board-list")


def openers(drawing: Drawing) -> None:
    """Draw who may open the case with which choice, and what must be filled in then."""
    start = drawing.data["start"]
    start["roles"] = drawing.one(["member"], [ROLE, OTHER], [ROLE, "systems-administration-leader"])
    by = drawing.one({"roles": [ROLE]}, {"person": "who"},
                     {"roles": ["systems-administration-leader"], "team_of": "who"})  # fmt: skip
    start["when"] = {"risk": {drawing.one("low", "high"): by}}
    if drawing.often(2):
        start["fields"]["who"]["required_when"] = {"risk": drawing.one("low", "high")}
    drawing.step("s0")["seats"]["seat0"] = drawing.one(
        {"person": "opener", "allow": [{"person": "subject", "policy": "7.4"}]}, {"role": ROLE}
    )
    drawing.data["people"] = {"subject": {"from": "who", "title": "Who", "policy": "7.4"}}
    row(drawing)
    drawing.invariant(before="ended", signed={"role": ROLE})
    drawing.invariant(before="ended", signed={"person": "subject"})


MAIN: tuple[Callable[[Drawing], None], ...] = (
    seats, vote, lot, bound, same, child, unwaited, listed, regions, history, need, count, times,
    deeds, mails, openers, branches, several, apart,
)  # fmt: skip


def _taken_back(drawing: Drawing) -> None:
    """Draw what may be amended, where that leads back to, and whether one may withdraw."""
    data = drawing.data
    fixed = {"who"} if "when" in data["start"] or data["effects"] else set()
    fixed |= {"risk"} if "when" in data["start"] else set()
    during = ["both"] if "both" in data["machine"]["states"] else list(drawing.waits)
    if drawing.often(2):
        some = drawing.one(["who"], ["topic"], ["risk"], ["topic", "risk"])
        fields = [name for name in some if name not in fixed] or ["topic"]
        data["amend"] = {"fields": fields, "during": during}
        for name in data["steps"]:
            _covers(drawing, name)
    if drawing.often(3):
        data["withdraw"] = {"during": during[:1], "to": "refused"}
    for key in ("amend", "withdraw"):
        if key in data and drawing.often(2):
            data[key]["people"] = ["opener"]


def _covers(drawing: Drawing, name: str) -> None:
    covered = drawing.one(None, ["topic", "risk", "who"], ["risk", "who"], [])
    step = drawing.step(name)
    step.pop("covers", None)
    if covered is None:
        return
    step["covers"] = {"fields": covered}
    if covered and drawing.often(2):
        before = drawing.waits[: drawing.waits.index(name) + 1]
        target = name if "both" in drawing.data["machine"]["states"] else drawing.one(*before)
        step["covers"]["reopen"] = target


@st.composite
def whole_definitions(
    draw: Any, main: tuple[Callable[[Drawing], None], ...] = MAIN, *, decorated: bool = True
) -> dict[str, Any]:
    """Draw the plain data of a definition; the checks may still find something in it."""
    return whole_definition(lambda most: draw(st.integers(0, most - 1)), main, decorated=decorated)


def whole_definition(
    below: Callable[[int], int],
    main: tuple[Callable[[Drawing], None], ...] = MAIN,
    *,
    decorated: bool = True,
) -> dict[str, Any]:
    """Return one as the numbers say that are drawn."""
    drawing = Drawing(below, {})
    begun(drawing)
    drawing.one(*main)(drawing)
    _taken_back(drawing)
    if drawing.often(2):
        ruled(drawing)
    if decorated:
        decorate(drawing)
    return drawing.data
