"""`/models/<name>/versions/<number>/files`: what lies in a version, shown and never run."""

import base64
import hashlib

import pytest

from app import artifacts
from app.artifacts import uris
from app.registry import models, versions
from app.tracking import experiments, runs
from app.web.rendering import file_browser, previews
from tests.support.queries import recorded_queries

URL = "/models/churn/versions/1/files"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"


@pytest.fixture
def keep(do):
    """A version of `churn` with these files, as {path: bytes}."""

    def begin(actor, files):
        run = runs.create(experiments.create("weekly", actor=actor), actor=actor).run
        root = uris.from_uri(run.artifact_uri).joined("model")
        for path, content in files.items():
            artifacts.store().write(root.joined(path), [content], None)
        models.create("churn", actor=actor)
        return versions.create("churn", f"runs:/{run.uuid}/model", run_uuid=run.uuid, actor=actor)

    return lambda files: do(begin, files=files)


def test_it_opens_with_the_mlmodel_file_and_leads_to_every_other(pages, keep):
    keep({"MLmodel": b"flavors: {}", "code/train.py": b"print(1)", "code/lib/x.py": b"", "z.txt": b"zed"})
    page = pages.get(URL)
    assert "flavors: {}" in page.text
    assert [name for name in page.links() if name in ("MLmodel", "train.py", "x.py", "z.txt")] == [
        "x.py",
        "train.py",
        "MLmodel",
        "z.txt",
    ]
    assert "code/ 8 B in 2 files" in page.text
    shown = pages.get(page.links()["train.py"])
    assert "print(1)" in shown.text
    assert [a.get("href") for a in shown.all("a") if a.get("aria-current") == "page"] == [
        page.links()["train.py"]
    ]
    assert "The file is empty." in pages.get(page.links()["x.py"]).text


def test_size_and_checksum_are_those_of_the_bytes(pages, keep):
    content = b"x" * 12_345
    keep({"a.txt": content})
    page = pages.get(f"{URL}?path=a.txt")
    assert "12.3 kB (12,345 bytes)" in page.text
    assert hashlib.sha256(content).hexdigest() in page.text
    download = pages.client.get(page.links()["Download"])
    assert download.data == content
    assert download.headers["Content-Disposition"].startswith("attachment")


def test_a_large_files_checksum_is_reckoned_when_asked_for(pages, keep, monkeypatch):
    monkeypatch.setattr(previews, "MAX_HASHED_UNASKED", 10)
    keep({"weights.bin": b"y" * 11})
    page = pages.get(f"{URL}?path=weights.bin")
    digest = hashlib.sha256(b"y" * 11).hexdigest()
    assert digest not in page.text
    assert digest in pages.get(page.links()["Compute"]).text


def test_a_table_is_shown_as_one(pages, keep):
    keep({"in.csv": b'\xef\xbb\xbfname,n\n"a, b",1\nc\n', "in.tsv": b"x\ty\n1\t2\n"})
    page = pages.get(f"{URL}?path=in.csv")
    assert [[cell.text for cell in row.iter() if cell.tag in ("th", "td")] for row in page.all("tr")] == [
        ["name", "n"],
        ["a, b", "1"],
        ["c", None],
    ]
    assert [cell.text for cell in pages.get(f"{URL}?path=in.tsv").all("td")] == ["1", "2"]


def test_a_long_table_and_a_long_text_are_cut_and_say_so(pages, keep):
    keep({"in.csv": b"n\n" + b"1\n" * 500, "log.txt": "ü".encode() * 60_000, "wide.csv": b"a," * 50 + b"a\n"})
    page = pages.get(f"{URL}?path=in.csv")
    assert "Only the first 100 rows are shown." in page.text
    assert len(page.all("td")) == 100
    assert "Only the first 100 kB are shown." in pages.get(f"{URL}?path=log.txt").text
    assert "Only the first 30 columns are shown." in pages.get(f"{URL}?path=wide.csv").text


