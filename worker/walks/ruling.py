"""A ruling in a walk: an arbitration is filed for it, whoever is drawn accepts, and rules.

The walk says only what is ruled. In which process rulings are made, the definitions say
(`arbitrates`); the story of that case is told by walks of its own.
"""

from __future__ import annotations

from typing import Any, Final

from definitions.definition import Definition
from definitions.loader import load_library
from definitions.model import FieldSpec
from definitions.rules import why_party
from definitions.ruling import LIVES, Ruling
from definitions.state import CaseState
from web.acting.rule_pages import LOOK, RULE_IT, STEP, WHICH, key_of
from worker.errors import CommandRefused
from worker.walks.cast import Cast
from worker.walks.forms import Page
from worker.walks.model import Rule
from worker.walks.person import Answer, Someone
from worker.walks.site import eventually

_MOST_STEPS: Final = 20
_VALUES: Final[dict[str, Any]] = {"text": "As the walk tells.", "string": "As told.",
                                  "attestation": True}  # fmt: skip


class Rulings:
    """The case in which a walk's rulings are made; filed when the first one is."""

    def __init__(self, cast: Cast) -> None:
        """Take who is who; nothing happens yet."""
        self._cast = cast
        self._case = ""

    def make(self, wanted: Rule) -> Answer | Page:
        """Make a ruling; without `by`, by whom the lot fell on.

        Raises:
            CommandRefused: the arbitration doesn't come to where somebody rules in it.
        """
        self._case = self._case or self._filed()
        on, state = self._cast.state(wanted.in_), self._cast.site.state(self._case)
        judge = self._cast.someone(wanted.by) if wanted.by else self._judge(state)
        path = f"/cases/{state.number}/rule?on={on.number}"
        page = judge.read(path)
        if isinstance(page, Answer):
            return page
        form = page.form(path)
        if form is None:
            return Answer(accepted=False, sentence=f"No form for a ruling: {page.text[:300]}")
        names = ("kind", "step", "seat", "outcome", "to")
        ruling = Ruling(**{name: getattr(wanted, name) for name in names})
        said = {WHICH: key_of(ruling), "scope": wanted.scope, "reasons": wanted.reasons}
        if wanted.lives:
            said["lives"] = next(key for key, length in LIVES.items() if length == wanted.lives)
        if key_of(ruling) not in form.choices.get(WHICH, ()):
            return Answer(accepted=False, sentence="The definition lets no such ruling.")
        preview = judge.send(form, said, (STEP, LOOK))
        signing = preview.form(path) if isinstance(preview, Page) else None
        if signing is None:
            return preview
        return judge.send(signing, {}, (STEP, RULE_IT))

    def _filed(self) -> str:
        """File an arbitration and have its offices accepted; return its id."""
        definition = next(one for one in load_library().definitions() if one.body.arbitrates)
        filer = self._filer(definition)
        path = f"/open/{definition.process}"
        check = filer.fill(path, path, _filled(definition.body.start.fields))
        form = check.form(path) if isinstance(check, Page) else None
        answer = filer.send(form, {}) if form is not None else check
        if not isinstance(answer, Answer) or not answer.accepted:
            text = answer.sentence if isinstance(answer, Answer) else answer.text
            raise CommandRefused(f"The arbitration couldn't be filed: {text[:300]}")
        case = answer.url.rsplit("/", 1)[-1]
        for _ in range(_MOST_STEPS):
            self._cast.site.settle()
            state = self._cast.site.state(case)
            rule = definition.body.arbitrates
            if rule is None or set(rule.during) & set(state.configuration):
                return case
            self._signed(definition, state)
        raise CommandRefused("The arbitration doesn't come to where somebody rules in it.")

    def _filer(self, definition: Definition) -> Someone:
        """Return the first of the walk's people who may file it and isn't one who could judge."""
        judging = {draw.role for draw in definition.body.draws.values()}
        for name in self._cast.named():
            holds = self._cast.site.holdings(self._cast.address(name))
            if not judging & holds:
                return self._cast.someone(name)
        raise CommandRefused("Nobody of the walk can file an arbitration.")

    def _signed(self, definition: Definition, state: CaseState) -> None:
        """Sign an open seat for a person of the case, with its first outcome.

        Whoever has part in the walk's own case can't rule on it: they decline, and another is
        drawn.
        """
        for step in [one for one in state.configuration if one in definition.body.steps]:
            for seat, spec in definition.step(step).seats.items():
                who = state.people.get(spec.person or "", ())
                signed = {one.actor for one in state.steps[step].signatures}
                if not who or who[0] in signed:
                    continue
                someone = self._cast.site.browser(self._cast.site.address_of(who[0]))
                if self._has_part(who[0]):
                    path = f"/cases/{state.number}/decline/{step}/{seat}"
                    someone.fill(path, path, {"comment": "I have part in what it is about."})
                else:
                    outcome = next(iter(definition.step(step).outcomes))
                    path = f"/cases/{state.number}/sign/{step}/{seat}"
                    evidence = _filled(definition.step(step).asked(outcome))
                    someone.fill(path, path, evidence, ("outcome", outcome))
                eventually(
                    lambda: self._cast.site.state(state.case) != state, f"“{step}” was signed"
                )
                return

    def _has_part(self, person: str) -> bool:
        own = self._cast.state()
        return why_party(load_library().current(own.process), own, person) is not None

    def _judge(self, state: CaseState) -> Someone:
        definition = load_library().current(state.process)
        rule = definition.body.arbitrates
        for name in rule.people if rule else ():
            for person in state.people.get(name, ()):
                return self._cast.site.browser(self._cast.site.address_of(person))
        raise CommandRefused("Nobody rules in the arbitration.")


def _filled(fields: dict[str, FieldSpec]) -> dict[str, Any]:
    return {name: _VALUES[spec.type] for name, spec in fields.items() if spec.required}
