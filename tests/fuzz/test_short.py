"""A short fuzz in every run, always with the same inputs; `make fuzz` goes on with others for as long as it is told."""

import pytest

from tests.fuzz.targets import Fuzzed, run

EXAMPLES = {
    "filters": 120,
    "filters of pages": 50,
    "markdown": 30,
    "calls": 120,
    "pages": 50,
    "forms": 60,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_input_is_answered_with_a_failure(app, name):
    [target] = [one for one in Fuzzed(app).targets() if one.name == name]
    run(target, examples=EXAMPLES[name], seed=1)
