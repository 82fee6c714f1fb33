"""requirements.lock holds what `make install` installs: it must fit pyproject.toml and name no place to fetch from."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.source import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = [Requirement(line.removesuffix(" \\")) for line in re.findall(r"^[a-z].*$", LOCK, re.MULTILINE)]


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for: to run, to use PostgreSQL, and to build the project."""
    project = PROJECT["project"]
    lists = (
        project["dependencies"],
        project["optional-dependencies"]["postgresql"],
        PROJECT["dependency-groups"]["build"],
    )
    return [Requirement(text) for texts in lists for text in texts]


def pinned_versions(name: str) -> list[str]:
    return [
        specifier.version
        for pin in PINS
        if canonicalize_name(pin.name) == canonicalize_name(name)
        for specifier in pin.specifier
    ]


def test_the_lock_pins_a_version_that_fits_each_dependency_of_the_project():
    for requirement in wanted():
        versions = pinned_versions(requirement.name)

        assert versions, f"{requirement.name} is not in requirements.lock: run make lock"
        for version in versions:
            assert requirement.specifier.contains(version), f"{requirement.name} {version}: run make lock"


def test_every_pin_is_exact_and_has_hashes():
    for block in re.split(r"\n(?=[a-z])", LOCK):
        if not block.startswith("#"):
            assert re.match(r"[a-z0-9-]+==\S+ ", block), block
            assert "--hash=sha256:" in block, block


def test_the_lock_names_no_address_and_no_folder():
    assert re.findall(r"://|--(?:index|extra-index|find-links)\S*|^.*\(/.*$", LOCK, re.MULTILINE) == []


def test_the_project_is_built_with_a_backend_from_the_lock():
    backend, *_ = PROJECT["build-system"]["requires"]

    assert backend in PROJECT["dependency-groups"]["build"]
