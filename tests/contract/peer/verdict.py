"""Where two servers' answers to one request disagree."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

ABSENT = "<absent>"


class Answer(NamedTuple):
    """What a server said; `body` is parsed JSON with clocks and ids taken out, or None where it was none."""

    status: int
    body: Any
    text: str


class Disagreement(NamedTuple):
    """One place in which the peer's answer and ours differ, as `status` or `body.model_version.stage`."""

    place: str
    peer: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.place}: the peer says {_short(self.peer)}, Greenroom {_short(self.ours)}"


def disagreements(peer: Answer, ours: Answer) -> list[Disagreement]:
    """Every place in which the answers differ.

    Where the peer fails (5xx) at a client's mistake ours must be 400; where it answers HTML, ours must be
    MLflow's JSON error all the same, with the peer's status.
    """
    if ours.body is None and (ours.status >= 400 or peer.body is not None):
        return [Disagreement("body", peer.body, f"no JSON: {ours.text[:80]}")]
    if peer.status >= 500 and peer.status != 501:
        return list(_instead_of_failing(peer, ours))
    found = [] if peer.status == ours.status else [Disagreement("status", peer.status, ours.status)]
    if peer.body is None:
        return found
    if found and peer.status < 400 <= ours.status:
        found.append(Disagreement("body.message", ABSENT, ours.body.get("message")))
        return found
    if found and ours.status < 400 <= peer.status:
        found.append(Disagreement("body.message", peer.body.get("message"), ABSENT))
        return found
    return found + list(_differing("body", peer.body, ours.body))


def _instead_of_failing(peer: Answer, ours: Answer) -> Iterator[Disagreement]:
    if ours.status != 400:
        yield Disagreement("status", f"{peer.status}, so 400", f"{ours.status} {ours.text[:160]}")
    elif not {"error_code", "message"} <= set(ours.body):
        yield Disagreement("body", "an error", ours.body)


def _differing(place: str, peer: Any, ours: Any) -> Iterator[Disagreement]:
    if isinstance(peer, dict) and isinstance(ours, dict):
        for key in sorted({*peer, *ours}):
            yield from _differing(f"{place}.{key}", peer.get(key, ABSENT), ours.get(key, ABSENT))
    elif isinstance(peer, list) and isinstance(ours, list) and len(peer) == len(ours):
        for one, other in zip(peer, ours, strict=True):
            yield from _differing(f"{place}[]", one, other)
    elif peer != ours or type(peer) is not type(ours):
        yield Disagreement(place, peer, ours)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:300] + "…"
