"""What the proof finds of rulings: what they break, and what they are said to waive for nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from definitions.model import words
from definitions.proof.explore import RULE
from definitions.proof.finding import Finding
from definitions.proof.happening import Done
from definitions.proof.plan import Plan
from definitions.reading import KeyPath


def broken_by_ruling(plan: Plan, index: int, path: list[Done], walk: str) -> Finding:
    """Return what is wrong where an invariant doesn't hold on a path with a ruling.

    Args:
        index: the invariant's place.
        path: all acts of it, in order; `walk` the same as a walk file.
    """
    invariant, last = plan.invariants[index], [one for one in path if one.kind == RULE][-1]
    title = words(invariant.title) or f"Invariant {index + 1}"
    where, told = _place(plan, last)
    if invariant.firm:
        return Finding(
            where,
            f"{told} breaks “{title}” ({invariant.policy}), which is firm: no ruling waives it, "
            f"after {len(path)} {'acts' if len(path) > 1 else 'act'}.",
            "Take this ruling out, or let it lead elsewhere.",
            walk,
        )
    name = f"`{invariant.id}`" if invariant.id else "the id that you give it"
    return Finding(
        where,
        f"{told} waives “{title}” ({invariant.policy}), and doesn't say so.",
        f"Add {name} to its `waives`, so that whoever rules sees it; or take this ruling out.",
        walk,
    )


def not_waived(plan: Plan, seen: Collection[tuple[int, int]]) -> Iterator[Finding]:
    """Yield what rulings are said to waive and needn't, one after the other.

    Where two rulings break something only together, one of them is enough to say so: when all that
    is told here is taken out, nothing more is waived without a word.

    Args:
        seen: of each way in which an invariant was broken that was waived: the rulings that were
            made by then, and the invariant.
    """
    left = list(plan.waivers)
    for where, told, bit in _rulings(plan):
        place = bit.bit_length() - 1
        for index, invariant in enumerate(plan.invariants):
            if not bit or not left[place] >> index & 1:
                continue
            broken = [made & ~bit for made, one in seen if one == index and made & bit]
            if all(_waived(left, others, index) for others in broken):
                left[place] &= ~(1 << index)
                why = "wherever it is broken then, another ruling waives it" if broken else ""
                yield Finding(
                    (*where, "waives"),
                    f"{told} doesn't waive “{words(invariant.title) or invariant.id}”: "
                    f"{why or 'it holds all the same'}.",
                    f"Take `{invariant.id}` out of what it waives.",
                )


def _waived(waivers: list[int], rulings: int, index: int) -> bool:
    return any(rulings >> place & 1 and mask >> index & 1 for place, mask in enumerate(waivers))


def _rulings(plan: Plan) -> Iterator[tuple[KeyPath, str, int]]:
    """Yield each possible ruling: its place in the file, it in words, and its bit."""
    for step, bit in plan.authorised.items():
        name = plan.step_names[step]
        yield ("rulings", "authorise", name), _authorising(name), bit
    for name, bit in plan.overrides.items():
        yield ("rulings", "override", name), _moving(name), bit
    for name, bit in plan.closings.items():
        yield ("rulings", "close", name), _closing(name), bit


def _place(plan: Plan, done: Done) -> tuple[KeyPath, str]:
    if done.seat:
        name = plan.step_names[done.step]
        return ("rulings", "authorise", name), _authorising(name)
    if done.told in plan.overrides and not done.outcome:
        return ("rulings", "override", done.told), _moving(done.told)
    return ("rulings", "close", done.told), _closing(done.told)


def _authorising(name: str) -> str:
    return f"A ruling that authorises `{name}`"


def _moving(name: str) -> str:
    return f"A ruling that moves the case to `{name}`"


def _closing(name: str) -> str:
    return f"A ruling that closes the case as `{name}`"
