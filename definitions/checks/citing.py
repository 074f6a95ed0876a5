"""Citations and words, wherever they stand in a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.checks.context import Context
from definitions.citations import check_citation
from definitions.errors import DefinitionError
from definitions.model import Each, FieldSpec
from definitions.reading import KeyPath

_WORDS = ("title", "summary", "hint", "verb", "leads", "subject", "text")


def check_citations(context: Context) -> Iterator[DefinitionError]:
    """Check that each `policy` is a section of the policy or a known document."""
    for path, part in context.parts():
        cited = getattr(part, "policy", None)
        here: KeyPath = (*path, "policy")
        if isinstance(cited, tuple):
            for index, citation in enumerate(cited):
                yield from _citation(context, citation, (*here, index))
        elif cited is not None:
            yield from _citation(context, cited, here)


def _citation(context: Context, citation: str, path: KeyPath) -> Iterator[DefinitionError]:
    finding = check_citation(citation)
    if finding is not None:
        yield context.error(path, finding.sentence, finding.remedy)


def check_words(context: Context) -> Iterator[DefinitionError]:
    """Check that all words for people are there in English, which every reader falls back to."""
    for path, part in context.parts():
        texts: dict[KeyPath, Mapping[str, str] | None] = {
            (name,): getattr(part, name, None) for name in _WORDS
        }
        if isinstance(part, FieldSpec):
            choices = part.choices or {}
            texts |= {("choices", choice): words for choice, words in choices.items()}
        if isinstance(part, Each):
            texts |= {("items", item): words for item, words in part.items.items()}
        for inner, words in texts.items():
            if words is not None and not words.get("en", "").strip():
                yield context.error(
                    (*path, *inner), "The English words (`en`) are missing.", "Add them."
                )
