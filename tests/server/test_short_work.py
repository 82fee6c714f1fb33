"""What takes a moment most of the time: done at once while nobody else is being answered, and elsewhere otherwise."""

import threading

import pytest

from app.server.worker import ShortWork


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def pass_seconds(self, seconds):
        self.now += seconds
        return threading.current_thread()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def work(clock):
    return ShortWork(clock)


HERE = threading.main_thread()


@pytest.mark.parametrize(("requests", "is_here"), [(0, True), (1, True), (2, False), (500, False)])
def test_only_a_request_that_is_alone_waits_in_the_shared_thread(work, clock, requests, is_here):
    work.requests = requests
    assert (work.do(clock.pass_seconds, (0.001,)) is HERE) is is_here


def test_what_took_long_once_is_handed_over_for_a_minute(work, clock):
    assert work.do(clock.pass_seconds, (4,)) is HERE
    clock.pass_seconds(59)
    assert work.do(clock.pass_seconds, (0.001,)) is not HERE
    clock.pass_seconds(1)
    assert work.do(clock.pass_seconds, (0.001,)) is HERE


def test_what_fails_fails_for_the_caller_and_counts_as_long_as_it_took(work, clock):
    def fail():
        clock.pass_seconds(1)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        work.do(fail, ())
    with pytest.raises(OSError, match="the disk is gone"):
        work.do(fail, ())
    assert work.do(clock.pass_seconds, (0.001,)) is not HERE
