"""Modules and folders stay small enough to find one's way; ruff bounds functions (`C901`, `PLR0915`)."""

from collections import Counter

from tests.support import source

LARGEST_MODULE = 400  # lines
WIDEST_TEMPLATE = 120  # columns; ruff bounds those of Python
LARGEST_FOLDER = 20  # modules, `__init__.py` apart
GROWING = "app/db/migrations/versions"  # one more with each change of the schema; their names are numbered


def modules() -> list:
    found = [path for path in source.files(".py", below="app") if path.name != "__init__.py"]
    assert len(found) > 100, "nothing was measured"
    return found


def test_no_module_is_larger_than_the_house_allows():
    sizes = {source.named(path): len(path.read_text().splitlines()) for path in modules()}
    assert {name: size for name, size in sizes.items() if size > LARGEST_MODULE} == {}


def test_no_folder_holds_more_modules_than_the_house_allows():
    counts = Counter(source.named(path.parent) for path in modules())
    assert {name: n for name, n in counts.items() if n > LARGEST_FOLDER and name != GROWING} == {}


def test_no_line_of_a_template_is_wider_than_the_house_allows():
    templates = list(source.files(".html", ".txt", ".xml", below="templates"))
    assert len(templates) > 50, "nothing was read"
    wide = [
        f"{source.named(path)}:{number}"
        for path in templates
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > WIDEST_TEMPLATE
    ]
    assert wide == []
