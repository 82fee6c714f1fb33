"""The store alone, without database or doors."""

from types import SimpleNamespace

import pytest

from app.http.application import Greenroom


@pytest.fixture
def storing(tmp_path):
    """An application context in which `app.artifacts.store()` keeps its files in a fresh folder."""
    folder = tmp_path / "kept"
    folder.mkdir(mode=0o700)
    bare = Greenroom("bare")
    bare.settings = SimpleNamespace(artifacts=folder)
    with bare.app_context():
        yield folder
