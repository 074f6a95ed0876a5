"""Says in plain English where a file doesn't have the form: what is wanted there, and the remedy.

The form is what `model.py` says; whether a value has it, its types decide and nothing here. Here
a file that doesn't is gone through from the whole to the smallest part that is wrong, and what is
said of it names what was meant: never a validator's words for a type.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from definitions.model import (
    Body,
    Branch,
    CountBy,
    Duration,
    FieldSpec,
    Id,
    LengthBy,
    Outcome,
    Seat,
    Start,
    State,
    StateId,
    Step,
    Text,
)
from definitions.reading import KeyPath
from definitions.voting import Share


class Misfit(NamedTuple):
    """One thing that doesn't have the form: its place, what is wrong, and what to do."""

    path: KeyPath
    sentence: str
    remedy: str


class _Kind(NamedTuple):
    """A kind of value: what it is called, and how to write one."""

    name: str
    remedy: str


_WORDS: Final = "small letters and digits, words joined by"
_KINDS: Final[Sequence[tuple[Any, _Kind]]] = (
    (Id, _Kind("a name", f"Write a name alone: {_WORDS} `-` or `_`.")),
    (StateId, _Kind("a name", f"Write a name alone: {_WORDS} `_`.")),
    (
        Duration,
        _Kind(
            "a length of time in days, hours and minutes",
            "Write a duration such as P3D (three days) or PT12H (twelve hours), in ISO 8601; "
            "months and years vary in length.",
        ),
    ),
    (Text, _Kind("words for people", 'Write them in quotes, or by language: {en: "…", de: "…"}.')),
    (Share, _Kind("a share between 0 and 1", "Write it as a fraction such as 1/2 or 2/3.")),
)
_PLAIN: Final[Mapping[Any, _Kind]] = {
    str: _Kind("text", 'Write text, in quotes: "…".'),
    bool: _Kind("`true` or `false`", "Write `true` or `false`."),
    int: _Kind("a whole number", "Write a whole number in digits."),
}
_CONTAINERS: Final[Mapping[Any, _Kind]] = {
    tuple: _Kind("a list", "Write it in brackets: […]."),
    dict: _Kind("a mapping of names", "Write each below it, indented: `name: …`."),
}
_FOLLOWS: Final = _Kind(
    "the name of the state that follows",
    "Write `EVENT: STATE`, the state's name alone; where a choice of the form decides, "
    "`EVENT: {by: FIELD, CHOICE: STATE}` with each of its choices. There are no other guards and "
    "no conditions: where people decide, let each outcome send an event of its own.",
)
_FOR_EACH_CHOICE: Final[Mapping[Any, str]] = {
    CountBy: " and a number for each choice",
    LengthBy: " and a length of time for each choice",
    Branch: " and a state for each choice",
}
_LETTER: Final = _Kind("one small letter", "Write one letter from a to z.")
_SLUG: Final = re.compile(r"[^a-z0-9]+")
_PLAIN_WORD: Final = re.compile(r"[a-z][a-z0-9_-]*", re.IGNORECASE)
_ANSWER: Final = re.compile(r"[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*")
_SHOWN: Final = 40
_LIKE: Final = 0.65


def explain(data: object) -> tuple[Misfit, ...]:
    """Return everything in a file's plain data that doesn't have the form."""
    return tuple(_model(Body, data, ()))


def _model(model: type[BaseModel], value: object, path: KeyPath) -> Iterator[Misfit]:
    if not isinstance(value, dict):
        yield _wrong_kind(path, _part(model), value)
        return
    try:
        model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        return
    at_key = {d["loc"][0]: d["type"] for d in details if len(d["loc"]) == 1}
    bad = {d["loc"][0]: at_key.get(d["loc"][0], "") for d in details if d["loc"]}
    yield from _keys_of(model, value, path, bad)
    for detail in details:
        if not detail["loc"]:
            said = str(detail.get("ctx", {}).get("error", detail["msg"]))
            yield Misfit(path, f"{said[:1].upper()}{said[1:]}.", "Correct it so.")


def _keys_of(
    model: type[BaseModel], value: Mapping[str, Any], path: KeyPath, bad: Mapping[Any, str]
) -> Iterator[Misfit]:
    """Explain the keys of a part that are wrong, missing, or not known."""
    fields = {spec.alias or name: (name, spec) for name, spec in model.model_fields.items()}
    hints = get_type_hints(model, include_extras=True)
    meant = set()
    for key in bad:
        if key in value and bad[key] == "extra_forbidden":
            near = _near(key, [one for one in fields if one not in value])
            meant.add(near)
            yield _unknown(model, key, near, (*path, key))
    for key, kind in bad.items():
        if kind == "missing" and key not in meant:
            spec = fields[key][1] if key in fields else None
            yield _missing(key, hints[fields[key][0]] if spec else str, spec, path)
        elif key in value and kind != "extra_forbidden":
            name, spec = fields.get(key, ("", None))
            hint = hints[name] if name else _extra(hints)
            yield from _value(hint, spec, value[key], (*path, key), model)


