"""More constructs of whole definitions: events that branch on a choice, and several of a kind."""

from tests.support.whole_drawing import OTHER, RISK, ROLE, Drawing, row, second, waiting_at


def branches(drawing: Drawing) -> None:
    """Draw an event that leads on by a choice or answer, and what holds for one of the choices."""
    second(drawing)
    row(drawing)
    by = drawing.one("risk", "s0.how")
    if by != "risk":
        how = {"type": "choice", "title": "How", "required": True, "choices": RISK}
        drawing.step("s0")["evidence"] = {"how": how}
        if drawing.often(3):
            drawing.step("s0")["outcomes"]["bad"]["evidence"] = "optional"
    for name, event in (("s0", "s0_good"), ("s1", "s1_bad")):
        if name == "s0" or drawing.often(2):
            to = {choice: drawing.one("s0", "s1", "ended", "refused") for choice in RISK}
            waiting_at(drawing.data["machine"]["states"], name)["on"][event] = {"by": by, **to}
    if drawing.often(2):
        drawing.step("s1")["seats"]["seat0"] = {"role": OTHER}
    when = drawing.one({}, *({"when": {name: one}} for name in {"risk": 0, by: 0} for one in RISK))
    drawing.invariant(before="ended", signed={"role": ROLE, "in": ["s1"]}, **when)
    drawing.invariant(before="refused", people=2, **{"in": ["s0", "s1"]}, **when)
    drawing.invariant(ended="s1")


def several(drawing: Drawing) -> None:
    """Draw what is said of several states, and met by any of several things."""
    second(drawing, seats={"seat0": {"role": drawing.one(ROLE, OTHER)}})
    row(drawing)
    steps, ends = ["s0", "s1"], ["ended", "refused"]
    ways = [
        {"signed": {"role": ROLE, "in": steps[:1]}},
        {"people": 2, "in": steps},
        {"people": 1, "role": OTHER},
        {"signed": {"person": "opener"}, "outcome": "good"},
    ]
    first = drawing.one(*ways)
    other = drawing.one(*(way for way in ways if way is not first))
    drawing.invariant(before=drawing.one("ended", ends, ["refused"]), any_of=[first, other])
    drawing.invariant(before=ends, signed={"role": ROLE})
    drawing.invariant(after=steps, always=drawing.one("ended", "s1"))
    drawing.invariant(ended=["s1", "refused"])
    drawing.invariant(only=steps[1:], reaches=ends)


def apart(drawing: Drawing) -> None:
    """Draw that who signed one step never signs another, and a seat that sees to it, or not."""
    second(drawing)
    row(drawing)
    rounds = drawing.one({}, {"rounds": "latest"}, {"rounds": "all"})
    kept = drawing.one([], [{"signers": "s0"}], [{"signers": "s0", "rounds": "all"}])
    drawing.step("s1")["seats"]["seat0"]["not"] = kept
    drawing.invariant(never={"signers": "s0", "in": ["s1"], **rounds})
    drawing.invariant(never={"signers": "s1", "in": ["s0"], **rounds})
