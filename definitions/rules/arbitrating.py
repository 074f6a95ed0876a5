"""Ruling, in one case, on another: who may, and what is kept of it where it was made.

What a ruling does to the other case, the commit tells it: that case takes it in by an act of its
own (`rules.ruled`). Here is asked whether this person may rule at all; whether the other case lets
itself be ruled on so, and whether they are a party of it, the commit finds out and says in the
facts (Policy 9.1.1).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from definitions.acts import Act, Facts
from definitions.canonical import Json
from definitions.catalogue import Effect, OpenCase, Recipient
from definitions.definition import Definition
from definitions.model import FieldSpec, words
from definitions.parts import duration
from definitions.refusals import Refusal
from definitions.rules.changes import Changes, DeedDue, MailDue
from definitions.rules.effects import child_id
from definitions.rules.moving import mail_words
from definitions.rules.ruled import participants, possible, told_all
from definitions.rules.values import check_values
from definitions.ruling import LIVES, Ruling, RulingState
from definitions.state import CaseState, Child

ON = "on"
"""The value of the act that says which case it is about, as it stood, and what is done to it."""
DOCUMENT = "document"
_LONGEST = 20_000

FORM: Mapping[str, FieldSpec] = {
    "scope": FieldSpec(
        type="text",
        title={"en": "Scope"},
        hint={"en": "What is ruled, for whom it holds and until when. Everybody can read it."},
        required=True,
        max=_LONGEST,
    ),
    "reasons": FieldSpec(
        type="text",
        title={"en": "Reasons"},
        hint={"en": "By which sections or precedents. Everybody can read them."},
        required=True,
        max=_LONGEST,
    ),
    DOCUMENT: FieldSpec(
        type="file",
        title={"en": "Document"},
        hint={"en": "For what doesn't fit here: PDF or text. Everybody can read it."},
        kinds=("application/pdf", "text/plain"),
    ),
}
"""What is said with every ruling, the document where there is one."""
BINDING: Mapping[str, FieldSpec] = {
    "who": FieldSpec(
        type="person",
        title={"en": "Who is bound"},
        hint={"en": "Only for a ruling that binds somebody. They get a task that they answer."},
    ),
    "what": FieldSpec(
        type="text",
        title={"en": "What they are to do"},
        hint={"en": "Only for a ruling that binds somebody. Everybody can read it."},
        max=_LONGEST,
    ),
}
"""What is said as well with one that binds somebody."""
LASTING: Mapping[str, FieldSpec] = {
    "lives": FieldSpec(
        type="choice",
        title={"en": "How long it holds"},
        hint={
            "en": "Only for a ruling that suspends a case. The case goes on by itself after this "
            "time; without one, it rests until another ruling lets it go on."
        },
        choices={key: {"en": f"{duration(length).days} days"} for key, length in LIVES.items()},
    ),
}
"""What may be said as well with one that suspends a case."""
WHOLE_FORM: Mapping[str, FieldSpec] = {**FORM, **LASTING, **BINDING}


def form_for(kind: str) -> Mapping[str, FieldSpec]:
    """Return the form of a ruling of this kind, as it must be filled in."""
    if kind == "suspend":
        return {**FORM, **LASTING}
    if kind != "bind":
        return FORM
    required = {name: spec.model_copy(update={"required": True}) for name, spec in BINDING.items()}
    return {**FORM, **required}


def as_said(ruling: Ruling, values: Mapping[str, Json]) -> Ruling:
    """Return a ruling as it is with what its form says of how long it holds."""
    lives = LIVES.get(str(values.get("lives", ""))) if ruling.kind == "suspend" else None
    return ruling.model_copy(update={"lives": lives})


def rule(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Take a ruling into the case in which it is made, number it, and tell the lists of it."""
    given = {name: value for name, value in values.items() if name != ON}
    said = values.get(ON)
    wanted = Ruling.read(said.get("ruling")) if isinstance(said, dict) else None
    refusal = why_not_rule(definition, state, act.actor, facts.roles)
    refusal = refusal or next(
        iter(check_values(form_for(wanted.kind if wanted else ""), given)), None
    )
    if refusal is None and wanted is not None and wanted != as_said(wanted, given):
        refusal = Refusal("malformed", "This isn't a ruling that can be recorded.", field=ON)
    if refusal:
        return refusal
    about = facts.ruling
    if about is None:  # only the commit knows the other case
        return Changes(state)
    ruling = Ruling.read(about.get("ruling"))
    if ruling is None or not _is_about(values.get(ON), about):
        return Refusal("malformed", "This isn't a ruling that can be recorded.", field=ON)
    made = RulingState(
        number=f"{state.number}/{len(state.given) + 1}",
        act=act.id,
        case=str(about["case"]),
        of=str(about["number"]),
        ruling=ruling,
        at=facts.time,
        waived=tuple(str(one) for one in about.get("waived") or ()),
    )
    new = state.model_copy(update={"given": (*state.given, made)})
    told = {
        "number": made.number,
        "about": made.of,
        "sentence": str(about.get("words", "")),
        "judge": act.actor,
        **given,
    }
    new, deeds = _opened(definition, new, made, told)
    mails = _told(definition, new, made, told["sentence"])
    if made.case == state.case:  # no other case takes it in and tells its people
        mails = (told_all(definition, state, new, made), *mails)
    return Changes(new, mails, deeds=deeds)