def _extra(hints: Mapping[str, Any]) -> Any:
    """Return what may stand under any further key of a part, by the part's hints."""
    return get_args(hints["__pydantic_extra__"])[1]


def _unknown(model: type[BaseModel], key: str, near: str, path: KeyPath) -> Misfit:
    if near:
        return Misfit(path, f"`{key}` isn't known here.", f"Did you mean `{near}`?")
    places = _places_of(key)
    where = f" It belongs to {_listed(places, ' or ', quote=False)}." if places else ""
    keys = _listed(_keys(model), " and ")
    out = "Take it out" if places else "Indent it under what it belongs to, or take it out"
    return Misfit(path, f"`{key}` isn't known here.{where}", f"{out}; what can stand here: {keys}.")


def _missing(key: str, hint: Any, spec: FieldInfo | None, path: KeyPath) -> Misfit:
    kind = _kind(hint, spec)
    return Misfit(
        path, f"`{key}` is missing here; it is to be {kind.name}.", f"Add `{key}`. {kind.remedy}"
    )


def _value(
    hint: Any,
    spec: FieldInfo | None,
    value: object,
    path: KeyPath,
    model: type[BaseModel] | None = None,
) -> Iterator[Misfit]:
    """Explain a value that doesn't have the form."""
    known = next((kind for one, kind in _KINDS if hint == one), None)
    members = _members(hint)
    base = _bare(hint)
    if value is None and members:
        kind = _kind(hint, spec)
        yield Misfit(path, f"`{path[-1]}` is empty.", f"{kind.remedy} Or take the key out.")
    elif hint == Text:
        yield from _text(value, path)
    elif known is not None:
        yield _scalar(known, hint, value, path)
    elif len(members) > 1:
        yield from _union(members, value, path)
    elif members[0] is not hint:
        yield from _value(members[0], spec, value, path, model)
    elif get_origin(base) is tuple:
        yield from _list(base, value, path, _at_least(hint))
    elif get_origin(base) is dict:
        yield from _mapping(base, value, path, follows=model is State and path[-1] == "on")
    elif isinstance(base, type) and issubclass(base, BaseModel):
        yield from _model(base, value, path)
    else:
        yield _scalar(_kind(hint, spec), hint, value, path)


def _scalar(kind: _Kind, hint: Any, value: object, path: KeyPath) -> Misfit:
    if get_origin(hint) is Literal:
        choices = [_shown(one) for one in get_args(hint)]
        near = _near(str(value), [str(one) for one in get_args(hint)])
        remedy = f"Did you mean `{near}`?" if near else kind.remedy
        sentence = f"`{path[-1]}` can't be {_told(value)}"
        return Misfit(path, f"{sentence}: there {_is_are(choices)}.", remedy)
    if isinstance(value, str) and _ANSWER.fullmatch(value) and {"by", "when"} & set(path[-2:]):
        sentence = f"`{value}` can't decide here: answers given in a step only branch events."
        remedy = (
            "Name a field of the form; or let an event branch on the answer, to a state of its own "
            "for each choice."
        )
        return Misfit(path, sentence, remedy)
    if hint in (Id, StateId) and isinstance(value, str):
        joint = "_" if hint == StateId else "-"
        slug = _SLUG.sub(joint, value.lower()).strip(joint)[:_SHOWN]
        remedy = f"Write it as `{slug}`." if _has_form(hint, slug) else kind.remedy
        return Misfit(path, f"{_told(value, 'The')} can't be a name here.", remedy)
    if kind is _PLAIN[str] and isinstance(value, int | float):
        remedy = f'Put it in quotes: "{_shown(value)}".'
        return Misfit(path, f"{_subject(path)} is to be text, and this is a number.", remedy)
    return _wrong_kind(path, kind, value)


def _text(value: object, path: KeyPath) -> Iterator[Misfit]:
    kind = _kind(Text, None)
    if not isinstance(value, dict):
        yield _wrong_kind(path, kind, value)
        return
    for language, words in value.items():
        if not isinstance(words, str):
            yield _wrong_kind((*path, language), kind, words)


