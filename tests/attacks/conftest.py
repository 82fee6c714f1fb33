"""A live server to attack, and how quickly it answers somebody else meanwhile."""

from collections.abc import Iterator

import pytest

from tests.support.attacked import Attacked
from tests.support.servers import live_greenroom


@pytest.fixture(scope="module")
def attacked(tmp_path_factory) -> Iterator[Attacked]:
    """One process, so that whatever holds it up holds everybody up."""
    folder = tmp_path_factory.mktemp("attacked")
    with live_greenroom(folder / "instance", "--workers", "1") as server:
        yield Attacked(server)
