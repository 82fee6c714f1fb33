"""The project's texts hold on every machine: no paths of one, no address of a package registry."""

import re

from tests.support import source

# Put together from parts, so that this file does not say what it forbids.
MACHINE_PATHS = re.compile("|".join(rf"(?<![\w.]){root}/" for root in ("/root", "/work")))
REGISTRIES = re.compile(
    "|".join(
        [
            "py" r"pi\.org",
            "python" r"hosted\.org",
            "npm" r"js\.(org|com)",
            "yarn" r"pkg\.com",
            r"deb\." r"debian\.org",
            "archive" r"\.ubuntu\.com",
        ]
    )
)
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".html",
    ".css",
    ".js",
    ".txt",
    ".json",
    ".sh",
    ".yml",
    ".yaml",
    ".mako",
    ".cfg",
    ".ini",
    "",
}


def said(pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern occurs, as "file:line: text"."""
    places = []
    for path in source.files():
        if path.suffix not in TEXTS or source.named(path) == "tests/architecture/test_texts.py":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if match := pattern.search(line):
                places.append(f"{source.named(path)}:{number}: {match[0]}")
    return places


def test_no_file_names_a_path_of_one_machine():
    assert said(MACHINE_PATHS) == []


def test_no_file_names_a_package_registrys_host():
    assert said(REGISTRIES) == []


def test_the_patterns_find_what_they_are_for():
    home, host = "".join(["/ro", "ot"]), "".join(["py", "pi.org"])
    assert MACHINE_PATHS.search(f"cd {home}/thing")
    assert not MACHINE_PATHS.search(f"https://example.com{home}/things")
    assert REGISTRIES.search(f"https://{host}/simple")


def test_the_readme_and_the_makefile_agree_on_the_commands():
    targets = set(re.findall(r"^([a-z-]+):.*## ", (source.ROOT / "Makefile").read_text(), re.MULTILINE))
    readme = (source.ROOT / "README.md").read_text()

    assert {"install", "run", "test"} <= targets
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", readme, re.MULTILINE)) <= targets


def test_the_documents_list_every_setting_and_no_other():
    code = "".join(path.read_text() for path in sorted((source.ROOT / "app" / "settings").glob("*.py")))
    read = set(re.findall(r'"(GREENROOM_[A-Z_]*[A-Z])"', code))
    tables = "".join((source.ROOT / name).read_text() for name in ("README.md", "docs/single-sign-on.md"))
    listed = re.findall(r"^\| `(GREENROOM_[A-Z_]+)`", tables, re.MULTILINE)

    assert sorted(read) == sorted(listed)


def test_the_quickstart_of_the_readme_is_python():
    readme = (source.ROOT / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)

    compile(code, "README.md", "exec")


def test_every_file_that_a_document_names_exists():
    missing = []
    for path in source.files(".md"):
        text = path.read_text()
        named = re.findall(r"`((?:app|docs|static|templates|tests)/[\w/.-]+)`", text)
        linked = re.findall(r"\]\(([\w/.-]+)(?:#[\w-]+)?\)", text)
        files = [source.ROOT / name for name in named] + [path.parent / name for name in linked]
        missing += [f"{source.named(path)}: {file}" for file in files if not file.exists()]

    assert missing == []
