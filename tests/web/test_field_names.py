"""A definition calls its fields what it likes: none of them is taken for what forms carry."""

from definitions.definition import Definition
from definitions.loader import load_library
from store.queries.cases import values_of
from tests.support.acting import World
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage
from web.field_names import PREFIX, input_name

THEIRS = (
    "outcome",
    "comment",
    "nonce",
    "csrf_token",
    "seat",
    "step",
    "shown",
    "instance",
    "version",
    "choice",
    "conflict",
    "text",
    "item",
    "on_behalf",
)
"""What forms of this web, or acts, call something of their own."""
OPEN = "/open/namesakes"


def namesakes() -> Definition:
    """Return a process whose every field and evidence is called like something of the forms'."""

    def fields(names: tuple[str, ...]) -> dict[str, object]:
        return {
            name: {"type": "string", "title": f"The {name}", "required": True} for name in names
        }

    data = {
        "process": "namesakes",
        "title": "Namesakes",
        "summary": "Fields called like what forms carry themselves.",
        "policy": ["4.1"],
        "number": "z",
        "rules": 1,
        "start": {"roles": ["member"], "fields": fields(THEIRS)},
        "machine": {
            "initial": "first",
            "states": {
                "first": {"on": {"agreed": "done", "refused": "lost"}},
                "done": {"final": True},
                "lost": {"final": True},
            },
        },
        "steps": {
            "first": {
                "title": "First",
                "policy": "4.1",
                "seats": {"one": {"role": "systems-administrator"}},
                # `comment` alone is refused by the check: an act holds both.
                "evidence": fields(tuple(name for name in THEIRS if name != "comment")),
                "outcomes": {"agree": {"event": "agreed"}, "refuse": {"event": "refused"}},
            }
        },
        "amend": {"people": ["opener"], "fields": list(THEIRS), "during": ["first"]},
    }
    return Definition.build(data, load_library().current("system-patch").exclusivity)


def recorded(world: World, number: str, at: int) -> dict[str, object]:
    """Return the values of an entry, by their names."""
    act = world.entries(number)[at].act
    names = [(str(act["id"]), name) for name in act["values"]]
    with world.stack.database.reading() as connection:
        return {name: value for (_, name), value in values_of(connection, names).items()}


def opened(world: World) -> str:
    """Open a case through the form and “check your answers”; return its number."""
    typed = {input_name(name): f"my {name}" for name in THEIRS}
    form = world.form("Mia", OPEN)
    assert form.fields == dict.fromkeys(THEIRS, "")
    check = world.post("Mia", OPEN, {**form.data, **typed})
    assert "Nothing is open yet." in check.text
    again = filled_form(check.text, OPEN)
    back = world.post("Mia", OPEN, {**again.data, "step": "change"})
    form = filled_form(back.text, OPEN)
    assert form.fields == {name: f"my {name}" for name in THEIRS}
    assert form.data["nonce"] == again.data["nonce"]
    answer = world.post("Mia", OPEN, {**again.data, "step": "open"})
    assert "The comment" in world.follow("Mia", answer).text
    return world.numbers()[-1]


def test_fields_called_like_the_forms_own_are_opened_signed_and_recorded(world: World) -> None:
    world.use(namesakes())
    number = opened(world)
    assert recorded(world, number, 0) == {name: f"my {name}" for name in THEIRS}

    path = f"/cases/{number}/sign/first/one"
    form = world.form("Sue", path)
    given = {name: f"her {name}" for name in THEIRS if name != "comment"}
    assert set(form.fields) == set(given)
    typed = {input_name(name): text for name, text in given.items()}
    sent: dict[str, object] = {**form.data, **typed, "comment": "Well done.", "outcome": "agree"}
    receipt = world.follow("Sue", world.post("Sue", path, sent))
    assert "You signed: agree." in receipt.text
    act = world.entries(number)[-1].act
    assert (act["outcome"], act["step"], act["seat"], act["instance"]) == (
        "agree",
        "first",
        "one",
        "1",
    )
    assert recorded(world, number, -1) == {**given, "comment": "Well done."}
    assert world.state(number).ended == "done"
    page = StrictPage(world.as_("Lena").get(f"/cases/{number}").text)
    for words in ("my comment", "Well done.", "The outcome: her outcome", "The item: her item"):
        assert words in page.text, words


def test_they_are_amended_and_come_back_to_be_mended(world: World) -> None:
    world.use(namesakes())
    number = opened(world)
    path = f"/cases/{number}/amend"
    form = world.form("Mia", path)
    wrong = world.post("Mia", path, {**form.data, input_name("nonce"): ""})
    assert wrong.status_code == 422
    read = StrictPage(wrong.text)
    assert not read.findings
    assert f'href="#f-{input_name("nonce")}"' in wrong.text
    again = filled_form(wrong.text, path)
    assert again.data["nonce"] == form.data["nonce"]
    typed: dict[str, object] = {**again.data, input_name("nonce"): "new"}
    typed[input_name("comment")] = "newer"
    world.follow("Mia", world.post("Mia", path, typed))
    assert recorded(world, number, -1) == {"nonce": "new", "comment": "newer"}


def test_no_form_calls_anything_of_its_own_like_a_field(world: World) -> None:
    number = world.open_system_patch()
    paths = ("/open/system-patch", f"/cases/{number}/amend")
    for form in (world.form("Sue", path) for path in paths):
        own = [name for name in form.data if not name.startswith(PREFIX)]
        assert {"csrf_token", "nonce"} <= set(own)
        assert set(form.fields) == {"packages", "servers", "reason"}
