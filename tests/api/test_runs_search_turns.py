"""A long answer of a search for runs is made in turns, and is the same as one made at once."""

import pytest

from app.api.mlflow import runs as calls
from tests.support.answers import API, done


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_an_answer_in_turns_is_the_same(client, monkeypatch, count):
    for n in range(count):
        made = done(client.post(f"{API}runs/create", json={"experiment_id": "0", "start_time": n}))
        tag = {"run_id": made["run"]["info"]["run_id"], "key": "a", "value": '"],['}
        done(client.post(f"{API}runs/set-tag", json=tag))
    asked = {"experiment_ids": ["0"]}
    at_once = done(client.post(f"{API}runs/search", json=asked))
    monkeypatch.setattr(calls, "RUNS_A_TURN", 2)
    assert done(client.post(f"{API}runs/search", json=asked)) == at_once
    assert len(at_once.get("runs", [])) == count
