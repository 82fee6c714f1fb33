"""A version's stage changes in one place, behind those who ask the stage's rule: no door goes around them."""

import ast

from tests.support import source

RAW = "app.stages.moves"
# Verbs that ask the rule before they move, the removal of a stage, which refuses a demanding one, and
# bringing a version back, which then is in None as a new one is.
ASKS_FIRST = {
    "app/stages/transitions.py",
    "app/stages/archive_model.py",
    "app/stages/restore_version.py",
    "app/approvals/requests.py",
    "app/approvals/rollback.py",
}
# `stage_spans` writes the history of stages, not the stage of a version; of a restored model, versions that are not
# what they were come back in None.
WRITES_STAGES = {
    "app/stages/moves.py",
    "app/stages/settings.py",
    "app/registry/deleted_models.py",
    "app/registry/stage_spans.py",
}


def app_files():
    return [path for path in source.files(".py", below="app") if "migrations" not in source.named(path)]


def test_only_verbs_that_ask_the_rule_use_the_raw_move():
    users = {
        source.named(path)
        for path in app_files()
        if any(source.is_below(name, RAW) for name, _ in source.imports(path))
    }
    assert users <= ASKS_FIRST
    assert "app/stages/transitions.py" in users


def test_nothing_else_writes_the_stage_of_a_version():
    writers = set()
    for path in app_files():
        text = path.read_text()
        updates = [
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "values"
            and any(keyword.arg == "stage_id" for keyword in node.keywords)
        ]
        if updates or "SET stage_id" in text:
            writers.add(source.named(path))
    assert writers == WRITES_STAGES


# Verbs of the registry that ask no rule, and the verbs of `app.stages.model_names` that doors call instead.
RAW_NAMES = {
    "app.registry.models": {"create", "rename", "delete"},
    "app.registry.versions": {"delete"},
    "app.registry.deleted_models": {"restore"},
    "app.registry.aliases": {"set_alias", "remove_alias", "drop"},
}


def test_no_door_gives_or_takes_a_name_without_asking_the_rules():
    calls = set()
    for path in app_files():
        named = source.named(path)
        if not named.startswith(("app/api/", "app/web/", "app/cli/", "app/approvals/", "app/sharing/")):
            continue
        raw = {}
        for node in ast.walk(tree := ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (module := f"{node.module}.{alias.name}") in RAW_NAMES:
                        raw[alias.asname or alias.name] = RAW_NAMES[module]
        calls |= {
            f"{named}: {node.value.id}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.attr in raw.get(node.value.id, ())
        }
    assert not calls