def _list(hint: Any, value: object, path: KeyPath, least: int) -> Iterator[Misfit]:
    element = get_args(hint)[0]
    if not isinstance(value, list):
        example = f"[{_as_element(value)}]" if isinstance(value, str | int) else "[…]"
        kind = _Kind("a list", f"Put what stands there in brackets: {example}.")
        yield _wrong_kind(path, kind, value)
    elif not value:
        yield Misfit(path, f"The list `{path[-1]}` is empty.", "Name at least one.")
    elif len(value) < least:
        sentence = f"The list `{path[-1]}` is too short: it has {len(value)}."
        yield Misfit(path, sentence, f"Name at least {least}, or take `{path[-1]}` out.")
    for index, one in enumerate(value if isinstance(value, list) else ()):
        if not _has_form(element, one):
            yield from _value(element, None, one, (*path, index))


def _at_least(hint: Any) -> int:
    """Return how many a list must hold at least."""
    metadata = [more for one in get_args(hint)[1:] for more in getattr(one, "metadata", (one,))]
    return next((one.min_length for one in metadata if hasattr(one, "min_length")), 0)


def _as_element(value: str | int) -> str:
    """Return a value as it can be copied into a list: text in quotes where it needs them."""
    plain = not isinstance(value, str) or _PLAIN_WORD.fullmatch(value)
    return _shown(value) if plain else f'"{_shown(value)}"'


def _mapping(hint: Any, value: object, path: KeyPath, *, follows: bool) -> Iterator[Misfit]:
    key_hint, inner = get_args(hint)
    if not isinstance(value, dict):
        yield _wrong_kind(path, _CONTAINERS[dict], value)
        return
    if not value:
        yield Misfit(path, f"There is nothing under `{path[-1]}`.", "Write at least one.")
    for key, one in value.items():
        if not _has_form(key_hint, key):
            yield from _value(key_hint, None, key, (*path, key))
        if _has_form(inner, one):
            continue
        if follows and isinstance(one, dict) and "by" in one:
            yield from _model(Branch, one, (*path, key))
        elif follows and not isinstance(one, str):
            yield _wrong_kind((*path, key), _FOLLOWS, one)
        elif follows:
            yield from _value(StateId, None, one, (*path, key))
        else:
            yield from _value(inner, None, one, (*path, key))


def _union(members: Sequence[Any], value: object, path: KeyPath) -> Iterator[Misfit]:
    """Explain a value of none of several forms: by the form that was meant, if that shows."""
    parts = [one for one in members if isinstance(one, type) and issubclass(one, BaseModel)]
    meant = _meant(parts, value) if isinstance(value, dict) else None
    if meant is not None:
        yield from _model(meant, value, path)
        return
    plain = [one for one in members if one not in parts and _takes(one, value)]
    if plain:
        yield from _value(plain[0], None, value, path)
        return
    forms = _listed([_form(one) for one in members], ", or ", quote=False)
    sentence = f"{_subject(path)} is {_told(value)}, which is none of the forms that it can have"
    yield Misfit(path, f"{sentence}: {forms}.", _one_of(members))


def _meant(parts: Sequence[type[BaseModel]], value: Mapping[str, Any]) -> type[BaseModel] | None:
    """Return the part with most of the keys that are there, or one with keys much like them."""

    def alike(part: type[BaseModel]) -> tuple[int, int]:
        keys = _keys(part)
        return len(set(keys) & set(value)), sum(bool(_near(key, keys)) for key in value)

    best = max(parts, key=alike, default=None)
    return best if best is not None and any(alike(best)) else None


def _takes(hint: Any, value: object) -> bool:
    """Say whether a value is of the kind at least, if it hasn't the form."""
    base = _bare(hint)
    origin = get_origin(base)
    kinds = {tuple: list, dict: dict, Literal: str}
    wanted = kinds.get(origin, base) if origin is not None else base
    if isinstance(value, bool) or wanted is bool:
        return isinstance(value, bool) and wanted is bool
    return isinstance(wanted, type) and isinstance(value, wanted)


