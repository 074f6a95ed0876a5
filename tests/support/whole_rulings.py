"""Draws what rulings may do to a case, and what each waives: rightly, too little or too much.

Whatever can be named is: what the checks refuse is discarded by whoever compares.
"""

from typing import Any

from tests.support.whole_drawing import Drawing

_STATED = ("opened", "private", "public")
"""Invariants that hold by what the file says; they are drawn later, and never waived."""


def ruled(drawing: Drawing) -> None:
    """Draw rulings onto a definition whose invariants are drawn already."""
    ids = [
        name for index in range(len(drawing.data["invariants"])) if (name := _id(drawing, index))
    ]
    waiting = list(drawing.waits)
    places = [*waiting, "ended", "refused"]
    places += ["both"] if "both" in drawing.data["machine"]["states"] else []
    signed = [name for name, step in drawing.data["steps"].items() if _can_be_authorised(step)]
    rulings: dict[str, Any] = {"policy": "9.1.1"} if drawing.often(3) else {}
    kinds = {"authorise": signed or waiting, "override": places, "close": ["ended", "refused"]}
    first = drawing.one(*kinds)
    for kind, names in kinds.items():
        if kind == first or drawing.often(4):
            rulings[kind] = {drawing.one(*names): _waiver(drawing, ids)}
            if drawing.often(6):
                rulings[kind][drawing.one(*names)] = _waiver(drawing, ids)
    drawing.data["rulings"] = rulings


def _can_be_authorised(step: dict[str, Any]) -> bool:
    return "vote" not in step and "each" not in step


def _id(drawing: Drawing, index: int) -> str:
    """Let most invariants be waivable, with an id by which rulings name them."""
    invariant = drawing.data["invariants"][index]
    if any(kind in invariant for kind in _STATED) or drawing.often(3):
        return ""
    invariant.pop("firm", None)
    invariant |= {"waivable": True, "id": f"i{index}"}
    return f"i{index}"


def _waiver(drawing: Drawing, ids: list[str]) -> dict[str, Any]:
    """Draw what one ruling waives: now and then nothing, or all that may be."""
    which = drawing.below(4)
    waives = [name for name in ids if which > 1 or (which and drawing.often(2))]
    if which == 3:
        waives = [name for name in ids if not drawing.often(4)]
    return {"waives": waives} if waives or drawing.often(2) else {}
