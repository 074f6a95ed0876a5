"""Cases whose outcome is published, played through the web to their end; for tests of the pages."""

from __future__ import annotations

import io
from datetime import timedelta

from tests.support.acting import World
from tests.support.carrying import carry_on
from tests.support.filled_form import filled_form

COMMUNITY = """\
name, emails, roles, leads, language, lists, motion
Sue Elm, sue@example.org, systems-administrator, systems-administration, en, , m20261012.1
Bo Ash, bo@example.org, systems-administrator, , en, ,
Cy Oak, cy@example.org, systems-administrator, , en, ,
Ruth Bay, ruth@example.org, board-member, , en, ,
Anna Box, anna@example.org, board-member, , en, ,
Judy Nut, judy@example.org, arbitrator, , en, ,
Jens Nut, jens@example.org, arbitrator, , en, ,
Cara Fig, cara@example.org, case-manager, , en, ,
Fay Plum, fay@example.org, , , en, ,
"""
HEADINGS = ("team", "description", "containment", "root_causes", "corrective_actions",
            "verification", "prevention")  # fmt: skip
MARK = "XYZZY"
"""In everything that is typed and not published."""


def paper() -> tuple[io.BytesIO, str]:
    """Return a file as a browser sends it."""
    return io.BytesIO(f"{MARK} on paper\n".encode()), f"{MARK}.txt"


def signed(town: World, name: str, number: str, step: str, seat: str, **typed: object) -> None:
    """Sign, and let happen what follows."""
    answer = town.sign(name, number, step, seat, **typed)
    assert answer.status_code == 303, answer.text
    carry_on(town)


def holder(town: World, number: str, office: str) -> str:
    """Return the first name of who holds an office of a case."""
    (person,) = town.state(number).people[office]
    return next(name for name, id_ in town.people.items() if id_ == person)


def accepted_offices(town: World, number: str) -> tuple[str, str]:
    """Let Arbitrator and Case Manager accept; return their names."""
    carry_on(town)
    offices = holder(town, number, "arbitrator"), holder(town, number, "case_manager")
    for name, seat in zip(offices, ("arbitrator", "case_manager"), strict=True):
        sure = {"outcome": "accept", "independent": "yes"}
        signed(town, name, number, "acceptance", seat, **sure)
    return offices


def incident(town: World, *, appendix: bool = True) -> str:
    """Close an incident of low severity, with or without a restricted appendix."""
    number = town.open_case("Fay", "incident", {"what": f"{MARK} seen", "noticed": f"{MARK} today"})
    signed(town, "Bo", number, "assessing", "assessor", outcome="assess", assessment="low",
           initial_report=f"{MARK} first")  # fmt: skip
    signed(town, "Cy", number, "confirming", "second", outcome="confirm", comment=f"{MARK} so")
    for item in ("course", "methods", "extent"):
        seat = f"investigator:{item}"
        signed(town, "Bo", number, "investigating", seat, outcome="found", entry=f"{MARK} log")
    for name, seat in (("Bo", "executor"), ("Cy", "observer")):
        signed(town, name, number, "responding", seat, outcome="responded",
               measures=f"{MARK} done")  # fmt: skip
    said = {name: f"The {name} & <so> of it." for name in HEADINGS}
    outcome = "with-appendix" if appendix else "report"
    signed(town, "Bo", number, "reporting", "author", outcome=outcome, comment=f"{MARK} kind",
           **said)  # fmt: skip
    if appendix:
        signed(town, "Bo", number, "appending", "author", outcome="appended",
               details=f"{MARK} details", comment=f"{MARK} remark", document=paper())  # fmt: skip
    signed(town, "Sue", number, "publishing", "leader", outcome="publish", approval="All is done.",
           place=f"{MARK} place")  # fmt: skip
    assert town.state(number).ended == "closed"
    return number


def motion(town: World, proposal: str = "To buy a server.") -> str:
    """Have the Board carry a motion."""
    typed: dict[str, object] = {
        "proposal": proposal,
        "information": f"{MARK} prices",
        "subject": town.people["Fay"],
    }
    number = town.open_case("Ruth", "motion", typed)
    for name in ("Ruth", "Anna"):
        path = f"/cases/{number}/vote/voting"
        form = town.form(name, path).send(conflict="none", choice="aye")
        town.follow(name, town.post(name, path, form))
    town.stack.clock.pass_time(timedelta(days=3, minutes=1))
    town.visitors.clear()
    carry_on(town)
    assert town.state(number).ended == "carried"
    return number


def background_check(town: World) -> str:
    """Have an Arbitrator accept somebody."""
    typed: dict[str, object] = {
        "subject": town.people["Fay"],
        "role": "systems-administrator",
        "request": f"{MARK} why",
    }
    number = town.open_case("Sue", "abc", typed)
    judge, manager = accepted_offices(town, number)
    signed(town, "Fay", number, "consent", "subject", outcome="agree", drp="yes",
           contact=f"{MARK} street", references=f"{MARK} friends",
           comment=f"{MARK} yes")  # fmt: skip
    for name, seat in ((judge, "arbitrator"), (manager, "case_manager")):
        signed(town, name, number, "interview", seat, outcome="held", notes=f"{MARK} notes",
               document=paper())  # fmt: skip
    for one in town.state(number).items["scope"]:
        signed(town, judge, number, "scope", f"examined:{one.id}", outcome="examined",
               findings=f"{MARK} finding")  # fmt: skip
    signed(town, judge, number, "ruling", "arbitrator", outcome="accept",
           summary="Nothing was found.", escrow="Kept for three years.")  # fmt: skip
    assert town.state(number).ended == "accepted"
    return number


def dispute(town: World) -> tuple[str, str]:
    """File a dispute; return its number, and the name of its Arbitrator."""
    claim: dict[str, object] = {"claim": f"{MARK} claim", "respondent": town.people["Bo"]}
    number = town.open_case("Fay", "arbitration", claim)
    return number, accepted_offices(town, number)[0]


def decided(town: World, number: str) -> None:
    """Have a dispute heard and granted."""
    judge, manager = holder(town, number, "arbitrator"), holder(town, number, "case_manager")
    signed(town, manager, number, "hearing", "case_manager", outcome="heard",
           statements=f"{MARK} said")  # fmt: skip
    signed(town, judge, number, "ruling", "arbitrator", outcome="grant",
           ruling="It is granted.", reasons="By 9.1.1.", comment=f"{MARK} aside")  # fmt: skip
    assert town.state(number).ended == "ruled_for"


def ruled(town: World, judge: str, made_in: str, on: str, which: int, scope: str) -> None:
    """Rule on a case: the how-manieth of what can be ruled, from 0."""
    path = f"/cases/{made_in}/rule?on={on}"
    form = town.form(judge, path)
    said = {"scope": scope, "reasons": f"The reasons: {scope}"}
    choices = form.choices["ruling"]
    looked = town.post(judge, path, form.send(ruling=choices[which], step="look", **said))
    assert looked.status_code == 200, looked.text
    signing = filled_form(looked.text, path)
    assert town.post(judge, path, signing.send(step="rule")).status_code == 303
    carry_on(town)
