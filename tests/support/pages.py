"""A client for pages that inspects every page it fetches, so that each test pays for markup once and for all."""

import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

REACHED_BY_LABEL = {"input", "select", "textarea"}
UNLABELLED = {"hidden", "submit"}
STAND_APART = {"dd", "dt", "h1", "h2", "h3", "label", "li", "option", "p", "pre", "summary", "td", "th"}


class Page:
    """A fetched page: its status, its text as people read it, and its parts."""

    def __init__(self, response: TestResponse):
        self.response = response
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        self.root: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(self.html)

    @property
    def title(self) -> str:
        return text_of(self.root.find(".//title"))

    @property
    def h1(self) -> str:
        return text_of(self.root.find(".//h1"))

    @property
    def text(self) -> str:
        """What stands in the body's main part."""
        return text_of(self.root.find(".//main"))

    @property
    def flashes(self) -> list[str]:
        return [text_of(e) for e in self.all("p") if "flash" in e.get("class", "").split()]

    @property
    def summary(self) -> str:
        """The summary of errors on top, or nothing."""
        return " ".join(text_of(e) for e in self.all("div") if e.get("class") == "error-summary")

    def all(self, tag: str) -> list[Element]:
        return list(self.root.iter(tag))

    def links(self) -> dict[str, str]:
        """Address of each link by what it says; of several that say the same, the first."""
        found: dict[str, str] = {}
        for link in self.all("a"):
            found.setdefault(text_of(link), link.get("href", ""))
        return found

    def form(self, action: str) -> dict[str, str]:
        """The fields of the form that goes to `action`, as a browser would send them untouched."""
        [form] = [f for f in self.all("form") if f.get("action") == action and f.get("method") == "post"]
        fields: dict[str, str] = {}
        for control in form.iter():
            name = control.get("name")
            if name is None or control.tag == "button":
                continue
            if control.tag == "select":
                chosen = [o for o in control.iter("option") if o.get("selected") is not None]
                fields[name] = (chosen or list(control.iter("option")))[0].get("value", "")
            elif control.tag == "textarea":
                fields[name] = (control.text or "").removeprefix("\n")
            elif control.get("type") not in ("checkbox", "radio") or control.get("checked") is not None:
                fields[name] = control.get("value", "")
        return fields

    def error_beside(self, name: str) -> str:
        """The error that the field of that name is tied to, or nothing."""
        for control in self.root.iter():
            if control.get("name") == name and control.get("aria-describedby"):
                ids = [i for i in control.get("aria-describedby", "").split() if i.endswith("-error")]
                return " ".join(text_of(e) for e in self.root.iter() if e.get("id") in ids)
        return ""


def text_of(element: Element | None) -> str:
    """The text of an element in one line; cells, terms and options stand apart as they do on the page."""
    return "" if element is None else " ".join("".join(_pieces(element)).split())


def _pieces(element: Element) -> Iterator[str]:
    apart = " " if element.tag in STAND_APART else ""
    yield apart + (element.text or "")
    for child in element:
        yield from _pieces(child)
        yield child.tail or ""
    yield apart


class Pages:
    """Fetches pages and sends their forms as a browser without JavaScript does."""

    def __init__(self, client):
        self.client = client

    def get(self, url: str, status: int = 200) -> Page:
        """The page at `url`, inspected."""
        response = self.client.get(url)
        assert response.status_code == status, f"GET {url}: {HTTPStatus(response.status_code)}"
        return inspect(response, url)

    def send(self, url: str, action: str | None = None, *, status: int = 303, **fields: str | None) -> Page:
        """Open `url`, fill its form to `action` with `fields` (None leaves one out) and send it.

        A redirect is followed, after its status was compared; the page that it ends at is inspected.
        """
        action = action or url
        filled = self.get(url).form(action)
        filled.update({name: value for name, value in fields.items() if value is not None})
        for name in [name for name, value in fields.items() if value is None]:
            filled.pop(name, None)
        return self.post(action, filled, status=status)

    def post(self, action: str, fields: dict[str, str], *, status: int = 303) -> Page:
        """Send `fields` to `action` as they are; see `send`."""
        response = self.client.post(action, data=fields)
        assert response.status_code == status, (
            f"POST {action}: {HTTPStatus(response.status_code)} {_hint(response)}"
        )
        if status == 303:
            return self.get(response.headers["Location"])
        return inspect(response, action)

    def token(self) -> str:
        """A CSRF token that is good for this client."""
        return self.get("/new-model").form("/new-model")["csrf_token"]


