"""One server as the calls see it: its address, what was filled into it, and a way to prepare a request."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.bench.connections import Connection, Request
from tests.bench.servers import Server

API = "/api/2.0/mlflow"


class World:
    """A server and what is in it; `facts` are the ids it gave to what was filled in."""

    def __init__(self, server: Server):
        self.server = server
        self.name = server.name
        self.facts: dict[Any, Any] = {}
        self._preparing = Connection(server.url, kept=False)
        self._serials: dict[str, Iterator[int]] = defaultdict(itertools.count)

    def serial(self, what: str) -> int:
        """0, 1, 2 ... for each `what`, so that no two requests are the same."""
        return next(self._serials[what])

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that is not measured; its JSON. Raises `RuntimeError` where it is refused."""
        answer = self._preparing.send(request(method, path, body))
        if answer.status != 200:
            raise RuntimeError(
                f"{self.name} answered {answer.status} to {method} {path}: {answer.data[:300]!r}"
            )
        return answer.json()

    def get(self, path: str, fields: dict[str, Any]) -> Any:
        """`ask` by GET."""
        return self.ask("GET", path, fields)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Call:
    """A call to measure. `make` gets the server and a serial number, prepares what the request needs
    (a run to delete, say), and returns the request."""

    name: str
    make: Callable[[World, int], Request]
    point: bool = False  # reads one thing: to be compared with the empty route
    grows: bool = False  # MLflow's time depends on the number of versions


def request(method: str, path: str, fields: Any = None) -> Request:
    """A request as MLflow's clients send it: fields of a GET in the address, else in a JSON body."""
    if path.startswith("/mlflow/"):
        path = f"/api/2.0{path}"
    elif not path.startswith("/"):
        path = f"{API}/{path}"
    if method == "GET":
        return Request("GET", path, query=fields)
    return Request(method, path, body=fields or {})
