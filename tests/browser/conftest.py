"""A browser, and a live Greenroom with something in it, which the tests of one process share."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.browser import gallery as galleries
from tests.browser.library import Library
from tests.browser.team import TeamServer, live_team
from tests.browser.visitor import Visitor
from tests.support.chromium import NoBrowser, launched
from tests.support.servers import live_greenroom


@pytest.fixture(scope="session")
def browser():
    try:
        with launched() as running:
            yield running
    except NoBrowser as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with live_greenroom(tmp_path_factory.mktemp("greenroom"), "--workers", "1") as running:
        yield running


@pytest.fixture(scope="session")
def library(server) -> Library:
    return Library(server.url)


@pytest.fixture(scope="session")
def gallery(library) -> galleries.Gallery:
    """A team's data and what strains a layout; tests look at it and change none of it."""
    return galleries.fill(library)


@pytest.fixture(scope="session")
def team_server(tmp_path_factory) -> Iterator[TeamServer]:
    """A team's Greenroom, see `tests.browser.team`; tests look at it and change none of it but their own."""
    with live_team(tmp_path_factory.mktemp("team") / "greenroom") as running:
        yield running


@pytest.fixture
def visit(browser, server) -> Iterator[Callable[..., Visitor]]:
    """Open a browser context of one's own, `visit(javascript=False)`; what it noticed is looked at in the end."""
    visitors: list[Visitor] = []

    def begin(url: str = server.url, **options: bool) -> Visitor:
        visitors.append(Visitor(browser, url, **options))
        return visitors[-1]

    yield begin
    for visitor in visitors:
        visitor.close()
    assert [trouble for visitor in visitors for trouble in visitor.troubles] == []


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def visitor(request, visit) -> Visitor:
    """A person, once with and once without JavaScript."""
    return visit(javascript=request.param)


_numbers = itertools.count(1)


@pytest.fixture
def trained(library) -> tuple[str, str]:
    """An experiment and a finished run in it that has logged a model."""
    experiment = library.experiment(f"training-{next(_numbers)}")
    run = library.run(
        experiment,
        f"run-{next(_numbers)}",
        params={"max_depth": "9"},
        metrics={"auc": [0.7, 0.8, 0.87]},
        tags={"mlflow.source.name": "train.py"},
    )
    library.put_model(experiment, run)
    return experiment, run


@pytest.fixture
def model(library, trained) -> str:
    """A model of the test's own with three versions: in Production, in Staging and in no stage."""
    name = library.model(f"own-model-{next(_numbers)}", "Begun *here*.", {"team": "risk"})
    for stage in ("Production", "Staging", None):
        library.version(name, trained[1], stage=stage)
    return name
