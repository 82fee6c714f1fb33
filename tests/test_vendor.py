"""What the pages bring along of others is what the manifest says, in the versions that package.json pins."""

import hashlib
import json

from tests.support.vendor import FILES, ROOT, VENDOR

MANIFEST = json.loads((VENDOR / "MANIFEST.json").read_text())


def test_every_file_is_in_the_manifest_with_its_digest():
    found = {str(path.relative_to(VENDOR)): path for path in VENDOR.rglob("*") if path.is_file()}
    del found["MANIFEST.json"]

    assert found.keys() == MANIFEST.keys()
    for name, path in found.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == MANIFEST[name]["sha256"], name


def test_every_package_is_pinned_and_has_its_licence_beside_it():
    pinned = json.loads((ROOT / "package.json").read_text())["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert {entry["package"]: entry["version"] for entry in MANIFEST.values()} == pinned
    for package, version in pinned.items():
        assert version[0].isdigit(), "one version, not a range"
        assert locked[f"node_modules/{package}"]["version"] == version
        assert f"{package}/LICENSE" in MANIFEST
    assert pinned.keys() == FILES.keys()


def test_nothing_says_where_the_packages_were_had_from():
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
