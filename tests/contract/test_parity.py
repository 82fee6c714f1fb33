"""Greenroom answers as a real `mlflow server` does, but for what `differences.py` lists."""

import pytest

from tests.contract.differences import DIFFERENCES
from tests.contract.peer import registry_calls, tracking_calls
from tests.contract.peer.cases import CASES
from tests.contract.peer.pair import Outcome, complaint
from tests.contract.peer.rounds import try_all

pytestmark = pytest.mark.contract

ROUNDS = {
    name: (call, module.SETTING)
    for module in (registry_calls, tracking_calls)
    for name, call in module.CALLS.items()
}


@pytest.fixture(scope="module")
def outcomes_of(pair):
    """The outcomes of a case or of a call's mistakes by its name; each is sent once."""
    known: dict[str, list[Outcome]] = {}

    def outcomes(name: str) -> list[Outcome]:
        if name not in known:
            known[name] = pair.run(CASES[name]) if name in CASES else list(try_all(pair, *ROUNDS[name]))
        return known[name]

    return outcomes


@pytest.mark.parametrize("name", CASES)
def test_a_sequence_is_answered_as_the_peer_answers_it(name, outcomes_of):
    _agree(outcomes_of(name))


@pytest.mark.parametrize("name", ROUNDS)
def test_a_call_and_every_mistake_in_it_are_answered_as_by_the_peer(name, outcomes_of):
    _agree(outcomes_of(name))


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: f"{one.request} {one.differs}")
def test_every_listed_difference_is_still_needed(difference, outcomes_of):
    assert any(difference in one.used for name in (*CASES, *ROUNDS) for one in outcomes_of(name))


def _agree(outcomes: list[Outcome]) -> None:
    if said := complaint(outcomes):
        pytest.fail(f"answered otherwise, and differences.py does not say so:\n{said}", pytrace=False)
