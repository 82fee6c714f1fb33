"""Functions, modules and templates stay small enough to be read in one go.

What is larger today stands in LARGER with its size, which may shrink and not grow; an entry that is no
longer needed has to go.
"""

import ast

import pytest

from tests.support import source

LARGEST_FUNCTION = 40
LARGEST_MODULE = 300
LARGEST_TEMPLATE = 100

# "file" or "file:function" -> lines
LARGER: dict[str, int] = {}


def functions():
    """Each function of app/ with the lines of its code: signature and body, without the docstring."""
    for path in source.files(".py", below="app"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f"{source.named(path)}:{node.name}", length(node)


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    has_docstring = ast.get_docstring(function) is not None
    docstring = (first.end_lineno - first.lineno + 1) if has_docstring else 0
    return function.end_lineno - function.lineno + 1 - docstring


def lines(*suffixes: str, below: str):
    for path in source.files(*suffixes, below=below):
        yield source.named(path), len(path.read_text().splitlines())


MEASURED = {
    "functions": (functions, LARGEST_FUNCTION),
    "modules": (lambda: lines(".py", below="app"), LARGEST_MODULE),
    "templates": (lambda: lines(".html", ".txt", ".xml", below="templates"), LARGEST_TEMPLATE),
}


@pytest.mark.parametrize("kind", MEASURED)
def test_nothing_is_larger_than_the_house_allows(kind):
    measure, limit = MEASURED[kind]
    sizes = list(measure())
    assert len(sizes) > 10, "nothing was measured"
    assert {name: size for name, size in sizes if size > LARGER.get(name, limit)} == {}


def test_what_has_shrunk_is_no_longer_excused():
    sizes = {name: (size, limit) for measure, limit in MEASURED.values() for name, size in measure()}
    stale = [
        f"{name}: {allowed} allowed, now {sizes.get(name, ('gone',))[0]}"
        for name, allowed in LARGER.items()
        if name not in sizes or sizes[name][0] < allowed or sizes[name][0] <= sizes[name][1]
    ]
    assert stale == []