def _hint(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))[-600:]


def inspect(response: TestResponse, url: str) -> Page:
    """The page in an answer, once it keeps every rule of the house."""
    assert response.content_type == "text/html; charset=utf-8", url
    assert "default-src 'none'" in response.headers["Content-Security-Policy"], url
    page = Page(response)
    _has_one_heading_that_begins_the_title(page, url)
    _has_unique_ids(page, url)
    _has_nothing_inline(page, url)
    _has_whole_forms(page, url)
    _has_labelled_controls(page, url)
    _has_references_that_resolve(page, url)
    return page


def _has_one_heading_that_begins_the_title(page: Page, url: str) -> None:
    headings = page.all("h1")
    assert len(headings) == 1, f"{url} has {len(headings)} h1"
    assert page.h1 and page.title.startswith(page.h1), (
        f"{url}: {page.title!r} does not begin with {page.h1!r}"
    )


def _has_unique_ids(page: Page, url: str) -> None:
    twice = [i for i, n in Counter(e.get("id") for e in page.root.iter() if e.get("id")).items() if n > 1]
    assert not twice, f"{url} has ids twice: {twice}"


def _has_nothing_inline(page: Page, url: str) -> None:
    assert not page.all("style"), f"{url} has a style element"
    for element in page.root.iter():
        bad = [name for name in element.attrib if str(name) == "style" or str(name).startswith("on")]
        assert not bad, f"{url} has {bad} on <{element.tag}>"
        for name in ("href", "src", "action", "formaction"):
            address = element.get(name, "")
            if element.tag == "img" and re.match(r"data:image/[a-z+]+;base64,", address):
                continue  # which an <img> decodes, and nothing in it runs
            assert not re.match(r"\s*(javascript|data|vbscript):", address, re.I), url
    assert all(s.get("src", "").startswith("/static/") and not s.text for s in page.all("script")), url


def _has_whole_forms(page: Page, url: str) -> None:
    for form in page.all("form"):
        assert form.get("action"), f"{url} has a form without action"
        names = [control.get("name") for control in form.iter("input")]
        if form.get("method") == "post":
            assert names.count("csrf_token") == 1, f"{url}: form to {form.get('action')} lacks its token"
        else:
            assert form.get("method") == "get" and "csrf_token" not in names, url
        assert list(form.iter("button")), f"{url}: form to {form.get('action')} has no button"


def _has_labelled_controls(page: Page, url: str) -> None:
    labels = {label.get("for"): text_of(label) for label in page.all("label")}
    for control in page.root.iter():
        if control.tag in REACHED_BY_LABEL and control.get("type") not in UNLABELLED:
            assert labels.get(control.get("id")), f"{url}: {control.get('name')} has no label"
        if control.tag in ("button", "a") and control.get("href") != "":
            assert text_of(control) or control.get("aria-label"), f"{url}: a {control.tag} says nothing"


def _has_references_that_resolve(page: Page, url: str) -> None:
    ids = {element.get("id") for element in page.root.iter()}
    for element in page.root.iter():
        for name in ("aria-describedby", "aria-labelledby", "for"):
            missing = set(element.get(name, "").split()) - ids
            assert not missing, f"{url}: {name} names {missing}"
        href = element.get("href", "") if element.tag == "a" else ""
        if href.startswith("#") and not href.startswith("#card-"):
            assert href[1:] in ids, f"{url}: {href} leads nowhere"
