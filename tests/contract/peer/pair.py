"""A real `mlflow server` and a Greenroom, asked the same."""

import itertools
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import requests

from tests.contract.differences import DIFFERENCES, Difference
from tests.contract.peer.masking import by_number, masked, own
from tests.contract.peer.steps import Step, filled
from tests.contract.peer.verdict import Answer, Disagreement, disagreements

_LONGEST_S = 60


class Side:
    """One of the two servers, with the variables its answers filled in the running sequence."""

    def __init__(self, base: str, prefix: str):
        self.base = base
        self.variables = {"p": prefix}

    def send(self, step: Step) -> Answer:
        """Send the request over a fresh connection: MLflow stalls for 50 ms a call on kept ones."""
        path = filled(step.path, self.variables)
        body = step.raw if step.body is None else json.dumps(filled(step.body, self.variables)).encode()
        answer = requests.request(
            step.method,
            self.base + (path if path.startswith("/") else f"/api/2.0/mlflow/{path}"),
            params=filled(step.query, self.variables),
            data=body,
            headers=_headers(step) if body is not None else {},
            timeout=_LONGEST_S,
        )
        parsed = _parsed(answer)
        self._keep(step, parsed)
        return Answer(answer.status_code, self._comparable(path, parsed), answer.text)

    def _comparable(self, path: str, parsed: Any) -> Any:
        body = masked(parsed, self.variables)
        if path.endswith("get-latest-versions"):
            return by_number(body)
        return own(body, self.variables["p"]) if path.endswith("/search") else body

    def _keep(self, step: Step, parsed: Any) -> None:
        for variable, place in step.keep.items():
            self.variables[variable] = str(_at(parsed, place))


class Outcome(NamedTuple):
    """What came of one step: both answers, where they differ, and which differences are on purpose."""

    step: Step
    peer: Answer
    ours: Answer
    open: list[Disagreement]
    used: list[Difference]

    def __str__(self) -> str:
        return "\n".join([f"  {self.step}", *(f"      {one}" for one in self.open)])


class Pair:
    """Both servers' addresses and the sequences sent to them, each under a prefix of its own."""

    def __init__(self, peer: str, ours: str):
        self.peer, self.ours = peer, ours
        # Downwards, so that what a sequence makes comes first in a list by name: a page holds a hundred, and
        # earlier sequences may have left a model on one side that the other refused.
        self._numbers = itertools.count(9999, -1)

    def walk(self) -> "Walk":
        """A new sequence, which meets nothing of the others."""
        prefix = f"s{next(self._numbers):04d}"
        return Walk(Side(self.peer, prefix), Side(self.ours, prefix))

    def run(self, steps: Iterable[Step]) -> list[Outcome]:
        """Send all of `steps` as one sequence."""
        walk = self.walk()
        return [walk.take(step) for step in steps]


class Walk:
    """One sequence of steps under way on both servers."""

    def __init__(self, peer: Side, ours: Side):
        self.peer, self.ours = peer, ours

    def take(self, step: Step) -> Outcome:
        peer, ours = self.peer.send(step), self.ours.send(step)
        still_open, used = [], []
        for one in disagreements(peer, ours):
            difference = _on_purpose(step, one, peer, ours)
            if difference is None:
                still_open.append(one)
            else:
                used.append(difference)
        return Outcome(step, peer, ours, still_open, used)


def complaint(outcomes: Iterable[Outcome]) -> str:
    """Every step of a sequence that was answered differently without being listed; empty if there is none."""
    return "\n".join(str(one) for one in outcomes if one.open)


def _on_purpose(step: Step, found: Disagreement, peer: Answer, ours: Answer) -> Difference | None:
    covering = (one for one in DIFFERENCES if one.covers(str(step), found.place, peer.text, ours.text))
    return next(covering, None)


def _headers(step: Step) -> dict[str, str]:
    sent = {"Connection": "close"}
    return sent if step.content_type is None else sent | {"Content-Type": step.content_type}


def _parsed(answer: requests.Response) -> Any:
    if "json" not in answer.headers.get("Content-Type", "") and not answer.text.startswith(("{", "[")):
        return None
    try:
        return answer.json()
    except ValueError:
        return None


def _at(value: Any, place: str) -> Any:
    for key in place.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value
