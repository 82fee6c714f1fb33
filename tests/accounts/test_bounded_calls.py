"""Calls to a server that is silent, slow or gone."""

import threading
import time

import pytest
import requests

from app.accounts.bounded_calls import BoundedCalls


def test_an_answer_in_time_is_the_answer():
    assert BoundedCalls().run(lambda: "answer") == "answer"


def test_an_error_is_raised_and_the_next_call_is_made():
    calls = BoundedCalls()
    with pytest.raises(ZeroDivisionError):
        calls.run(lambda: 1 // 0)
    with pytest.raises(requests.ConnectionError):
        calls.run(lambda: (_ for _ in ()).throw(requests.ConnectionError()))
    assert calls.run(lambda: 1) == 1


def test_who_takes_too_long_is_left_alone_for_a_moment():
    calls, end = BoundedCalls(seconds=0.1, rest=0.5), threading.Event()
    with pytest.raises(requests.Timeout, match="within"):
        calls.run(end.wait)
    began = time.monotonic()
    with pytest.raises(requests.Timeout, match="a moment ago"):
        calls.run(lambda: pytest.fail("asked again"))
    assert time.monotonic() - began < 0.1
    time.sleep(0.5)
    assert calls.run(lambda: 1) == 1
    end.set()


def test_only_so_many_wait_at_once():
    calls, end = BoundedCalls(seconds=0.05, max_calls=2, rest=0), threading.Event()
    for _ in range(2):
        with pytest.raises(requests.Timeout, match="within"):
            calls.run(end.wait)
    with pytest.raises(requests.Timeout, match="too many"):
        calls.run(lambda: 1)
    end.set()
    time.sleep(0.1)
    assert calls.run(lambda: 1) == 1