def possible_here(definition: Definition, state: CaseState) -> tuple[Ruling, ...]:
    """Return every ruling that can be made in a case on that case itself: to bind somebody.

    Nothing else needs one there: its own steps decide it. Somebody must be bound without another
    case being open as well, such as who has left (9.1.7).
    """
    return tuple(one for one in possible(definition, state) if one.kind == "bind")


def _is_about(said: Json, about: Mapping[str, Json]) -> bool:
    """Say whether what was signed is what the commit says of the other case."""
    if not isinstance(said, dict):
        return False
    return (said.get("case"), said.get("ruling")) == (about.get("case"), about.get("ruling"))


def why_not_rule(
    definition: Definition, state: CaseState, person: str, roles: Collection[str]
) -> Refusal | None:
    """Return why this person can't rule in this case now, None if they can.

    Args:
        roles: what the directory says of the person at this moment.
    """
    rule = definition.body.arbitrates
    if rule is None:
        return Refusal(
            "no-rulings",
            f"In “{definition.title()}” nobody rules on other cases.",
            definition.body.policy[0],
            "The Arbitrator rules in an arbitration.",
        )
    if not set(rule.during) & set(state.configuration):
        where = " or ".join(f"“{definition.state_title(one)}”" for one in rule.during)
        return Refusal(
            "not-open",
            f"Rulings are made while the case stands at {where}.",
            rule.policy,
            "Look at the case: it says where it stands and what waits.",
        )
    named = any(person in state.people.get(name, ()) for name in rule.people)
    if not named or rule.role not in roles:
        who = " or ".join(_titled(definition, name) for name in rule.people)
        return Refusal(
            "not-yours",
            f"Only the {who} of this case rules in it, and nobody in their place.",
            rule.policy,
            "File a dispute, if something should be ruled on.",
        )
    for name in rule.not_:
        if person in state.people.get(name, ()):
            return Refusal(
                "party",
                f"You may not rule in this case: you are its {_titled(definition, name)}.",
                rule.policy,
                "Decline; another Arbitrator is drawn then.",
            )
    return None


def why_party(definition: Definition, state: CaseState, person: str) -> str | None:
    """Return as what somebody has part in a case, so that they can't rule on it; None if in none.

    Args:
        definition: of the case that would be ruled on.
        state: its state.
    """
    for name, people in state.people.items():
        if person in people:
            one = definition.body.people.get(name)
            if one is not None and one.of:  # its title says of what: not of this case
                return f"the {words(one.title)}"
            return f"its {name.replace('_', ' ')}"
    if person in participants(definition, state):
        return "somebody who signed or voted in it"
    if any(person == one.actor for vote in state.votes.values() for one in vote.votes):
        return "somebody who voted in it for another"
    passed = (at.passed for at in state.draws.values())
    declined = (at.declined for at in state.steps.values())
    if any(person in those for those in (*passed, *declined)):
        return "somebody who declined to sign in it"
    if any(person in (*v.conflicted, *v.recused) for v in state.votes.values()):
        return "somebody with a declared conflict of interest"
    return None


def _opened(
    definition: Definition, state: CaseState, made: RulingState, told: Mapping[str, Json]
) -> tuple[CaseState, tuple[DeedDue, ...]]:
    """Return the state with the cases that the ruling opens, and these."""
    rule, deeds, children = definition.body.arbitrates, [], dict(state.children)
    where = state.configuration[-1]
    for one in rule.opens if rule else ():
        if made.ruling.kind not in one.for_:
            continue
        before = children.get(one.as_)
        n = before.n + 1 if before else 1
        case = child_id(state.case, one.as_, n)
        children[one.as_] = Child(case=case, process=one.process, state=where, n=n)
        handed = {name: told[what] for name, what in one.with_.items() if what in told}
        opened = OpenCase.model_validate({"process": one.process, "as": one.as_, "with": {}})
        key = f"ruling-{len(state.given)}-{one.as_}"
        deeds.append(
            DeedDue(key, Effect(enter=where, open=opened), where, child=case, handed=handed)
        )
    return state.model_copy(update={"children": children}), tuple(deeds)


def _titled(definition: Definition, name: str) -> str:
    body = definition.body
    person = body.people.get(name) or body.draws.get(name) or body.bound.get(name)
    return words(person.title) if person else name


def _told(
    definition: Definition, state: CaseState, made: RulingState, told: str
) -> tuple[MailDue, ...]:
    rule = definition.body.arbitrates
    if rule is None or not rule.tell:
        return ()
    return (
        MailDue(
            key=f"ruling-{len(state.given)}",
            to=tuple(Recipient(list=one) for one in rule.tell),
            subject={"en": f"{made.number}: a ruling on {made.of}"},
            text={"en": f"{made.of}: {told} Its scope and reasons are on case {{number}}."},
            step=None,
            words=mail_words(definition, state),
        ),
    )
