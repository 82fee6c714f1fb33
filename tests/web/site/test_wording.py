"""How times, sizes, numbers and events read."""

import sys

import pytest
from flask import url_for

from app.activity.timeline import Moment
from app.audit.recorder import Kind
from app.core import clock
from app.registry.search_fields import MODELS
from app.web.rendering import event_sentences, formats, search_box
from app.web.site import template_environment

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (0, "just now"),
        (59_999, "just now"),
        (60_000, "1 minute ago"),
        (3_599_000, "59 minutes ago"),
        (3_600_000, "1 hour ago"),
        (86_400_000 * 2, "2 days ago"),
        (86_400_000 * 45, "1 month ago"),
        (86_400_000 * 800, "2 years ago"),
        (-7_200_000, "in 2 hours"),
        (1 - 86_400_000 * 30, "in 30 days"),
        (1 - 86_400_000 * 90, "in 3 months"),
    ],
)
def test_a_moment_is_told_from_now_with_the_exact_one_behind_it(monkeypatch, before, told):
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    html = formats.ago(NOW - before)
    assert html.endswith(f">{told}</time>")
    assert f'title="{formats.exactly(NOW - before)}"' in html


def test_the_exact_moment_is_in_utc():
    assert formats.exactly(NOW) == "2027-01-15 08:00:00 UTC"
    assert 'datetime="2027-01-15T08:00:00.000Z"' in formats.ago(NOW)


@pytest.mark.parametrize("time", [2**63 - 1, -(2**63), 10**15])
def test_a_moment_that_no_calendar_holds_is_a_number(time):
    assert str(time) in formats.ago(time)
    assert formats.exactly(time) == ""


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1500, "1.5 kB"),
        (999_900, "1 MB"),
        (1_234_567, "1.23 MB"),
        (10**12, "1 TB"),
        (10**18, "1e+06 TB"),
        (None, ""),
    ],
)
def test_sizes(size, told):
    assert formats.filesize(size) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0"),
        (120000.0, "120,000"),
        (1445060.175, "1,445,060.2"),
        (0.8734567, "0.873457"),
        (1e-7, "1e-07"),
        (float("nan"), "NaN"),
        (float("inf"), "∞"),
        (-sys.float_info.max, "−∞"),
        (1e300, "1e+300"),
        (-2.5, "-2.5"),
    ],
)
def test_numbers(value, told):
    assert formats.number(value) == told


@pytest.mark.parametrize(
    ("ms", "told"),
    [
        (3200, "3.2 s"),
        (65_000, "1 min 5 s"),
        (600_000, "10 min"),
        (3_900_000, "1 h 5 min"),
        (90_000_000, "1 d 1 h"),
        (None, ""),
    ],
)
def test_durations(ms, told):
    assert clock.duration(ms) == told


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_event_has_a_sentence(kind):
    moment = Moment(1, NOW, kind.value, "Ada", 7, "<s>", "<b>", "<a>", None)
    sentence = event_sentences.sentence(moment)
    assert "did" not in sentence
    assert "<s>" not in sentence
    assert "{" not in sentence


def test_an_event_of_a_later_greenroom_still_has_a_line():
    assert (
        event_sentences.sentence(Moment(1, NOW, "comment.<x>", "Ada", None, None, None, None, None))
        == "did <b>comment.&lt;x&gt;</b>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a = 'b'",
        "name LIKE 'x%'",
        "stage IN ('a')",
        "alias IS NULL",
        "x != 1",
        "metrics.auc>0.5",
        "name contains 'x'",
    ],
)
def test_what_compares_is_a_filter(text):
    assert search_box.is_filter(MODELS, text)


@pytest.mark.parametrize(
    "text",
    [
        "churn",
        "a b",
        "model in production",
        "100%",
        "it's",
        "like this",
        "a-b",
        "= b",
        "lr=0.01",
        "a<b",
        "x=>y",
        "<3",
        "k=v=w",
        "a==b",
    ],
)
def test_what_does_not_compare_is_words(text):
    assert not search_box.is_filter(MODELS, text)


@pytest.mark.parametrize("name", ["churn", "spam % 0", "größe/10", "a?b#c"])
def test_the_address_of_a_version_is_that_of_the_models_versions_and_its_number(app, name):
    with app.test_request_context():
        assert template_environment.versions_url(name) + "120" == url_for(
            "versions.show", name=name, number=120
        )
