"""A model on its way through approvals: open, approved, rejected, withdrawn and voided requests, checks, comments.

It is a model of its own, so that what others do with the team's is not in its way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.accounts import accounts, credentials, groups
from app.approvals import comments, requests, rollback
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.viewer import acting_as
from app.registry import models, versions
from app.sharing import grants
from app.stages import checks, rule_settings, transitions

LOAN = "loan-default"
REPORT = "https://ci.example.com/runs/" + "of-a-very-long-name-" * 8
WHY = """Better on **every** region:

| region | before | after |
| --- | --- | --- |
| north | 0.81 | 0.84 |
| south | 0.79 | 0.83 |

What do you think, @ben?
"""


def fill(anna: Actor) -> None:
    """Version 4 waits for a second approval, and 5 and 6 for a first; 1 to 3 were in Production."""
    _model(anna)
    _past()
    _present()


@contextmanager
def _as(name: str) -> Iterator[Actor]:
    actor = credentials.actor_of(accounts.find(name).id)
    assert actor is not None
    with acting_as(actor):
        yield actor


def _do(name: str, verb: Callable, *arguments: object, **values: object) -> None:
    with _as(name) as actor:
        verb(*arguments, **values, actor=actor)


def _model(anna: Actor) -> None:
    models.create(LOAN, description="Who will *not* pay back.", tags={"team": "risk"}, actor=anna)
    for number in range(1, 7):
        versions.create(
            LOAN, f"s3://models/loan/{number}", description=f"Trained in week {number}.", actor=anna
        )
    for name, level in (("ben", Level.MANAGE_PRODUCTION), ("clara", Level.READ), ("emmy", Level.MANAGE)):
        grants.set_on_model(LOAN, grants.principal_of_account(name), level, actor=anna)
    risk = groups.find("risk").id
    rule_settings.set_rule(
        "Production",
        LOAN,
        approvals=2,
        must_request=True,
        direct_groups=[groups.find("keepers").id],
        emergency_groups=[risk],
        checks=["fairness", "scan"],
        tags=["reviewed"],
        is_exclusive=True,
        actor=anna,
    )


def _ready(number: int, scan: str = "passed") -> None:
    """What the rule wants to see of a version."""
    _do("emmy", versions.set_tag, LOAN, number, "reviewed", "yes")
    _do(
        "nightly-training", checks.post, LOAN, number, "fairness", "passed", summary="No group is off by 2 %."
    )
    _do(
        "nightly-training",
        checks.post,
        LOAN,
        number,
        "scan",
        scan,
        link=REPORT,
        summary="Scanned for code that runs when it is loaded. " * 6,
    )


def _past() -> None:
    """What was decided: moved on request, rejected, withdrawn, returned to in an emergency."""
    with _as("anna") as anna:
        grants.set_on_model(LOAN, grants.principal_of_account("nightly-training"), Level.EDIT, actor=anna)
    for number in (1, 2, 3):
        _ready(number)
    _do("zoe", transitions.transition, LOAN, 1, "Production")
    _do("clara", requests.open_request, LOAN, 2, "Production", comment="The new one.", archive_others=True)
    for name in ("ben", "emmy"):
        _do(name, requests.approve, LOAN, 2, "Production", comment=f"Fine, says {name}.")
    _do("clara", requests.open_request, LOAN, 3, "Production", comment="And again.")
    _do("ben", requests.reject, LOAN, 3, "Production", comment="It has **no** new data, see @clara's table.")
    _do("clara", requests.open_request, LOAN, 3, "Staging")
    _do("clara", requests.withdraw, LOAN, 3, "Staging", comment="A mistake.")
    _do("emmy", rollback.roll_back, LOAN, 1, "Production", reason="Version 2 scores every customer the same.")


def _present() -> None:
    """What waits, and what is said about it."""
    for number in (4, 5):
        _ready(number)
    _do("clara", requests.open_request, LOAN, 4, "Production", comment=WHY, archive_others=True)
    _do("emmy", requests.approve, LOAN, 4, "Production", comment="Yes.")
    _do("clara", requests.open_request, LOAN, 5, "Production", comment="Word for word as version 4.")
    _do("emmy", requests.approve, LOAN, 5, "Production")
    _do(
        "emmy", versions.describe, LOAN, 5, "Trained in week 5, with the new tariff."
    )  # which voids the approval
    _ready(6, scan="failed")
    _do("emmy", requests.open_request, LOAN, 6, "Production", comment="long-word-without-a-space-" * 12)
    _do(
        "ben",
        comments.create,
        LOAN,
        4,
        "What about the *new tariff*, @anna?\n\n```python\n" + "x = 1 + " * 40 + "1\n```",
    )
    _do("clara", comments.create, LOAN, 4, "It is in there.")
    _do("clara", comments.create, LOAN, 4, "Said too much.")
    _do("clara", comments.delete, 3)
