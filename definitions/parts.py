"""What all parts of the definition format share: ids, durations, texts, and the base of a part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WithJsonSchema,
)

_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_duration: TypeAdapter[timedelta] = TypeAdapter(timedelta)


def duration(text: str) -> timedelta:
    """Return the length of an ISO 8601 duration in days, hours, minutes and seconds.

    Raises:
        ValueError: it isn't one. Months and years are refused: their length varies.
    """
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration like P3D or PT12H (ISO 8601)")
    return _duration.validate_python(text)


def _is_duration(text: str) -> str:
    duration(text)
    return text


def _as_text(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


Id: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=60)]
StateId: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)]
By: TypeAlias = Annotated[
    str,
    Field(
        pattern=r"^([a-z][a-z0-9]*(_[a-z0-9]+)*\.)?[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=121
    ),
]
"""What decides: a field of the case's form, or `STEP.FIELD`, an answer given in a signed step."""
Duration: TypeAlias = Annotated[
    str,
    AfterValidator(_is_duration),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["P3D", "PT12H"]}
    ),
]
Text: TypeAlias = Annotated[
    dict[str, str], BeforeValidator(_as_text, json_schema_input_type=str | dict[str, str])
]
"""Words for people, by language; a plain string is English."""


class Part(BaseModel):
    """Base of all parts: frozen, and a key that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class LengthBy(BaseModel):
    """A length that a choice field of the case decides: `{by: severity, high: PT4H, low: P5D}`."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Duration]
    by: Id

    def lengths(self) -> dict[str, str]:
        """Return the length for each choice."""
        return dict(self.__pydantic_extra__ or {})


Length: TypeAlias = Duration | LengthBy


def duration_text(length: timedelta) -> str:
    """Return a length as an ISO 8601 duration: `P1DT4H`, and `PT0S` for none."""
    hours, seconds = divmod(length.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{count}{unit}" for count, unit in parts if count)
    days = f"{length.days}D" if length.days else ""
    return f"P{days}{'T' if time else ''}{time}" if days or time else "PT0S"


def lengths(length: str | LengthBy) -> tuple[timedelta, ...]:
    """Return every length that it can be, by whichever choice."""
    told = length.lengths().values() if isinstance(length, LengthBy) else (length,)
    return tuple(duration(one) for one in told)


def words(text: dict[str, str] | None, language: str = "en") -> str:
    """Return the text in `language`, else in English, else in whichever there is; "" for None."""
    if not text:
        return ""
    return text.get(language) or text.get("en") or next(iter(text.values()))


class _Known(dict[str, str]):
    """What placeholders stand for; one that nobody knows stays as it is written."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def filled(text: Mapping[str, str], known: Mapping[str, str], language: str = "en") -> str:
    """Return the text in `language` with what its placeholders (`{number}`) stand for.

    That the braces match is checked with the definition.
    """
    return words(dict(text), language).format_map(_Known(known))
