"""Who may vote for another member of a body, and for whom (`docs/decisions/0018-proxies.md`)."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.acts import Act
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules.values import comment_refusal
from definitions.state import CaseState, VoteState
from definitions.voting import Ballot

ON_BEHALF = "on_behalf"
"""The part of an act that refusals about a proxy are about."""


def proxy_refused(
    definition: Definition,
    state: CaseState,
    act: Act,
    ballot: Ballot | None,
    values: Mapping[str, Json],
) -> Refusal | None:
    """Return why one can't vote for another member so, None if one can or doesn't."""
    if act.on_behalf is None:
        return None
    step, member = act.step or "", act.on_behalf
    section, now = definition.step(step).policy, state.votes[step]
    if ballot is None or not ballot.proxy or member == act.actor:
        return Refusal("no-proxy", "Nobody votes for somebody else here.", section)
    if member not in now.electorate:
        return Refusal(
            "not-theirs",
            "This member may not vote here, so nobody votes for them: they aren't of the body, or "
            "recused themselves, or it is about them.",
            section,
            "Choose somebody whom the form offers.",
            field=ON_BEHALF,
        )
    if any(one.voter == member == one.actor for one in now.votes):
        return Refusal(
            "voted-themself",
            "This member has voted themself, and no proxy replaces such a vote.",
            section,
            "Only they can change it, until the close.",
            field=ON_BEHALF,
        )
    return _barred(now, act, section) or comment_refusal(
        values.get("comment"), required=True, why="to vote for another member (a justification)"
    )


def _barred(now: VoteState, act: Act, section: str | None) -> Refusal | None:
    """Return why whoever acts votes for no other: what keeps them from voting does so here too."""
    if act.actor in now.active:
        return Refusal(
            "active",
            "You are active in the area that this is about: you vote for nobody else either.",
            section,
            "Say in a comment what the others should consider.",
            field=ON_BEHALF,
        )
    if act.actor in now.conflicted:
        return Refusal(
            "conflicted",
            "With a conflict of interest one votes for nobody else either.",
            section,
            "The member can ask somebody who has none.",
            field=ON_BEHALF,
        )
    if act.actor not in now.declared:
        return Refusal(
            "declare-first",
            "Say first whether you have a conflict of interest yourself; then vote for another.",
            section,
            "Declare it, or cast your own vote first.",
            field=ON_BEHALF,
        )
    others = {act.actor, act.on_behalf}
    if any(one.actor == act.actor and one.voter not in others for one in now.votes):
        return Refusal(
            "one-proxy",
            "You vote for another member here already, and nobody does for more than one.",
            section,
            "This member can ask somebody else, or vote by themself.",
            field=ON_BEHALF,
        )
    return None
