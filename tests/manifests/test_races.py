"""Several at the same moment: who registers the same files, and who makes what was left for later."""

from functools import partial

import pytest

from app import manifests
from app.db.transactions import transaction
from app.manifests import pending, reading
from app.registry import versions
from tests.factories.registry import ANNA, make_model
from tests.manifests.conftest import new_run, put
from tests.support.races import all_at_once

MANY = 12


@pytest.fixture
def actions(app):
    """Registering the same files, which nobody has read yet, in as many models as there are actions."""
    with app.app_context(), transaction():
        run = new_run()
        put(run, {str(number): str(number).encode() for number in range(40)})
        for number in range(MANY):
            make_model(f"model-{number}")
    source = f"runs:/{run.uuid}/model"
    return [
        partial(versions.create, f"model-{number}", source, run_uuid=run.uuid, actor=ANNA)
        for number in range(MANY)
    ]


def test_all_who_register_the_same_files_get_the_same_digest(app, actions):
    made = all_at_once(app, actions)
    assert len({row.tags["greenroom.digest"] for row in made}) == 1


def test_each_version_that_waits_is_made_by_one(app, actions, monkeypatch):
    monkeypatch.setattr(reading, "MAX_FILES_HASHED_IN_CALL", 0)
    rows = all_at_once(app, actions)
    # Each claim is a transaction of its own.
    claimed = [one for claims in all_at_once(app, [partial(_claim, 5)] * 6) for one in claims]
    assert sorted(one.version_id for one in claimed) == sorted(row.id for row in rows)


def _claim(most: int) -> list:
    return pending._CLAIM.rows(now=1, most=most, until=2)


def test_makers_at_once_leave_every_version_with_its_digest(app, actions, monkeypatch):
    with monkeypatch.context() as later:
        later.setattr(reading, "MAX_FILES_HASHED_IN_CALL", 0)
        rows = all_at_once(app, actions)

    def make() -> int:
        return manifests.make_pending()

    dealt_with = all_at_once(app, [make] * 4)
    assert sum(dealt_with) == MANY
    with app.app_context(), transaction(read_only=True):
        found = manifests.of_versions([row.id for row in rows])
    assert {one.state for one in found.values()} == {"ready"}
    assert len({one.key for one in found.values()}) == 1
