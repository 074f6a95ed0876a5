"""A definition's version: what decides is in it, nothing else is, and a case can carry it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.canonical import canonical, sha256
from definitions.definition import Definition, _ordered, _orders
from definitions.exclusivity import load_exclusivity
from definitions.loader import load_file, load_library
from definitions.model import words
from definitions.reading import read_yaml

FILE = Path(__file__).parent / "data" / "sample-process.yaml"
MATRIX = load_exclusivity().to_json()


def data() -> Any:
    return read_yaml(FILE)[0]


def test_the_version_is_the_digest_of_the_text_and_stable() -> None:
    one, two = Definition.build(data(), MATRIX), Definition.build(data(), MATRIX)
    assert one.version == two.version == sha256(one.text.encode())
    assert one.text == canonical(json.loads(one.text)).decode()
    assert set(json.loads(one.text)) == {"definition", "exclusivity", "order", "rules"}
    assert one == Definition.from_text(one.text)


def test_comments_and_layout_do_not_change_the_version(tmp_path: Path) -> None:
    copy = tmp_path / "other-name.yaml"
    copy.write_text("# more words\n" + FILE.read_text(encoding="utf-8").replace("  - {", "  -  {"))
    assert load_file(copy).definition.version == load_file(FILE).definition.version


def test_the_text_of_each_of_our_definitions_brings_it_back() -> None:
    for definition in load_library().definitions():
        again = Definition.from_text(definition.text)
        assert (again.version, again.body) == (definition.version, definition.body)
        assert list(again.body.steps) == list(definition.body.steps)


def test_the_order_of_keys_counts() -> None:
    changed = data()
    outcomes = changed["steps"]["one"]["outcomes"]
    changed["steps"]["one"]["outcomes"] = {key: outcomes[key] for key in reversed(outcomes)}
    one, two = Definition.build(data(), MATRIX), Definition.build(changed, MATRIX)
    assert one.version != two.version
    assert list(one.step("one").outcomes) == list(reversed(two.step("one").outcomes))
    assert list(Definition.from_text(two.text).step("one").outcomes) == ["later", "bad", "good"]


def test_another_matrix_is_another_version() -> None:
    matrix = json.loads(json.dumps(MATRIX))
    matrix["rules"][0]["kind"] = "warned"
    one, two = Definition.build(data(), MATRIX), Definition.build(data(), matrix)
    assert one.version != two.version
    assert two.exclusivity["rules"][0]["kind"] == "warned"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda d: d.pop("order"), "holds definition, exclusivity, order and rules"),
        (lambda d: d.update(rules=2), "this program has rules 1, the definition needs 2"),
        (lambda d: d["order"].update({"": ["process"]}), "the order of the definition names"),
        (lambda d: d["order"].update({"/start": ["x"]}), "the order of /start names other keys"),
        (lambda d: d["definition"].pop("process"), "the order of the definition names"),
        (lambda d: d["definition"].update(number="zz"), "String should match pattern"),
    ],
)
def test_what_is_not_the_text_of_a_definition_is_refused(change: Any, why: str) -> None:
    whole = json.loads(Definition.build(data(), MATRIX).text)
    change(whole)
    with pytest.raises(ValueError, match=why):
        Definition.from_text(canonical(whole).decode())


def test_a_text_that_is_not_canonical_is_refused() -> None:
    text = Definition.build(data(), MATRIX).text
    with pytest.raises(ValueError, match="canonical JSON"):
        Definition.from_text(text + " ")
    with pytest.raises(ValueError, match="holds definition"):
        Definition.from_text("[]")


keys = st.text(st.sampled_from("ab/~0"), min_size=1, max_size=3)
trees = st.recursive(
    st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
)


@given(trees)
def test_any_order_comes_back(tree: Any) -> None:
    order = json.loads(canonical(dict(_orders(tree, ""))))
    again = _ordered(json.loads(canonical(tree)), order, "")
    assert json.dumps(again) == json.dumps(tree)


def test_names_are_looked_up() -> None:
    definition = Definition.build(data(), MATRIX)
    assert definition.process == "sample-process"
    assert (definition.title(), definition.title("de")) == (
        "Sample of all parts",
        "Muster aller Teile",
    )
    assert definition.title("fr") == "Sample of all parts"
    assert definition.state_title("closed") == "Closed"
    assert definition.state_title("one") == "Decide the first part"
    assert definition.state_title("one_done") == "One done"
    assert definition.field("topic").required
    assert definition.seat("one", "judge").roles() == ("arbitrator", "case-manager")
    assert definition.covered("two") == ("secret", "about")
    assert definition.covered("paused") == ()
    for wrong in (lambda: definition.step("x"), lambda: definition.field("x"),
                  lambda: definition.seat("one", "x")):  # fmt: skip
        with pytest.raises(KeyError):
            wrong()


def test_words_fall_back_to_english_and_then_to_any() -> None:
    assert words({"en": "a", "de": "b"}, "de") == "b"
    assert words({"en": "a"}, "de") == "a"
    assert words({"fr": "c"}, "de") == "c"
    assert words(None) == words({}) == ""
