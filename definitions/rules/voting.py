"""A body votes: declare a conflict, vote, recuse, leave, close (Policy 9.1.5).

A later vote replaces an earlier one until the close; a proxy's never replaces one that the member
cast themself, and the member is told of it; it goes when the proxy may vote no longer. Whoever is
active in the area abstains by rule, but may deliberate; whoever has a conflict of interest
abstains or recuses. An abstention leaves the electorate as it is, a recusal shrinks it.
"""

from __future__ import annotations

from collections.abc import Mapping

from definitions.acts import Act, Facts
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import FieldSpec, words
from definitions.organisation import load_organisation
from definitions.refusals import Refusal
from definitions.rules.changes import Changes, MailDue
from definitions.rules.counting import Tally, count, tally
from definitions.rules.moving import Closing, fire, mail_words
from definitions.rules.proxies import proxy_refused
from definitions.rules.resting import why_at_rest
from definitions.rules.signing import outdated, signed_in_too_long_ago
from definitions.rules.values import check_values, comment_refusal
from definitions.state import CaseState, Vote, VoteState
from definitions.voting import ABSTAIN, CHOICES, Ballot

CONFLICT = "conflict"
NONE, SOME = "none", "some"
DECLARATION = {
    CONFLICT: FieldSpec(
        type="choice",
        title={"en": "Conflict of interest"},
        required=True,
        choices={NONE: {"en": "I have none"}, SOME: {"en": "I have one"}},
    )
}


