"""Files change in one place, behind the check that no registered version holds them: no door goes around it."""

import ast

from tests.support import source

STORES = "app/artifacts/"
CHANGES = "app/registry/files/changes.py"
# What changes files below the artifact root, of a store, of what it received, and of its uploads in parts.
STEPS = {"write", "delete", "publish", "receive", "take_away", "copy"}
STEPS_OF_UPLOADS = {"join", "complete"}
# The copies of versions are made before anybody knows of them.
ALLOWED = {
    CHANGES: {"publish", "receive", "take_away", "join"},
    "app/registry/files/placement.py": {"copy", "take_away"},
}


def steps_in(tree):
    """The names of these methods that are called on what is named after a store or what it received."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, method = ast.unparse(node.func.value), node.func.attr
            if method in STEPS and owner in ("store()", "artifacts.store()", "stored", "received"):
                yield method
            if method in STEPS_OF_UPLOADS and owner.endswith("store().uploads"):
                yield method


def test_only_one_module_changes_files():
    users: dict[str, set[str]] = {}
    for path in source.files(".py", below="app"):
        name = source.named(path)
        steps = set(steps_in(ast.parse(path.read_text())))
        if steps and not name.startswith(STORES):
            users[name] = steps
    assert users == ALLOWED
