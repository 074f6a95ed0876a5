"""What a walk says: its people, and what each does, told in the order of the story."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from definitions.errors import DefinitionErrors
from definitions.model import Duration, duration
from definitions.reading import read_yaml
from worker.errors import CommandRefused

Kind = Literal["good", "refused", "late", "amended", "failure", "trigger", "override"]


def _is_duration(text: str) -> str:
    duration(text)
    return text


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Drawn(_Part):
    """Somebody whom the walk can't name: on whom a lot fell, or who filled a bound seat.

    Attributes:
        drawn: what the definition calls them, a person of the case.
        in_: which child case's; None for the walk's own case.
    """

    drawn: str
    in_: str | None = Field(default=None, alias="in")


class _Done(_Part):
    """Something that somebody does.

    Attributes:
        in_: in which case that this one opened, by what it calls it; None in the walk's own case.
    """

    by: str
    in_: str | None = Field(default=None, alias="in")


class Open(_Part):
    """Somebody opens the case.

    Attributes:
        fields: as typed; a patch is the name of a file beside the walks.
        external: addresses of authors that belong to nobody in the directory; they are declared
            to be from outside of the community.
    """

    by: str
    fields: Mapping[str, Any]
    external: tuple[str, ...] = ()


EVERY: Final = "*"
"""What a seat ends with that stands for each thing on a list that begins so."""


class Sign(_Done):
    """Somebody signs a step; `fields` are comment and evidence as typed.

    With a list, `seat` names the thing as well: `examined:references`; or, with `*` at its end,
    each that begins so and isn't signed yet, however many there are.
    """

    step: str
    outcome: str
    seat: str | None = None
    fields: Mapping[str, Any] = {}


class Look(_Done):
    """Somebody opens the form of a step, and signs later what they see now."""

    step: str
    seat: str | None = None


class Amend(_Done):
    """Somebody changes fields of the case."""

    fields: Mapping[str, Any]
    external: tuple[str, ...] = ()


class Say(_Done):
    """Somebody comments."""

    text: str


class Vote(_Done):
    """A member of a body votes.

    Attributes:
        choice: `aye`, `naye` or `abstain`.
        conflict: what they declare of their interests, `none` or `some`.
        from_mail: by the link of the newest mail that they got about the case, without signing in.
        fields: what else is typed: a comment, or whom they vote for and why.
    """

    step: str
    choice: Literal["aye", "naye", "abstain"]
    conflict: Literal["none", "some"] = "none"
    from_mail: bool = Field(default=False, alias="from-mail")
    fields: Mapping[str, Any] = {}


class Add(_Done):
    """Somebody adds a thing to a list whose things are signed one by one."""

    step: str
    text: str


class Back(_Done):
    """Somebody takes their sign-off back, declines a step, recuses, or withdraws the case."""

    step: str | None = None
    seat: str | None = None
    text: str = ""


class Rule(_Part):
    """A ruling on the case, made in an arbitration that is filed for it.

    Attributes:
        by: who tries to make it; without, whoever the lot fell on.
        kind: what it does; `step`, `seat`, `outcome` and `to` as in the definition's `rulings`.
        lives: after how long a suspended case goes on by itself.
    """

    by: str | None = None
    in_: str | None = Field(default=None, alias="in")
    kind: Literal["authorise", "override", "suspend", "resume", "close", "reinstate"]
    step: str | None = None
    seat: str | None = None
    outcome: str | None = None
    to: str | None = None
    lives: Duration | None = None
    scope: str = "For this case alone."
    reasons: str = "The walk tells them."


class Act(_Part):
    """One thing that somebody does."""

    open: Open | None = None
    sign: Sign | None = None
    amend: Amend | None = None
    comment: Say | None = None
    retract: Back | None = None
    decline: Back | None = None
    withdraw: Back | None = None
    vote: Vote | None = None
    recuse: Back | None = None
    add: Add | None = None
    rule: Rule | None = None

    def named(self) -> tuple[str, Any]:
        """Return what is done and its details."""
        found = [(n, getattr(self, n)) for n in Act.model_fields if getattr(self, n) is not None]
        if len(found) != 1:
            raise ValueError("a step says exactly one thing that happens")
        return found[0]


class Refused(Act):
    """Something that must be refused, and by which section."""

    section: str

    @model_validator(mode="after")
    def _one(self) -> Refused:
        self.named()
        return self


class Expect(_Part):
    """How the case must stand.

    Attributes:
        in_: of which case that this one opened all this is said; None of the walk's own.
        state: this state is active, or the case ended in it.
        waits_for: people of the walk whose inbox shows the case; `not_for` those whose doesn't.
        told: people of the walk, and words of a mail that they got.
        sees: people, and words that the case's page shows them; `sees_not` must not be there.
        holds: people, and every role and place on a list that the directory has of them now, but
            for being a Member.
    """

    in_: str | None = Field(default=None, alias="in")
    state: str | None = None
    waits_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    told: Mapping[str, str] = {}
    sees: Mapping[str, str] = {}
    sees_not: Mapping[str, str] = {}
    holds: Mapping[str, tuple[str, ...]] = {}


class Step(Act):
    """A step of the story: an act, a refusal that must come, time that passes, and so on."""

    refuse_expected: Refused | None = Field(default=None, alias="refuse-expected")
    pass_time: Annotated[str, AfterValidator(_is_duration)] | None = Field(
        default=None, alias="pass-time"
    )
    fail: Literal["worker", "web", "temporal"] | None = None
    look: Look | None = None
    expect: Expect | None = None

    def named(self) -> tuple[str, Any]:
        """Return what is done and its details."""
        names = Step.model_fields
        found = [(n, getattr(self, n)) for n in names if getattr(self, n) is not None]
        if len(found) != 1:
            raise ValueError("a step says exactly one thing that happens")
        return found[0]

    @model_validator(mode="after")
    def _one(self) -> Step:
        self.named()
        return self


class Walk(_Part):
    """One walk.

    Attributes:
        people: short names, with one address each of the sample community's people, or on whom a
            lot falls.
    """

    walk: str
    title: str
    process: str
    kind: Kind
    people: Mapping[str, str | Drawn]
    story: tuple[Step, ...] = Field(min_length=1)

    @property
    def addresses(self) -> Mapping[str, str]:
        """The addresses of those whom the walk can name."""
        return {name: told for name, told in self.people.items() if isinstance(told, str)}


FILES: Final = "files"
"""The folder beside the walks with what people upload."""


def load_walk(file: Traversable | Path) -> Walk:
    """Read a walk.

    Raises:
        DefinitionsError: it can't be read, or doesn't have the form.
    """
    data, positions = read_yaml(file, name=file.name)
    try:
        return Walk.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise DefinitionErrors(
            [
                positions.error(
                    tuple(detail["loc"]),
                    f"“{'.'.join(map(str, detail['loc']))}” is wrong: {detail['msg']}.",
                    "Correct the walk.",
                )
                for detail in found
            ]
        ) from error


def walks_folder() -> Traversable:
    """Return the folder of the walks that the program brings."""
    return files("definitions") / "walks"


def all_walks() -> tuple[Walk, ...]:
    """Return the program's walks in the order of their names."""
    return tuple(load_walk(walks_folder() / f"{name}.yaml") for name in _names())


def _names() -> list[str]:
    """Return the names of the program's walks: each file is called like its walk."""
    files_ = (file.name for file in walks_folder().iterdir())
    return sorted(name.removesuffix(".yaml") for name in files_ if name.endswith(".yaml"))


def named_walk(name: str) -> Walk:
    """Return one of the program's walks.

    Raises:
        CommandRefused: there is none of that name.
    """
    known = _names()
    if name not in known:
        raise CommandRefused(f"There is no walk “{name}”. There are: {', '.join(known)}.")
    return load_walk(walks_folder() / f"{name}.yaml")


def upload(name: str) -> bytes:
    """Return a file that people of walks upload.

    Raises:
        CommandRefused: there is none of that name.
    """
    try:
        return (walks_folder() / FILES / name).read_bytes()
    except OSError as error:
        raise CommandRefused(f"The walk uploads {name}, which isn't there.") from error
