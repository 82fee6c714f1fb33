"""A live server with some data that tests attack, while they measure how quickly others are answered."""

import concurrent.futures
import time
from collections.abc import Callable
from typing import Any

import requests

from tests.support.crowds import slowest_answer
from tests.support.servers import LiveServer

# Others may wait three times as long as at rest, and no less than this many seconds on a busy machine.
FACTOR, FLOOR = 3, 1.0
BYSTANDER = b"GET /models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Attacked:
    """The server, its calls, and the time that a bystander's page takes at rest."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.call("registered-models/create", name="bystander")
        slowest_answer(server, BYSTANDER, times=3)
        self.at_rest = slowest_answer(server, BYSTANDER)

    def call(self, method: str, /, **fields: Any) -> dict[str, Any]:
        """POSTs one of MLflow's calls, which must succeed; returns its answer."""
        answer = requests.post(f"{self.server.url}/api/2.0/mlflow/{method}", json=fields, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def version_with(self, name: str, comments: list[str], description: str = "") -> str:
        """Makes a model with one version and the comments on it; returns the path of the version's page."""
        self.call("registered-models/create", name=name, description=description)
        self.call("model-versions/create", name=name, source="s3://bucket/x", description=description)
        for text in comments:
            self.call("comments/create", name=name, version="1", comment=text)
        return f"/models/{name}/versions/1"

    def page(self, path: str) -> tuple[float, requests.Response]:
        """Returns the page, which must be one, and the seconds that it took."""
        began = time.monotonic()
        answer = requests.get(f"{self.server.url}{path}", timeout=120)
        assert answer.status_code < 500, answer.text[:500]
        return time.monotonic() - began, answer

    def hold_nobody_up(self, attack: Callable[[], object], times: int = 4) -> None:
        """Lets several do the same at once; meanwhile a bystander and the health check are answered as ever."""
        with concurrent.futures.ThreadPoolExecutor(times) as pool:
            attacks = [pool.submit(attack) for _ in range(times)]
            try:
                for _ in range(5):
                    assert slowest_answer(self.server, times=3) < FLOOR
                    assert slowest_answer(self.server, BYSTANDER, times=3) < max(FLOOR, FACTOR * self.at_rest)
            finally:
                for done in attacks:
                    done.result()
