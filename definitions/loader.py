"""Loads definitions from YAML: the package's own and those of more folders.

Reading (`reading.py`), form (`model.py`) and references (`checks.py`) are checked in this order,
and all that is wrong is said at once, with file, line and remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from definitions.definition import Definition
from definitions.errors import DefinitionError, DefinitionErrors, DefinitionsError
from definitions.exclusivity import load_exclusivity
from definitions.explaining import Misfit, explain
from definitions.reading import Positions, read_yaml

_UNEXPLAINED = Misfit(
    (),
    "The file doesn't have the form of a definition.",
    "Compare it with `countersign definitions schema`.",
)


@dataclass(frozen=True)
class Source:
    """A definition with the file that it was read from."""

    definition: Definition
    positions: Positions
    file: str


@dataclass(frozen=True)
class Library:
    """The definitions that cases are opened with today, by process."""

    sources: tuple[Source, ...]

    def processes(self) -> tuple[str, ...]:
        """Return the processes' names, in the order in which they were read."""
        return tuple(source.definition.process for source in self.sources)

    def definitions(self) -> tuple[Definition, ...]:
        """Return the current definition of each process."""
        return tuple(source.definition for source in self.sources)

    def current(self, process: str) -> Definition:
        """Return the definition that a new case of the process begins under.

        Raises:
            KeyError: there is no such process.
        """
        for definition in self.definitions():
            if definition.process == process:
                return definition
        raise KeyError(process)

    def with_sources(self, sources: Sequence[Source]) -> Library:
        """Return the library as it would be with these: each in place of one of its name.

        Raises:
            DefinitionErrors: two of them describe one process.
        """
        theirs: dict[str, Source] = {}
        errors = [error for one in sources if (error := _again(one, theirs)) is not None]
        if errors:
            raise DefinitionErrors(errors)
        ours = tuple(theirs.pop(one.definition.process, one) for one in self.sources)
        return Library((*ours, *theirs.values()))


def load_library(folders: Sequence[Path] = ()) -> Library:
    """Load the package's own definitions and those in more folders.

    A process in a folder takes the place of one of the same name in a folder before it.

    Raises:
        DefinitionErrors: a file can't be read or doesn't have the form, or two in one folder
            describe one process; references are `checks.check_library`'s part.
    """
    return _load(tuple(folders))


@lru_cache(maxsize=8)
def _load(folders: tuple[Path, ...]) -> Library:
    sources: dict[str, Source] = {}
    errors: list[DefinitionError] = []
    for folder in (files("definitions") / "processes", *folders):
        here: dict[str, Source] = {}
        for file in _yaml_files(folder):
            try:
                again = _again(load_file(file), here)
            except DefinitionsError as error:
                errors.extend(error.errors)
            else:
                errors.extend([again] if again is not None else [])
        sources |= here
    if errors:
        raise DefinitionErrors(errors)
    return Library(tuple(sources[process] for process in sorted(sources)))


def _again(source: Source, known: dict[str, Source]) -> DefinitionError | None:
    """Add a definition to those known; return why not, if one describes the same process."""
    process = source.definition.process
    first = known.setdefault(process, source)
    if first is source:
        return None
    return source.positions.error(
        ("process",),
        f"The process `{process}` is described in {first.file} already, and only one of the two "
        "would count.",
        "Take one of the files away, or call the process otherwise.",
    )


def load_file(file: Traversable | Path) -> Source:
    """Load one definition.

    Raises:
        DefinitionsError: it can't be read, or doesn't have the form.
    """
    data, positions = read_yaml(file, name=file.name)
    try:
        definition = Definition.build(data, load_exclusivity().to_json())
    except ValidationError as error:
        found = explain(data) or (_UNEXPLAINED,)
        errors = [positions.error(*one) for one in found]
        # What an alias repeats is wrong once, where it was written.
        raise DefinitionErrors(list({str(one): one for one in errors}.values())) from error
    except ValueError as error:
        raise positions.error((), f"{error}.", "Correct the file.") from error
    return Source(definition, positions, file.name)


def _yaml_files(folder: Traversable | Path) -> Iterator[Traversable | Path]:
    if not folder.is_dir():
        raise DefinitionErrors(
            [
                DefinitionError(
                    str(folder), 1, "There is no such folder of definitions.", "Correct its path."
                )
            ]
        )
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    yield from (file for file in found if file.name.endswith((".yaml", ".yml")))
