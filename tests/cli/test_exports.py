"""`greenroom export` and `greenroom import greenroom`."""

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.conftest import own_app
from tests.exporting.conftest import files_of, rows_of, team  # noqa: F401  (a fixture)


@pytest.fixture
def greenroom(monkeypatch):
    """Runs a command on an application's database."""

    def run(app, *words, status=0):
        monkeypatch.setenv("GREENROOM_INSTANCE", str(app.settings.instance))
        monkeypatch.setenv("GREENROOM_DATABASE_URL", app.settings.database_url)
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def other(request, database):
    with own_app(request, database) as made:
        yield made


def test_everything_goes_out_and_comes_in(team, other, greenroom, tmp_path):  # noqa: F811
    written = greenroom(team.app, "export", tmp_path / "out").stdout
    assert "rows and 2 files (25,356 bytes)." in written
    imported = greenroom(other, "import", "greenroom", tmp_path / "out").stdout
    assert "registered_model     2" in imported and "2 files (25,356 bytes)." in imported
    assert files_of(other) == files_of(team.app)
    again = greenroom(other, "import", "greenroom", tmp_path / "out").stdout
    assert again == "This export was imported before. There is nothing to add.\n"


def test_one_model_goes_out_and_comes_in(team, other, greenroom, tmp_path):  # noqa: F811
    greenroom(team.app, "export", tmp_path / "out", "--model", "churn")
    greenroom(other, "import", "greenroom", tmp_path / "out")
    assert [row[1] for row in rows_of(other)["registered_model"]] == ["churn"]


def test_what_does_not_fit_is_said_in_a_sentence(team, other, greenroom, tmp_path):  # noqa: F811
    nothing = greenroom(team.app, "export", tmp_path / "out", "--model", "nothing", status=1)
    assert "nothing" in nothing.output and "Traceback" not in nothing.output
    both = greenroom(team.app, "export", tmp_path / "out", "--model", "churn", "--with-secrets", status=2)
    assert "for a whole export" in both.output
    greenroom(team.app, "export", tmp_path / "out")
    taken = greenroom(team.app, "export", tmp_path / "out", status=1)
    assert "is not empty" in taken.output
    used = greenroom(team.app, "import", "greenroom", tmp_path / "out", status=1)
    assert "an installation that nobody has used" in used.output
    (tmp_path / "out" / "greenroom-export.json").unlink()
    none = greenroom(other, "import", "greenroom", tmp_path / "out", status=1)
    assert "holds no complete export" in none.output
