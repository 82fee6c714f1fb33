"""Free words from a search box."""

import pytest

from app.core.errors import InvalidParameter
from app.registry.search_fields import MODELS, VERSIONS
from app.search import free_text_query, parse_filter

FOUND = {
    "churn": ["Churn_x", "churn"],
    "CHUR": ["Churn_x", "churn"],
    "churn leaves": ["churn"],
    "risk churn": ["Churn_x", "churn"],
    "team=risk": ["Churn_x", "churn"],
    "100%": ["fraud"],
    "h_": [],
    "n_x": ["Churn_x"],
    "[sure]": ["fraud"],
    "~": [],
    "\\": [],
    "*": [],
    "' OR 1=1 --": [],
}


def test_words_are_looked_for_everywhere_and_no_character_is_special(filled):
    assert {text: filled.models(free_text_query(MODELS, text)) for text in FOUND} == FOUND


def test_words_that_no_text_can_hold_are_refused(filled):
    with pytest.raises(InvalidParameter):
        filled.models(free_text_query(MODELS, "\ud800"))


def test_versions_have_words_too(filled):
    assert filled.versions(free_text_query(VERSIONS, "retrained churn")) == ["churn:3"]


def test_no_words_are_no_filter(filled):
    assert free_text_query(MODELS, " \n ") is None
    assert filled.models(free_text_query(MODELS, "")) == ["Churn_x", "churn", "fraud"]


def test_words_can_be_shown_as_a_filter(filled):
    tree = free_text_query(MODELS, "churn risk")
    assert parse_filter(str(tree)) == tree


def test_pages_of_words_go_on(filled):
    tree = free_text_query(MODELS, "r")
    first, token = filled.page("models", tree, max_results=1)
    assert first + filled.models(tree, page_token=token) == ["Churn_x", "churn", "fraud"]
