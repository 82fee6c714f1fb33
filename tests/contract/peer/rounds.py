"""Running a call's mistakes: a fresh setting whenever one of the two servers took the request."""

from collections.abc import Iterator

from tests.contract.peer.mistakes import Call, Setting, mistaken, queried
from tests.contract.peer.pair import Outcome, Pair, Walk
from tests.contract.peer.steps import Step


def try_all(pair: Pair, call: Call, setting: Setting) -> Iterator[Outcome]:
    """Try the call rightly and in every wrong way, each on what `setting` makes; see what became of it."""
    walk = pair.walk()
    number = 0
    yield from _set_up(walk, number, setting.steps)
    for step in (*mistaken(call, setting.wrong), *(queried(call) if call.reads_query else ())):
        outcome = walk.take(step)
        yield outcome
        taken = [answer.status < 400 for answer in (outcome.peer, outcome.ours)]
        if call.changes and all(taken):
            yield from (walk.take(look) for look in setting.afterwards)
        # Once only one of the two took it, their settings are no longer alike.
        if (call.consumes and any(taken)) or taken[0] != taken[1]:
            number += 1
            yield from _set_up(walk, number, setting.steps)


def _set_up(walk: Walk, number: int, steps: tuple[Step, ...]) -> Iterator[Outcome]:
    for side in (walk.peer, walk.ours):
        side.variables["m"] = f"{side.variables['p']}-{number}"
        side.variables["M"] = side.variables["m"].upper()
    for step in steps:
        yield walk.take(step)
