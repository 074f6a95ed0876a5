"""Every template renders from its model alone, and what comes out is sound."""

import dataclasses
import inspect

import pytest

import web.page_models
from tests.support.html import StrictPage
from tests.web import preview
from tests.web.preview_words import HOSTILE
from web.page_models import CasePage, Page, SignPage

PAGES = preview.variants()
ENVIRONMENT = preview.environment()


def rendered(name: str) -> StrictPage:
    """A variant, rendered and read."""
    return StrictPage(preview.render(PAGES[name], ENVIRONMENT))


@pytest.mark.parametrize("name", PAGES)
def test_is_well_formed_and_every_input_has_a_label_and_every_form_a_token(name: str) -> None:
    page = rendered(name)
    assert page.findings == []
    assert page.headings[0] in (1, 2), "an error summary may stand before the heading"
    assert page.headings.count(1) == 1
    assert "None" not in page.text.replace("None given", "").split()


@pytest.mark.parametrize("name", PAGES)
def test_says_all_that_its_form_and_refusal_say(name: str) -> None:
    text = rendered(name).text
    for said in sentences(PAGES[name]):
        assert " ".join(said.split()) in text


def sentences(thing: object) -> list[str]:
    """Every sentence, heading and label of a model: strings that end with a full stop."""
    if isinstance(thing, str):
        return [thing] if thing.endswith((".", "?", "!")) else []
    if isinstance(thing, tuple):
        return [said for it in thing for said in sentences(it)]
    if not dataclasses.is_dataclass(thing):
        return []
    skipped = {"svg", "frame", "label"} if hasattr(thing, "svg") else {"frame"}
    if getattr(thing, "withheld", ""):
        skipped.add("name")
    fields = [it.name for it in dataclasses.fields(thing) if it.name not in skipped]
    return [said for it in fields for said in sentences(getattr(thing, it))]


def test_every_page_has_a_template_and_every_template_a_page() -> None:
    models = [
        it
        for _, it in inspect.getmembers(web.page_models, inspect.isclass)
        if issubclass(it, Page) and it is not Page
    ]
    templates = {it.name for it in preview.TEMPLATES.glob("*.html")} - {"base.html"}
    assert {it.template for it in models} == templates
    assert {type(it) for it in PAGES.values()} == set(models), "each is previewed"
    assert all(it.__dataclass_params__.frozen for it in models)  # type: ignore[attr-defined]


def test_what_was_typed_is_shown_as_text_only() -> None:
    for name in PAGES:
        html = preview.render(PAGES[name], ENVIRONMENT)
        assert "<b>bold" not in html
        assert "<script" not in html
    assert HOSTILE in rendered("case").text


def test_each_outcome_has_a_button_of_its_own_and_enter_presses_none() -> None:
    page = PAGES["sign"]
    assert isinstance(page, SignPage)
    html = preview.render(page, ENVIRONMENT)
    form = html[html.index('action="/cases/q20261123.4/sign/review"') :]
    first, *others = form.split("<button ")[1:]
    assert first.startswith('type="submit" disabled hidden>')
    for outcome, button in zip(page.outcomes, others, strict=True):
        assert f'name="outcome" value="{outcome.button.value}"' in button
        assert outcome.button.label in button
        assert 'class="button button-act"' in button, "they weigh the same"
    assert {"nonce", "shown", "csrf_token"} <= set(StrictPage(html).forms[-1].names())


def test_a_case_is_told_in_its_order() -> None:
    page = PAGES["case"]
    assert isinstance(page, CasePage)
    text = rendered("case").text
    order = [
        page.case.number,
        page.standing.sentence,
        "What you can do",
        "What is missing",
        "What it is about",
        "The way",
        "What has happened",
        "Say something",
    ]
    places = [text.index(it, text.index("Skip to the content")) for it in order]
    assert places[1:] == sorted(places[1:])


def test_numbers_are_links() -> None:
    for name, page in PAGES.items():
        case = getattr(page, "case", None)
        if case is not None:
            assert case.url in rendered(name).links


def test_the_operator_is_in_the_navigation_only_of_who_may() -> None:
    assert "/operator" in rendered("inbox").links
    assert "/operator" not in rendered("inbox-empty").links
