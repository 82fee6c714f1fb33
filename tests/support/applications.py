"""The applications of tests: one to a process and kind of database, which every test finds as if just started.

To make one takes 20 ms, and each of its pages and statements as long again when it is first asked for;
a copy of a PostgreSQL database takes 150. To put back what the last test did takes two.
"""

import dataclasses
import errno
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from app import create_app
from app.db.migrations import upgrade
from app.db.transactions import db
from app.http.application import Greenroom
from app.http.authentication import SignIn
from app.settings.settings import Settings


def start_app(instance: Path, database_url: str = "") -> Greenroom:
    """An application on `instance`; its settings are read as in a start from the shell."""
    environ = {"GREENROOM_INSTANCE": str(instance), "GREENROOM_DATABASE_URL": database_url}
    return create_app(Settings.from_environ(environ), threads=4)


def stop_app(app: Greenroom) -> None:
    """Close its connections to the database."""
    with app.app_context():
        db.engine.dispose()


def migrate(instance: Path, database_url: str = "") -> None:
    """Bring the database of `instance`, or the one at `database_url`, to the newest step."""
    app = start_app(instance, database_url)
    with app.app_context():
        upgrade(db.engine)
    stop_app(app)


def _remove(folder: Path, tries: int = 20) -> None:
    """Removes the folder, in which a rendering of the last test may still be put down."""
    for _ in range(tries):
        try:
            shutil.rmtree(folder)
            return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            time.sleep(0.05)
    shutil.rmtree(folder)


class Shared:
    """An application for one test after the other, on a folder and a database that are put back in between.

    What it keeps of its own (settings, who may come in, connections) is made anew for each test, here and
    nowhere else. Compiled templates and statements stay, as they do in a server. Hooks and routes cannot be
    added to it, since it has served a request: a test that needs some is marked `own_app`.
    """

    def __init__(
        self,
        instance: Path,
        pristine: Path,
        database_url: str = "",
        put_database_back: Callable = lambda: None,
    ):
        self._instance, self._pristine = instance, pristine
        self._put_database_back = put_database_back
        shutil.copytree(pristine, instance)
        self._app = start_app(instance, database_url)
        assert self._app.test_client().get("/health").status_code == 200
        self._own = dict(vars(self._app))
        self._config, self._extensions = dict(self._app.config), dict(self._app.extensions)

    def as_new(self) -> Greenroom:
        """The application, with nothing left of what was done with it before."""
        self.stop()
        _remove(self._instance)
        shutil.copytree(self._pristine, self._instance)
        self._put_database_back()
        app = self._app
        for kept, now in (
            (self._own, vars(app)),
            (self._config, app.config),
            (self._extensions, app.extensions),
        ):
            now.clear()
            now.update(kept)
        app.settings = dataclasses.replace(app.settings)  # tests write into it
        app.sign_in = SignIn(app.settings)
        return app

    def stop(self) -> None:
        """Close its connections to the database."""
        stop_app(self._app)