def _form(hint: Any) -> str:
    """Return a form as a choice among several."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        keys = [spec.alias or name for name, spec in hint.model_fields.items()]
        needed = [spec.alias or n for n, spec in hint.model_fields.items() if spec.is_required()]
        more = _FOR_EACH_CHOICE.get(hint, "")
        return f"`{{{', '.join(f'{key}: …' for key in needed or keys[:1])}}}`{more}"
    return _kind(hint, None).name


def _kind(hint: Any, spec: FieldInfo | None) -> _Kind:
    """Return what is wanted."""
    known = next((kind for one, kind in _KINDS if hint == one), None)
    members = _members(hint)
    if known is not None:
        return known
    if len(members) > 1:
        forms = _listed([_form(one) for one in members], ", or ", quote=False)
        return _Kind(forms, _one_of(members))
    if members[0] is not hint:
        return _kind(members[0], spec)
    base = _bare(hint)
    if get_origin(base) is Literal:
        choices = _listed([_shown(one) for one in get_args(base)], " or ")
        return _Kind(choices, f"Write {choices}.")
    if isinstance(base, type) and issubclass(base, BaseModel):
        return _part(base)
    return _CONTAINERS.get(get_origin(base)) or _plain(base, hint, spec)


def _one_of(members: Sequence[Any]) -> str:
    """Return how to write one of several forms: of a length of time the one that is alone."""
    return _kind(Duration, None).remedy if Duration in members else "Write one of these."


def _part(model: type[BaseModel]) -> _Kind:
    keys = _listed(_keys(model), " and ", most=4)
    return _Kind(f"a mapping with keys such as {keys}", "Write them below it, indented.")


def _plain(base: Any, hint: Any, spec: FieldInfo | None) -> _Kind:
    bounds = _bounds(hint, spec)
    if base is int and bounds:
        return _Kind(f"a whole number {bounds}", f"Write a whole number {bounds}.")
    if base is str and "^[a-z]$" in repr((hint, spec)):
        return _LETTER
    return _PLAIN.get(base, _PLAIN[str])


def _bounds(hint: Any, spec: FieldInfo | None) -> str:
    """Return between which bounds a number must be, in words; "" if there are none."""
    found = [*(spec.metadata if spec else ()), *get_args(hint)[1:]]
    metadata = [
        m for one in found for m in (one.metadata if isinstance(one, FieldInfo) else (one,))
    ]
    low = next((m.ge for m in metadata if hasattr(m, "ge")), None)
    above = next((m.gt for m in metadata if hasattr(m, "gt")), None)
    high = next((m.le for m in metadata if hasattr(m, "le")), None)
    if low is not None and high is not None:
        return f"from {low} to {high}"
    if low is not None:
        return f"that is {low} or more"
    return f"greater than {above}" if above is not None else ""


def _wrong_kind(path: KeyPath, kind: _Kind, value: object) -> Misfit:
    sentence = f"{_subject(path)} is to be {kind.name}, and this is {_told(value)}."
    return Misfit(path, sentence, kind.remedy)


def _subject(path: KeyPath) -> str:
    if not path:
        return "The file"
    if isinstance(path[-1], int):
        return f"Element {path[-1] + 1} of `{path[-2]}`"
    return f"`{path[-1]}`"


def _told(value: object, the: str = "the") -> str:
    """Return what stands there, in words."""
    match value:
        case None:
            return "empty"
        case dict():
            return f"a mapping with {_listed(list(value), ' and ', most=4)}" if value else "empty"
        case list():
            return "a list"
        case bool() | int() | float():
            return f"`{_shown(value)}`"
        case _:
            return f"{the} text “{_shown(value)}”"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)[:_SHOWN]


def _members(hint: Any) -> tuple[Any, ...]:
    """Return the forms that a value can have: several of a union, else the one."""
    if get_origin(hint) in {Union, UnionType}:
        return tuple(m for one in get_args(hint) if one is not NoneType for m in _members(one))
    return (hint,)


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _has_form(hint: Any, value: object) -> bool:
    try:
        TypeAdapter(hint).validate_python(value)
    except ValidationError:
        return False
    return True


def _keys(model: type[BaseModel]) -> list[str]:
    return [spec.alias or name for name, spec in model.model_fields.items()]


def _near(key: str, known: Collection[str]) -> str:
    return next(iter(difflib.get_close_matches(key, list(known), n=1, cutoff=_LIKE)), "")


def _places_of(key: str) -> list[str]:
    """Return the parts of the format to which a key belongs, as people call them."""
    return [name for name, model in _PLACES.items() if key in _keys(model)]


def _listed(names: Sequence[object], last: str, *, most: int = 12, quote: bool = True) -> str:
    shown = [f"`{one}`" if quote else str(one) for one in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and others"
    return last.join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _is_are(choices: Sequence[str]) -> str:
    return f"{'are' if len(choices) > 1 else 'is'} {_listed(choices, ' and ')}"


_PLACES: Final[Mapping[str, type[BaseModel]]] = {
    "the file itself": Body,
    "`start`": Start,
    "a field": FieldSpec,
    "a state": State,
    "a step": Step,
    "a seat": Seat,
    "an outcome": Outcome,
}
