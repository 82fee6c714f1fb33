"""Quotas: what one account, and all together, may have."""

import dataclasses
import os

import pytest

from app.accounts import errors, tokens
from app.approvals import comments
from app.approvals.errors import TooManyComments
from app.artifacts.errors import TooManyUploads
from app.artifacts.local_store import LocalStore
from app.http.error_sentences import sentence
from app.settings.env import ConfigError
from app.settings.quotas import Quotas, read
from app.web.rendering import kept_renderings
from tests.support.team import team_around_a_model  # noqa: F401


def test_every_quota_has_a_variable_of_its_name():
    for field in dataclasses.fields(Quotas):
        variable = f"GREENROOM_{field.name.upper()}"
        assert getattr(read({variable: "7"}), field.name) == 7
        for wrong in ("0", "-1", "many", "9" * 20):
            with pytest.raises(ConfigError, match=variable):
                read({variable: wrong})
    assert read({}) == Quotas()


@pytest.fixture
def limit(app, monkeypatch):
    def set_quotas(**values: int) -> None:
        settings = dataclasses.replace(app.settings, quotas=dataclasses.replace(Quotas(), **values))
        monkeypatch.setattr(app, "settings", settings)

    return set_quotas


def test_comments_have_a_quota_for_each_account_and_in_all(team, limit):
    limit(comments_per_account=2, comments_in_all=3)
    team.do("ben", comments.create, "churn", 1, "first")
    team.do("ben", comments.create, "churn", 1, "second")
    with pytest.raises(TooManyComments) as refused:
        team.do("ben", comments.create, "churn", 1, "third")
    assert "You have written 2 comments in the last hour" in sentence(refused.value)
    team.do("anna", comments.create, "churn", 1, "third")
    with pytest.raises(TooManyComments) as refused:
        team.do("anna", comments.create, "churn", 1, "fourth")
    assert "Everyone together has written 3 comments" in sentence(refused.value)


def test_comments_of_another_hour_do_not_count(team, limit, monkeypatch):
    limit(comments_per_account=1)
    team.do("ben", comments.create, "churn", 1, "first")
    with pytest.raises(TooManyComments):
        team.do("ben", comments.create, "churn", 1, "second")
    later = comments.clock.now_ms() + comments.HOUR_MS + 1
    monkeypatch.setattr(comments.clock, "now_ms", lambda: later)
    team.do("ben", comments.create, "churn", 1, "second")


def test_tokens_have_a_quota_and_revoked_ones_do_not_count(team, limit):
    account_id = team.ids["ben"]
    held = sum(token.revoked_at is None for token in team.see("ben", tokens.of_account, account_id))
    limit(tokens_per_account=held + 1)
    token, _secret = team.do("ben", tokens.create, account_id, "one")
    with pytest.raises(errors.TooManyTokens) as refused:
        team.do("ben", tokens.create, account_id, "two")
    assert "The account has" in sentence(refused.value)
    team.do("ben", tokens.revoke, token.id)
    team.do("ben", tokens.create, account_id, "two")
    limit(tokens_in_all=1)
    with pytest.raises(errors.TooManyTokens) as refused:
        team.do("ben", tokens.create, account_id, "three")
    assert "There are 1 valid tokens" in sentence(refused.value)


def test_open_uploads_have_a_quota_and_completed_ones_do_not_count(tmp_path):
    (tmp_path / "artifacts").mkdir()
    uploads = LocalStore(tmp_path / "artifacts").uploads
    quotas = Quotas(uploads_per_account=2, uploads_in_all=3)
    first = uploads.begin(7, quotas)
    uploads.begin(7, quotas)
    with pytest.raises(TooManyUploads) as refused:
        uploads.begin(7, quotas)
    assert "You have 2 uploads" in sentence(refused.value)
    uploads.begin(8, quotas)
    with pytest.raises(TooManyUploads) as refused:
        uploads.begin(9, quotas)
    assert "Everyone together has 3 uploads" in sentence(refused.value)
    uploads.abort(first)
    uploads.begin(7, quotas)


def test_without_accounts_only_the_quota_in_all_counts(tmp_path):
    (tmp_path / "artifacts").mkdir()
    uploads = LocalStore(tmp_path / "artifacts").uploads
    for _time in range(3):
        uploads.begin(0, Quotas(uploads_per_account=1, uploads_in_all=3))
    with pytest.raises(TooManyUploads):
        uploads.begin(0, Quotas(uploads_per_account=1, uploads_in_all=3))


def test_renderings_are_counted_for_each_account_and_minute(monkeypatch):
    counts = kept_renderings.MinuteCounts()
    assert [counts.take(1, 2) for _ in range(3)] == [True, True, False]
    assert counts.take(2, 2)
    later = kept_renderings.time.monotonic() + 61
    monkeypatch.setattr(kept_renderings.time, "monotonic", lambda: later)
    assert counts.take(1, 2)


def test_the_oldest_renderings_go_when_there_are_too_many(tmp_path):
    for number in range(30):
        (tmp_path / f"{number}.html").write_text("x")
        os.utime(tmp_path / f"{number}.html", (number, number))
    kept_renderings.sweep(tmp_path, 30)
    assert len(list(tmp_path.iterdir())) == 30
    kept_renderings.sweep(tmp_path, 20)
    assert sorted(int(file.stem) for file in tmp_path.iterdir()) == list(range(12, 30))