def vote(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Cast a vote, or replace one's own; with the declaration, where it wasn't made before.

    By a proxy it is another member's: they are told, and may vote themself until the close.
    """
    step, ballot = act.step or "", _ballot(definition, act.step)
    voter = act.on_behalf or act.actor
    refusal = (
        why_not_vote(definition, state, step, act.instance, act.actor, facts.time)
        or _not_of_body(definition, step, facts)
        or proxy_refused(definition, state, act, ballot, values)
        or outdated(definition, state, act, step)
        or _declared_refused(definition, state, step, voter, values)
        or _choice_refused(definition, state, step, act, values)
        or signed_in_too_long_ago(definition.step(step), act)
    )
    if refusal or ballot is None:
        return refusal or _no_vote()
    own, before = act.actor == voter, state.votes[step]
    cast = Vote(act=act.id, voter=voter, actor=act.actor, choice=act.outcome or "", at=facts.time)
    said = values.get(CONFLICT)
    now = _without_proxy(before, voter) if own and said == SOME else before
    kept = tuple(one for one in now.votes if one.voter != voter)
    declared = _declaration(now, voter, said) if own else _said_of(now, voter, said)
    state = _with(state, step, now.model_copy(update={"votes": (*kept, cast)} | declared))
    mails: tuple[MailDue, ...] = () if own else (_told(definition, state, step, voter),)
    if now is not before:
        mails = _told_back(definition, state, step, before, voter)
    if ballot.early and count(ballot, state.votes[step], _casting(facts)).settled:
        return _after(mails, close(definition, state, step, facts))
    return Changes(state, mails)


def declare(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Say whether one has a conflict of interest; who has one abstains or recuses."""
    step = act.step or ""
    given = {name: value for name, value in values.items() if name != "comment"}
    refusal = (
        why_not_vote(definition, state, step, act.instance, act.actor, facts.time)
        or _not_of_body(definition, step, facts)
        or next(iter(check_values(DECLARATION, given)), None)
        or comment_refusal(values.get("comment"), required=False, why="here")
    )
    if refusal is None and is_final(definition, state, step, act.actor):
        refusal = _final(definition, step)
    if refusal:
        return refusal
    before = now = state.votes[step]
    mails: tuple[MailDue, ...] = ()
    if values[CONFLICT] == SOME:
        now = _without_proxy(now, act.actor)
        mails = _told_back(definition, state, step, before, act.actor)
    if values[CONFLICT] == SOME and _voted_otherwise(now, act.actor):
        kept = tuple(one for one in now.votes if one.voter != act.actor)
        now = now.model_copy(update={"votes": kept})
    update = _declaration(now, act.actor, values[CONFLICT])
    return Changes(_with(state, step, now.model_copy(update=update)), mails)


def _declaration(now: VoteState, person: str, said: Json) -> dict[str, tuple[str, ...]]:
    """Return what a declaration changes; without one, what was declared before stands."""
    if said is None:
        return {}
    conflicted = {*now.conflicted} - {person} | ({person} if said == SOME else set())
    declared = tuple(dict.fromkeys((*now.declared, person)))
    return {"declared": declared, "conflicted": tuple(sorted(conflicted))}


def _said_of(now: VoteState, member: str, said: Json) -> dict[str, tuple[str, ...]]:
    """Return what a proxy's words about a member's conflict change: they take none back."""
    if said != SOME:
        return {}
    return {"conflicted": tuple(sorted({*now.conflicted, member}))}


def recuse(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Take oneself out of the electorate, for a reason; whoever should know is told."""
    step = act.step or ""
    refusal = why_not_vote(definition, state, step, act.instance, act.actor, facts.time)
    refusal = refusal or _not_of_body(definition, step, facts)
    if refusal is None and set(values) - {"comment"}:
        refusal = Refusal("value", "Only a reason can be given with this.", field="comment")
    refusal = refusal or comment_refusal(values.get("comment"), required=True, why="to recuse")
    if refusal:
        return refusal
    before = state.votes[step]
    state = _with(state, step, recused(before, act.actor))
    mails = _told_back(definition, state, step, before, act.actor)
    return _after(mails, _taken_out(definition, state, step, facts))


def recused(now: VoteState, person: str) -> VoteState:
    """Return the vote without somebody who has recused."""
    out = _without(now, person)
    return out.model_copy(update={"recused": (*out.recused, person)})


def preview_recusal(
    definition: Definition,
    state: CaseState,
    step: str,
    person: str,
    casting: frozenset[str] = frozenset(),
) -> Tally:
    """Return what the vote would come to if this person recused; `casting`: the chair."""
    ballot = _ballot(definition, step) or Ballot()
    return count(ballot, recused(state.votes[step], person), casting)


def left_body(
    definition: Definition, state: CaseState, act: Act, facts: Facts
) -> Changes | Refusal:
    """Take somebody out who has left the body; their vote goes, and the quorum is new."""
    step, person = act.step or "", act.seat or ""
    now = state.votes.get(step)
    if now is None or not state.is_open(step) or person not in now.electorate:
        return Changes(state)  # the vote was over when it was heard of: it changes nothing
    state = _with(state, step, _without_leaver(now, person))
    mails = _told_back(definition, state, step, now, person)
    return _after(mails, _taken_out(definition, state, step, facts))


def close(definition: Definition, state: CaseState, step: str, facts: Facts) -> Changes | Refusal:
    """Close a vote by its tally, and go on by its result.

    Whoever has left the body counts no longer, also if the case hasn't heard of it yet.
    """
    state = _present(definition, state, step, facts)
    result = tally(definition, state, step, _casting(facts)).result
    state = _with(state, step, state.votes[step].model_copy(update={"result": result}))
    event = definition.step(step).outcomes[result].event
    return fire(definition, state, event, facts, Closing(step, result))


def _present(definition: Definition, state: CaseState, step: str, facts: Facts) -> CaseState:
    now, members = state.votes[step], facts.bodies.get(_body(definition, step))
    for person in now.electorate if members is not None else ():
        if person not in (members or ()):
            now = _without_leaver(now, person)
    return _with(state, step, now)


def _body(definition: Definition, step: str) -> str:
    return next((s.body for s in definition.step(step).seats.values() if s.body is not None), "")


def _not_of_body(definition: Definition, step: str, facts: Facts) -> Refusal | None:
    """Return why whoever acts is no member of the body any more, None if they are."""
    role = load_organisation().body(_body(definition, step)).member
    if role in facts.roles:
        return None
    return Refusal(
        "not-yours",
        "You may not vote here. You have left the body that votes.",
        definition.step(step).policy,
        "You may say what should be considered in a comment on the case.",
    )


def why_not_vote(
    definition: Definition,
    state: CaseState,
    step: str,
    instance: str | None,
    person: str,
    time: str,
) -> Refusal | None:
    """Return why this person can't take part in this vote now, None if they can.

    Args:
        time: now; at its deadline a vote is over, also if the clock hasn't closed it yet.
    """
    rule = definition.body.steps.get(step)
    if rule is None or rule.vote is None:
        return _no_vote()
    at_rest = why_at_rest(definition, state)
    if at_rest is not None:
        return at_rest
    at, now = state.steps.get(step), state.votes.get(step)
    over = at is None or at.instance != instance or not state.is_open(step)
    if over or now is None or (at is not None and at.due is not None and time >= at.due):
        return Refusal(
            "not-open",
            f"“{words(rule.title)}” isn't open any more: the vote is over.",
            rule.policy,
            "Look at the case: it says how the vote ended.",
        )
    if person in now.electorate:
        return None
    why = "You aren't a member of the body that votes, or weren't when the vote began."
    if person in now.recused:
        why = "You recused yourself from this vote."
    elif person in now.left:
        why = "You have left the body that votes."
    elif any(person in state.people.get(name, ()) for name in ("subject", "author")):
        why = "The vote is about you: nobody votes for themselves."
    return Refusal(
        "not-yours",
        f"You may not vote here. {why}",
        rule.policy,
        "You may say what should be considered in a comment on the case.",
    )


def _declared_refused(
    definition: Definition, state: CaseState, step: str, voter: str, values: Mapping[str, Json]
) -> Refusal | None:
    given = {name: value for name, value in values.items() if name != "comment"}
    if voter in state.votes[step].declared and not given:
        return None
    refusal = next(iter(check_values(DECLARATION, given)), None)
    if refusal is not None and refusal.field == CONFLICT and CONFLICT not in given:
        return Refusal(
            "declare-first",
            "Say first whether you have a conflict of interest; then vote.",
            definition.step(step).policy,
            "Choose one of the two above the vote.",
            field=CONFLICT,
        )
    return refusal


def _choice_refused(
    definition: Definition,
    state: CaseState,
    step: str,
    act: Act,
    values: Mapping[str, Json],
) -> Refusal | None:
    section, now = definition.step(step).policy, state.votes[step]
    voter = act.on_behalf or act.actor
    own = voter == act.actor
    if act.outcome not in CHOICES:
        return Refusal("no-such-outcome", "One votes Aye, Naye or Abstain.", section)
    refusal = comment_refusal(values.get("comment"), required=False, why="here")
    if refusal is None and is_final(definition, state, step, voter):
        refusal = _final(definition, step)
    if refusal or act.outcome == ABSTAIN:
        return refusal
    if voter in now.active:
        return Refusal(
            "active",
            "You are active in the area that this is about, so you abstain; you may deliberate."
            if own
            else "The member for whom you vote is active in the area, so they abstain.",
            section,
            "Vote Abstain, and say in a comment what the others should consider.",
        )
    conflicted = voter in now.conflicted and not (own and values.get(CONFLICT) == NONE)
    if conflicted or values.get(CONFLICT) == SOME:
        return Refusal(
            "conflicted",
            "With a conflict of interest one abstains, or recuses.",
            section,
            "Vote Abstain, or recuse yourself.",
        )
    return None


def _final(definition: Definition, step: str) -> Refusal:
    return Refusal(
        "final",
        "A vote is final here once it was cast: this one may close early.",
        definition.step(step).policy,
    )


def is_final(definition: Definition, state: CaseState, step: str, voter: str) -> bool:
    """Say whether this person has voted, and can't change it: this vote may close early."""
    ballot, now = _ballot(definition, step), state.votes[step]
    return bool(ballot and ballot.early) and any(one.voter == voter for one in now.votes)


def _taken_out(
    definition: Definition, state: CaseState, step: str, facts: Facts
) -> Changes | Refusal:
    ballot = _ballot(definition, step) or Ballot()
    now = count(ballot, state.votes[step], _casting(facts))
    mails: tuple[MailDue, ...] = ()
    if now.short and ballot.report:
        mails = (_report(definition, state, step, ballot),)
    if ballot.early and now.settled and now.electorate:
        return _after(mails, close(definition, state, step, facts))
    return Changes(state, mails)


def _after(mails: tuple[MailDue, ...], found: Changes | Refusal) -> Changes | Refusal:
    """Put mails before those of what follows."""
    if isinstance(found, Refusal):
        return found
    return Changes(found.state, (*mails, *found.mails), found.happened, found.deeds)


def _told(definition: Definition, state: CaseState, step: str, member: str) -> MailDue:
    """Return the mail to a member for whom a proxy has voted."""
    return MailDue(
        key=f"proxy-{step}",
        to=(),
        subject={"en": "{number}: another member voted for you"},
        text={
            "en": "{title}, {number}: another member of the body has voted for you in “{step}”. "
            "The case shows who, what, and with which justification. Until {due} you can vote "
            "yourself: your own vote takes the place of that one, and nobody can replace it."
        },
        step=None,
        words=mail_words(definition, state, step=step),
        persons=(member,),
    )


def _told_back(
    definition: Definition, state: CaseState, step: str, before: VoteState, proxy: str
) -> tuple[MailDue, ...]:
    """Return the mail to whom somebody had voted for who may vote no longer: they can vote anew."""
    members = tuple(one.voter for one in before.votes if one.actor == proxy != one.voter)
    if not members:
        return ()
    mail = MailDue(
        key=f"no-proxy-{step}",
        to=(),
        subject={"en": "{number}: a vote that was cast for you no longer counts"},
        text={
            "en": "{title}, {number}: another member of the body had voted for you in “{step}”, "
            "and has since said that they have a conflict of interest, recused themselves or left. "
            "So that vote no longer counts. Until {due} you can vote yourself."
        },
        step=None,
        words=mail_words(definition, state, step=step),
        persons=members,
    )
    return (mail,)


def _report(definition: Definition, state: CaseState, step: str, ballot: Ballot) -> MailDue:
    return MailDue(
        key=f"short-{step}",
        to=ballot.report,
        subject={"en": "{number}: too few are left to vote"},
        text={
            "en": "{title}, {number}: so many members recused themselves or left that fewer are "
            "left than the quorum asked for at first. The vote goes on among those who are."
        },
        step=None,
        words=mail_words(definition, state, step=step),
    )


def _casting(facts: Facts) -> frozenset[str]:
    return frozenset(facts.casting)


def _voted_otherwise(now: VoteState, person: str) -> bool:
    return any(one.voter == person and one.choice != ABSTAIN for one in now.votes)


def _without(now: VoteState, person: str) -> VoteState:
    return now.model_copy(
        update={
            "electorate": tuple(one for one in now.electorate if one != person),
            "votes": tuple(one for one in now.votes if person not in (one.voter, one.actor)),
        }
    )


def _without_proxy(now: VoteState, person: str) -> VoteState:
    """Return the vote without what somebody cast for others: who may vote so no longer."""
    kept = tuple(one for one in now.votes if one.voter == person or one.actor != person)
    return now.model_copy(update={"votes": kept})


def _without_leaver(now: VoteState, person: str) -> VoteState:
    out = _without(now, person)
    return out.model_copy(update={"left": (*out.left, person)})


def _with(state: CaseState, step: str, now: VoteState) -> CaseState:
    return state.model_copy(update={"votes": {**state.votes, step: now}})


def _ballot(definition: Definition, step: str | None) -> Ballot | None:
    rule = definition.body.steps.get(step or "")
    return rule.vote if rule else None


def _no_vote() -> Refusal:
    return Refusal("no-such-step", "Nothing is voted on there.")
