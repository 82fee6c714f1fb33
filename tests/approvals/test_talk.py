"""Checks, comments and who is called by them."""

import pytest

from app.activity import timeline
from app.approvals import comments, mentions, notices, requests
from app.core.errors import InvalidParameter, NotFound, PermissionDenied
from app.registry import queries
from app.stages import checks


def version_id(team, number=1):
    return team.see("ada", queries.version_keys, "churn", number).id


def told(team, name):
    with team.acting(name) as actor:
        return notices.of(actor)[0]


# Checks.


def test_the_last_report_of_a_check_counts(team):
    for state in ("pending", "failed", "passed"):
        team.do("anna", checks.post, "churn", 1, "bias", state, link="https://ci.example/7", summary=state)
    (row,) = team.see("rita", checks.of_version, version_id(team))
    assert (row.name, row.state, row.summary, row.link) == (
        "bias",
        "passed",
        "passed",
        "https://ci.example/7",
    )
    assert team.see("rita", checks.of_version, version_id(team, 2)) == []


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "ftp://x",
        "//x",
        "https://",
        "http://[",
        "https://a b",
        "https://x/" + "y" * 2_000,
        "data:text/html,x",
    ],
)
def test_a_link_leads_to_the_web(team, link):
    with pytest.raises(InvalidParameter) as refused:
        team.do("anna", checks.post, "churn", 1, "bias", "passed", link=link)
    assert refused.value.field == "link"


@pytest.mark.parametrize(("name", "error"), [("rita", PermissionDenied), ("carl", NotFound)])
def test_who_only_reads_reports_nothing(team, name, error):
    with pytest.raises(error):
        team.do(name, checks.post, "churn", 1, "bias", "passed")


# Comments.


def test_comments_are_a_thread(team):
    team.do("rita", comments.create, "churn", 1, "Why **now**?")
    team.do("anna", comments.create, "churn", 1, "Because")
    thread = team.see("ben", comments.of_version, version_id(team))
    assert [(one.author, one.text, one.is_edited) for one in thread] == [
        ("rita", "Why **now**?", False),
        ("anna", "Because", False),
    ]


def test_the_author_edits_and_the_author_or_a_manager_deletes(team):
    made = team.do("rita", comments.create, "churn", 1, "Hm")
    for name in ("rolf", "meg", "ada"):
        with pytest.raises(PermissionDenied):
            team.do(name, comments.edit, made.id, "Mine")
    assert team.do("rita", comments.edit, made.id, "Well").text == "Well"
    with pytest.raises(PermissionDenied):
        team.do("ben", comments.delete, made.id)
    team.do("meg", comments.delete, made.id)
    for verb in (comments.delete, lambda id, *, actor: comments.edit(id, "x", actor=actor)):
        with pytest.raises(NotFound):
            team.do("rita", verb, made.id)
    assert team.see("rita", comments.of_version, version_id(team)) == []


def test_whoever_may_delete_a_comment_may_bring_it_back_with_whom_it_calls(team):
    made = team.do("rita", comments.create, "churn", 1, "@bea, hm")
    with pytest.raises(NotFound):
        team.do("rita", comments.restore, made.id)
    team.do("rita", comments.delete, made.id)
    assert told(team, "bea") == []
    for name, error in (("ben", PermissionDenied), ("carl", NotFound)):
        for verb in (comments.deleted, comments.restore):
            with pytest.raises(error):
                team.do(name, verb, made.id)
    assert team.do("meg", comments.deleted, made.id).text == "@bea, hm"
    team.do("meg", comments.restore, made.id)
    assert [one.text for one in team.see("ben", comments.of_version, version_id(team))] == ["@bea, hm"]
    assert [one.comment_id for one in told(team, "bea")] == [made.id]
    kinds = [moment.kind for moment in team.see("rita", timeline.timeline, version_id=version_id(team))]
    assert kinds[:2] == ["comment.restored", "comment.deleted"]


def test_a_stranger_neither_reads_nor_writes_comments(team):
    made = team.do("rita", comments.create, "churn", 1, "Hm")
    for verb, *arguments in (
        (comments.create, "churn", 1, "x"),
        (comments.edit, made.id, "x"),
        (comments.delete, made.id),
    ):
        with pytest.raises(NotFound):
            team.do("carl", verb, *arguments)


# Who is called.


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ben, look", ["ben"]),
        ("ask @ben.", ["ben"]),
        ("(@ben)", ["ben"]),
        ("mail ben@example.org", []),
        ("@ann.lee@example.org!", ["ann.lee@example.org"]),
        ("@@ben", []),
        ("@", []),
        ("@ben @ben @bea", ["ben", "bea"]),
        ("https://x/@ben", []),
    ],
)
def test_a_name_after_an_at_sign_is_called(text, names):
    assert mentions.names_in(text) == names


def test_whoever_is_called_finds_it_in_their_inbox(team):
    comment = team.do("rita", comments.create, "churn", 2, "Look, @Ben and @nobody")
    request = team.do("anna", requests.open_request, "churn", 1, "Production", comment="@ben please, @anna")
    second, first = told(team, "ben")
    assert (first.kind, first.actor, first.number, first.text, first.comment_id) == (
        "mention",
        "rita",
        2,
        "Look, @Ben and @nobody",
        comment.id,
    )
    assert (second.request_id, second.stage, second.text) == (request.id, "Production", "@ben please, @anna")
    assert told(team, "anna") == []


def test_an_edited_comment_calls_whom_it_names_now(team):
    made = team.do("rita", comments.create, "churn", 1, "@ben")
    team.do("rita", comments.edit, made.id, "@bea")
    assert [len(told(team, name)) for name in ("ben", "bea")] == [0, 1]
    team.do("rita", comments.delete, made.id)
    assert told(team, "bea") == []


def test_who_may_not_read_the_model_is_told_nothing_of_it(team):
    team.do("rita", comments.create, "churn", 1, "@carl")
    assert told(team, "carl") == []
