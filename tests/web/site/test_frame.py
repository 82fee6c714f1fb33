"""What every page has: static files that may be kept, the colour scheme, and headers that protect."""

import re

import pytest

from app.settings import settings
from app.web.site import assets


def test_static_files_are_kept_for_good_under_an_address_that_changes_with_them(client):
    html = client.get("/models").get_data(as_text=True)
    addresses = re.findall(r'"(/static/[^"]+)"', html)
    assert len(addresses) >= 3
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("version", ["", "?v=", "?v=000000000000"])
def test_a_static_file_under_another_digest_is_asked_for_again(client, version):
    assert client.get(f"/static/css/base.css{version}").headers["Cache-Control"] == "no-cache"


def test_the_styles_travel_as_one_file_that_holds_every_part(client):
    sheet = client.get(f"/static/{assets.STYLES}")
    assert sheet.content_type == "text/css; charset=utf-8"
    for part in (assets.FOLDER / "css").glob("*.css"):
        assert (part.read_bytes() in sheet.data) is (part.name != "styleguide.css"), part.name
    again = client.get(f"/static/{assets.STYLES}", headers={"If-None-Match": sheet.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_every_page_that_a_template_names_is_there(app):
    named = {
        name
        for template in (settings.ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""url_for\(["']([a-z_.]+)["']""", template.read_text())
    }
    assert len(named) > 50 and named - set(app.view_functions) == set()


@pytest.mark.parametrize("theme", ["dark", "light", "system"])
def test_the_colour_scheme_is_chosen_by_a_form_and_kept(pages, theme):
    fields = pages.get("/experiments?q=x").form("/theme")
    page = pages.post("/theme", {**fields, "theme": theme})
    assert page.root.get("data-theme") == theme
    assert page.response.request.full_path == "/experiments?q=x"
    assert pages.get("/models").root.get("data-theme") == theme


@pytest.mark.parametrize("theme", ["", "hotdog", '"><script>'])
def test_a_scheme_that_there_is_not_changes_nothing(pages, theme):
    page = pages.post("/theme", {**pages.get("/models").form("/theme"), "theme": theme})
    assert page.root.get("data-theme") == "system"


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_choosing_a_scheme_never_leads_off_the_site(pages, target):
    fields = {**pages.get("/models").form("/theme"), "next": target, "theme": "dark"}
    assert pages.client.post("/theme", data=fields).headers["Location"] == "/"


def test_the_cookie_of_the_session_is_out_of_reach_of_scripts_and_other_sites(client):
    cookie = client.get("/new-model").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_present_area_is_marked_in_the_navigation(pages):
    for address, marked in (("/experiments", ["Experiments"]), ("/admin/stages/Production/rule", ["Stages"])):
        page = pages.get(address)
        assert [a.text for a in page.all("a") if a.get("aria-current")] == marked


def test_forms_that_are_empty_and_forms_that_are_torn_are_answered_with_pages(client):
    for body, kind in (
        (b"\xff\xfe&&==", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
    ):
        response = client.post("/new-model", data=body, content_type=kind)
        assert response.status_code == 400
        assert response.content_type == "text/html; charset=utf-8"
