"""Approvals and checks are of a content: of its digest, and not of a name."""

import pytest
from sqlalchemy import insert, update

from app.approvals import requests, rollback
from app.approvals.version_snapshot import PartChanged
from app.core import clock
from app.db.transactions import db, transaction
from app.manifests.tables import ManifestOfVersion, StoredManifest
from app.registry import versions
from app.stages import checks, transitions
from app.stages.errors import CheckOfOtherFiles, FilesNotApprovable, RequirementsMissing
from tests.support.team import Team

OTHER = "b" * 64


def set_content(team: Team, number: int = 1, **columns) -> None:
    """Writes what is known of a version's files, as the background work and the sweep do."""
    with team.app.app_context(), transaction():
        version_id = versions.get("churn", number).id
        key = columns.get("manifest_key")
        if key is not None and db.session.get(StoredManifest, key) is None:
            db.session.execute(
                insert(StoredManifest.__table__).values(
                    key=key, digest=key, file_count=1, total_size=1, files=b"", made_at=clock.now_ms()
                )
            )
        changed = db.session.execute(
            update(ManifestOfVersion.__table__)
            .where(ManifestOfVersion.version_id == version_id)
            .values(**columns)
        )
        assert changed.rowcount == 1


def ready(team: Team, key: str = "a" * 64, number: int = 1) -> None:
    set_content(team, number, state="ready", manifest_key=key)


def ask(team, name: str = "rita"):
    return team.do(name, requests.open_request, "churn", 1, "Production")


def approve(team, name: str):
    return team.do(name, requests.approve, "churn", 1, "Production")


def test_other_files_void_an_approval(team):
    team.rule("Production", approvals=2)
    ready(team)
    request = ask(team)
    approve(team, "ben")
    ready(team, OTHER)
    with team.acting("rita") as actor:
        progress = requests.progress(request, versions.get("churn", 1), actor)
        assert progress.given == 0
        assert progress.approvals[0].void_because == (PartChanged("files"),)
    assert not approve(team, "bea").moved


@pytest.mark.parametrize("state", ("pending", "unreadable"))
def test_what_has_no_digest_is_not_approved(team, state):
    set_content(team, state=state)
    ask(team)
    with pytest.raises(FilesNotApprovable) as caught:
        approve(team, "ben")
    assert caught.value.state == state
    ready(team)
    assert approve(team, "ben").moved


def test_a_request_from_before_there_was_a_digest_says_so(team):
    set_content(team, state="pending")
    request = ask(team)
    ready(team)
    with team.acting("rita") as actor:
        progress = requests.progress(request, versions.get("churn", 1), actor)
    assert progress.changed == [PartChanged("digest")]


def test_a_version_whose_files_are_others_is_moved_by_nobody(team):
    ready(team)
    set_content(team, mismatch_at=clock.now_ms())
    for name in ("meg", "ada"):
        with pytest.raises(FilesNotApprovable):
            team.do(name, transitions.transition, "churn", 1, "Production")
    ask(team)
    with pytest.raises(FilesNotApprovable):
        approve(team, "ben")
    team.do("meg", transitions.transition, "churn", 1, "Archived")


def test_nor_is_it_rolled_back_to_in_an_emergency(team):
    team.group("oncall", "rolf")
    team.rule("Production", emergency_groups=["oncall"])
    team.do("meg", transitions.transition, "churn", 1, "Production")
    team.do("meg", transitions.transition, "churn", 2, "Production", archive_others=True)
    set_content(team, mismatch_at=clock.now_ms())
    with pytest.raises(FilesNotApprovable):
        team.do("rolf", rollback.roll_back, "churn", 1, "Production", reason="It burns.")


def report(team, name: str = "anna", **values):
    return team.do(name, checks.post, "churn", 1, "scan", "passed", **values)


def move(team):
    return team.do("meg", transitions.transition, "churn", 1, "Production")


def test_a_check_of_other_files_is_pending(team):
    team.rule("Production", checks=["scan"])
    ready(team)
    report(team)
    ready(team, OTHER)
    with pytest.raises(RequirementsMissing) as caught:
        move(team)
    assert caught.value.missing[0].is_of_other_files
    with team.acting("rita"):
        shown = checks.of_version(versions.get("churn", 1).id)[0]
    assert (shown.state, shown.reported_state) == ("pending", "passed")
    report(team)
    assert move(team).stage == "Production"


def test_a_check_says_which_digest_it_looked_at(team):
    ready(team)
    with pytest.raises(CheckOfOtherFiles):
        report(team, digest=OTHER)
    assert report(team, digest="A" * 64).state == "passed"


def test_a_bound_check_counts_from_its_reporter_alone(team):
    team.rule("Production", checks=["scan"], reporters={"scan": "ben"})
    report(team, "anna")
    with pytest.raises(RequirementsMissing) as caught:
        move(team)
    assert caught.value.missing[0].reporter == "ben"
    report(team, "ben")
    assert move(team).stage == "Production"


def test_a_bound_check_counts_from_the_members_of_its_group(team):
    team.group("ci", "ben")
    team.rule("Production", checks=["scan"], reporters={"scan": "ci"})
    report(team, "ben")
    team.leave("ci", "ben")
    with pytest.raises(RequirementsMissing):
        move(team)
    team.join("ci", "ben")
    assert move(team).stage == "Production"
