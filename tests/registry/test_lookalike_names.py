"""Names of new models that could be taken for others."""

import pytest

from app.registry import names
from app.registry.errors import InvalidAlias, InvisibleCharacters, LookalikeName


@pytest.mark.parametrize(
    "name",
    [
        "churn\u2800",
        "chu\u200drn",
        "churn\u200c",
        "\u200dchurn",
        "\u3164",
        "a\u034fb",
        "модель\u200d",
        "a\u200d👩",
        "chu\u00a0rn",
        "churn\u3000v2",
    ],
)
def test_what_nobody_sees_is_refused(name):
    with pytest.raises(InvisibleCharacters):
        names.check_new_model_name(name)


@pytest.mark.parametrize("name", ["сhurn", "churnо", "model_Αlpha x", "cafe\u0301"])
def test_what_looks_like_another_is_refused(name):
    with pytest.raises(LookalikeName):
        names.check_new_model_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "модель_v2",
        "β-churn",
        "café",
        "模型 v1",
        "モデルmodel",
        "👩\u200d💻",
        "\u0646\u0645\u06cc\u200c\u062e",
        "kµ",
        "ǅ1x",
    ],
)
def test_words_of_one_alphabet_are_names(name):
    assert names.check_new_model_name(name) == name


@pytest.mark.parametrize("alias", ["сhampion", "championе", "cafe\u0301"])
def test_an_alias_that_looks_like_another_is_refused(alias):
    with pytest.raises((LookalikeName, InvalidAlias)):
        names.check_new_alias(alias)


@pytest.mark.parametrize("alias", ["чемпион", "champion-новый", "café", "prod_β", "模型"])
def test_aliases_of_one_alphabet_each_word_are_given(alias):
    assert names.check_new_alias(alias) == alias
