"""What the proof found, in the words of its second opinion."""

import re

from definitions.definition import Definition
from definitions.proof import Proof
from tests.support.brute_force import Found, Made

_INVARIANT = re.compile(r"-invariant-(\d+)$")
_TAKE_OUT = re.compile(r"^Take `([a-z0-9-]+)` out of what it waives")


def broken_by(proof: Proof) -> set[int]:
    """Return the invariants that are broken, be it by a ruling: their walks are called so."""
    names = ((one.walk or "").partition("\n")[0] for one in proof.findings)
    return {int(found[1]) - 1 for name in names if (found := _INVARIANT.search(name))}


def superfluous_by(proof: Proof, definition: Definition) -> set[tuple[Made, int]]:
    """Return what rulings waive for nothing."""
    ids = [one.id for one in definition.body.invariants]
    return {
        ((str(one.path[1]), str(one.path[2])), ids.index(told[1]))
        for one in proof.findings
        if one.path[0] == "rulings" and (told := _TAKE_OUT.match(one.remedy))
    }


def about_rulings(
    proof: Proof, plain: Found, definition: Definition
) -> tuple[set[tuple[Made, int]], set[tuple[Made, int]]]:
    """Return what is waived for nothing by the proof and by its second opinion.

    Left out is who must never sign and has, with no ruling at all: it stays broken as long as that
    signature counts, and so does whatever was ruled meanwhile.
    """
    never = {index for index, one in enumerate(definition.body.invariants) if one.never}
    said = never & plain.broken
    found = superfluous_by(proof, definition), plain.superfluous
    first, second = ({each for each in one if each[1] not in said} for one in found)
    return first, second
