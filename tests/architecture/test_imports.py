"""What the domain may not know: requests, and MLflow's spelling. Who imports whom is import-linter's to check."""

import ast

from tests.support import source

# Everything below the doors and what they share.
DOMAIN = (
    "accounts",
    "activity",
    "approvals",
    "artifacts",
    "audit",
    "authz",
    "comparison",
    "core",
    "db",
    "manifests",
    "registry",
    "search",
    "settings",
    "sharing",
    "stages",
    "tracking",
)
# What Flask and Werkzeug offer to somebody who answers a request; verbs are called with plain values.
REQUEST_SIDE = {
    "Blueprint",
    "Request",
    "Response",
    "abort",
    "flash",
    "g",
    "jsonify",
    "make_response",
    "redirect",
    "render_template",
    "request",
    "send_file",
    "send_from_directory",
    "session",
    "stream_with_context",
    "url_for",
}
# The words of MLflow's errors and paths, which the domain has its own words for.
WIRE_WORDS = (
    "RESOURCE_DOES_NOT_EXIST",
    "RESOURCE_ALREADY_EXISTS",
    "INVALID_PARAMETER_VALUE",
    "error_code",
    "api/2.0",
    "api/3.0",
)


def domain_files():
    for name in DOMAIN:
        yield from source.files(".py", below=f"app/{name}")


def found(paths, is_wrong) -> list[str]:
    """The imports that `is_wrong`, as "file:line imports name"."""
    return [
        f"{source.named(path)}:{line} imports {name}"
        for path in paths
        for name, line in source.imports(path)
        if is_wrong(name)
    ]


def test_there_is_a_domain_to_look_at():
    assert len(list(domain_files())) > 20


def test_the_domain_does_not_import_what_belongs_to_a_request():
    def is_wrong(name: str) -> bool:
        package, _, last = name.rpartition(".")
        in_flask = source.is_below(name, "flask") and last in REQUEST_SIDE
        return in_flask or source.is_below(name, "werkzeug") or source.is_below(name, "app.http.application")

    assert found(domain_files(), is_wrong) == []


def test_nothing_but_the_api_speaks_in_mlflows_error_codes_and_paths():
    paths = [
        path for path in source.files(".py", below="app") if not source.named(path).startswith("app/api/")
    ]
    said = []
    for path in paths:
        for text, line in texts(ast.parse(path.read_text())):
            said += [f"{source.named(path)}:{line} says {word}" for word in WIRE_WORDS if word in text]
    assert said == []


def texts(tree: ast.Module):
    """The string constants of a module with their lines, without docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value, node.lineno


def test_an_import_inside_of_a_function_or_relative_to_its_package_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "ROOT", tmp_path)
    module = tmp_path / "app" / "registry" / "stages.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "from ..web import pages\ndef late():\n    from flask import g\n    import app.api.routing\n"
    )

    assert {name for name, _ in source.imports(module)} == {"app.web.pages", "flask.g", "app.api.routing"}