def test_markdown_is_rendered_and_harmless(pages, keep):
    keep({"README.md": f"# About\n\n**bold** {HOSTILE}".encode()})
    page = pages.get(f"{URL}?path=README.md")
    assert "<strong>bold</strong>" in page.html
    assert not [s for s in page.all("script") if s.text]
    assert not page.all("img")


@pytest.mark.parametrize(
    "name", ["page.html", "evil.txt", "a.js", "MLmodel", "notebook.ipynb", "x.xml", "noend"]
)
def test_whatever_is_text_is_shown_as_text(pages, keep, name):
    keep({name: HOSTILE.encode()})
    page = pages.get(f"{URL}?path={name}")
    assert HOSTILE in page.text
    assert not page.all("img")


@pytest.mark.parametrize(
    ("name", "kind"), [("plot.png", "image/png"), ("PLOT.JPG", "image/jpeg"), ("p.svg", "image/svg+xml")]
)
def test_a_picture_is_part_of_the_page_and_nothing_of_its_own(pages, keep, name, kind):
    keep({name: PNG})
    [picture] = pages.get(f"{URL}?path={name}").all("img")
    assert picture.get("src") == f"data:{kind};base64,{base64.b64encode(PNG).decode()}"
    assert picture.get("alt") == name


def test_a_picture_too_large_to_carry_along_is_not(pages, keep, monkeypatch):
    monkeypatch.setattr(previews, "MAX_PICTURE", 10)
    keep({"plot.png": PNG})
    page = pages.get(f"{URL}?path=plot.png")
    assert not page.all("img")
    assert "are not shown" in page.text


@pytest.mark.parametrize("name", ["model.pkl", "a.joblib", "net.pt"])
def test_a_pickle_is_not_even_read(pages, keep, name, monkeypatch):
    monkeypatch.setattr(previews, "_decoded", lambda *args, **kwargs: pytest.fail("it was read"))
    keep({name: b"cos\nsystem\n(S'true'\ntR."})
    assert "loading it executes code, so there is no preview" in pages.get(f"{URL}?path={name}").text


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"\xff\xfe\xfa" * 50, b"abc\x80"])
def test_bytes_that_are_no_text_have_no_preview(pages, keep, content):
    keep({"data": content})
    assert "There is no preview" in pages.get(f"{URL}?path=data").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nowhere.txt", 404),
        ("../../x", 400),
        ("%2e%2e/x", 400),
        ("/etc/passwd", 400),
        ("code", 400),
        ("a\x00b", 400),
    ],
)
def test_a_path_that_leads_to_no_file_of_the_version(pages, keep, path, status):
    keep({"code/a.txt": b""})
    response = pages.client.get(URL, query_string={"path": path})
    assert response.status_code == status


def test_files_that_are_elsewhere(pages, do):
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/x")
    pages.get(URL, status=404)
    assert "The files are not kept by Greenroom" in pages.get(URL.removesuffix("/files")).text


def test_a_version_whose_files_are_gone(pages, keep):
    keep({})
    assert "This version has no files." in pages.get(URL).text


def test_the_page_takes_as_many_statements_however_many_files(app, pages, keep):
    keep({f"folder-{n % 7}/file-{n}.txt": b"x" for n in range(60)})
    with recorded_queries(app) as statements:
        pages.get(URL)
    assert len(statements) <= 4, statements


def test_a_tree_adds_up_what_is_below_each_folder():
    tree = file_browser.tree([("a/b/c.txt", 5), ("a/d.txt", 7), ("e", 11)])
    assert (tree.size, tree.count) == (23, 3)
    [a] = tree.folders
    assert (a.path, a.size, a.count, [leaf.name for leaf in a.files]) == ("a", 12, 2, ["d.txt"])
    assert [(b.path, b.size, b.count) for b in a.folders] == [("a/b", 5, 1)]
