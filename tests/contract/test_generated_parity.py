"""Greenroom and a real `mlflow server` answer alike to sequences that hypothesis thinks of."""

import pytest
from hypothesis import given, settings

from tests.contract.peer.generated import sequences
from tests.contract.peer.pair import complaint

pytestmark = pytest.mark.contract


# 100 sequences of about a dozen requests take a minute.
@settings(max_examples=100)
@given(steps=sequences())
def test_a_generated_sequence_is_answered_as_the_peer_answers_it(pair, steps):
    assert not complaint(pair.run(steps))
