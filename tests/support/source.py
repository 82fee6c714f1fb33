"""The project's own files, and what their code imports, for tests about the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Made by tools or by use, hence not the project's words.
NOT_OURS = {
    ".git",
    ".venv",
    ".venvs",
    "instance",
    "dist",
    "build",
    "screenshots",
    "node_modules",
    "__pycache__",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    ".mypy_cache",
}


def files(*suffixes: str, below: str = "") -> Iterator[Path]:
    """The project's files, sorted; `suffixes` such as ".py" narrow them down, none takes all."""
    for path in sorted((ROOT / below).rglob("*")):
        inside = path.relative_to(ROOT).parts
        if path.is_file() and not NOT_OURS.intersection(inside) and (not suffixes or path.suffix in suffixes):
            yield path


def named(path: Path) -> str:
    """A path as the tests' messages say it."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """What a module imports, as full names ("flask.request", "app.api"), with line numbers.

    Imports inside of functions count as well.
    """
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (start, node.module) if part)
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def is_below(name: str, package: str) -> bool:
    """Whether a full name is `package` itself or something in it."""
    return name == package or name.startswith(f"{package}.")
