"""A wheel of Greenroom is whole: installed away from any checkout, it migrates a database and serves pages."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.source import ROOT

# Run by the wheel's own code in an empty folder; prints what each address answers.
ASK = """
import sys
sys.path.insert(0, sys.argv[1])
import app
assert app.__file__.startswith(sys.argv[1]), app.__file__
from app import create_app
from app.db.transactions import db
from app.db.migrations import upgrade
one = create_app()
with one.app_context():
    upgrade(db.engine)
for path in sys.argv[2:]:
    answer = one.test_client().get(path)
    print(answer.status_code, answer.content_type, len(answer.data), path)
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory) -> Path:
    """The contents of a wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--disable-pip-version-check",
        "-w",
        folder,
        ROOT,
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = folder.glob("greenroom-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_an_installed_wheel_serves_pages_styles_and_the_api(unpacked, tmp_path):
    styles = [
        f"/static/{path.relative_to(ROOT / 'static')}" for path in (ROOT / "static" / "css").glob("*.css")
    ]
    assert styles
    command = [sys.executable, "-c", ASK, unpacked, "/models", "/experiments", "/health", *styles]

    done = subprocess.run(
        command, cwd=tmp_path, env={"GREENROOM_INSTANCE": str(tmp_path)}, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    answers = [line.split(" ") for line in done.stdout.splitlines()]
    assert [answer[0] for answer in answers] == ["200"] * (3 + len(styles)), done.stdout


def test_without_a_setting_an_installed_wheel_keeps_its_data_where_it_was_started(unpacked, tmp_path):
    done = subprocess.run([sys.executable, "-c", ASK, unpacked, "/health"], cwd=tmp_path, env={})

    assert done.returncode == 0
    assert (tmp_path / "instance" / "greenroom.db").exists()


def test_a_wheel_holds_the_application_and_nothing_else(unpacked):
    tops = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}

    assert tops == {"app"}
    assert not list(unpacked.rglob("*.db"))
