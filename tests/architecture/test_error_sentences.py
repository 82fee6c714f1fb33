"""Every kind of error has its sentence, and each sentence names arguments that its kind has."""

import dataclasses
import pkgutil
import string
from importlib import import_module

import app
from app.core.errors import GreenroomError

# Scripts and processes of their own, which are not imported into a test.
NOT_IMPORTED = ("app.server", "app.db.migrations", "app.markup")


def kinds() -> set[type[GreenroomError]]:
    """Returns every kind of error that some package declares."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.startswith(NOT_IMPORTED):
            import_module(module.name)
    found, todo = set(), [GreenroomError]
    while todo:
        below = todo.pop().__subclasses__()
        todo += below
        found.update(kind for kind in below if dataclasses.is_dataclass(kind))
    return found


def tables() -> dict[str, dict]:
    """Returns the tables of the doors."""
    names = ("app.http.error_sentences", "app.api.error_sentences", "app.web.error_sentences")
    return {
        name: getattr(import_module(name), "COMMON" if ".http." in name else "SENTENCES") for name in names
    }


def test_every_kind_has_a_sentence():
    known = {kind for table in tables().values() for kind in table}
    every = kinds()
    assert len(every) > 200, "nothing was read"
    assert {kind.__name__ for kind in every - known} == set()


def test_a_kind_of_the_domain_has_a_common_sentence():
    common = tables()["app.http.error_sentences"]
    doors = ("app.api.", "app.web.", "app.cli.")
    assert {
        kind.__name__ for kind in kinds() if not kind.__module__.startswith(doors) and kind not in common
    } == set()


def test_a_sentence_names_only_arguments_that_its_kind_has():
    wrong = []
    for table in tables().values():
        for kind, said in table.items():
            if isinstance(said, str):
                named = {
                    name.split(".")[0].split("[")[0]
                    for _, name, _, _ in string.Formatter().parse(said)
                    if name
                }
                wrong += [
                    (kind.__name__, name)
                    for name in named - {field.name for field in dataclasses.fields(kind)}
                ]
    assert wrong == []
