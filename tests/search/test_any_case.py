"""Texts are found whatever the case of their letters, in every script."""

import pytest

from app.registry import models
from app.registry.search_fields import MODELS
from app.search import free_text_query
from tests.factories.registry import ANNA

NAMES = ["Übermodell", "МОДЕЛЬ один", "modèle É*", "ΣΊΣΥΦΟΣ", "plain"]


@pytest.fixture
def names(filled):
    for name in NAMES:
        models.create(name, actor=ANNA)
    return lambda filter: [name for name in filled.models(filter) if name in NAMES]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("über", ["Übermodell"]),
        ("ÜBERMODELL", ["Übermodell"]),
        ("модель", ["МОДЕЛЬ один"]),
        ("ОДИН модел", ["МОДЕЛЬ один"]),
        ("È é", ["modèle É*"]),
        ("é*", ["modèle É*"]),
        ("é?", []),
        ("é%", []),
        ("[é]", []),
        ("σί", ["ΣΊΣΥΦΟΣ"]),
        ("PLAIN", ["plain"]),
    ],
)
def test_words_are_found_in_any_case(names, text, found):
    assert names(free_text_query(MODELS, text)) == found


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("name ILIKE 'über%'", ["Übermodell"]),
        ("name ILIKE 'ü_ermodell'", ["Übermodell"]),
        ("name ILIKE '%~é%'", []),
        ("name ILIKE '%É*'", ["modèle É*"]),
        ("name LIKE 'über%'", []),
    ],
)
def test_ilike_takes_any_case_and_like_does_not(names, filter, found):
    assert names(filter) == found
