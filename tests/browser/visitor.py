"""A person in a real browser, whose every page is checked as it arrives.

A page may log no error, break no rule of its Content-Security-Policy, fail no request, scroll sideways on
no phone, and weigh no more than is allowed. The cache is off, so that each page is weighed cold.
"""

from dataclasses import dataclass, field

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

MOST_REQUESTS = 8
MOST_BYTES = 60 * 1024  # over the wire, headers included
PATIENCE = 45_000  # ms, on a machine busy with other tests
expect.set_options(timeout=PATIENCE)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 812}

# Runs in every page before its own scripts. A page without JavaScript is told on by the console alone.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} kept ${event.blockedURI} off ${event.documentURI}`));
"""
# What reaches beyond the window on the right, outside of boxes that scroll by themselves.
TOO_WIDE = """
() => {
  const wide = document.scrollingElement.scrollWidth;
  if (wide <= innerWidth) return [];
  const scrolls = (e) => e && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
  return [`${wide} px`, ...[...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth && !scrolls(e.parentElement))
    .map((e) => e.outerHTML.slice(0, 160))];
}
"""


@dataclass
class Traffic:
    """What the present page has cost since its document was asked for."""

    document: str = ""
    urls: list[str] = field(default_factory=list)
    bytes: int = 0
    status: int = 0


class Visitor:
    """A tab of its own browser context, with what went wrong in it so far."""

    def __init__(self, browser: Browser, url: str, *, javascript: bool = True, dark: bool = False):
        self.url = url
        self.javascript = javascript
        self.context: BrowserContext = browser.new_context(
            base_url=url,
            viewport=DESKTOP,
            java_script_enabled=javascript,
            locale="en-GB",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(REPORT_VIOLATIONS)
        self.troubles: list[str] = []
        self.traffic = Traffic()
        self._document: Response | None = None
        self.page: Page = self._watched(self.context.new_page())

    def _watched(self, page: Page) -> Page:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        page.on("requestfailed", self._miss)
        page.on("response", self._keep_document)
        wire = self.context.new_cdp_session(page)
        wire.on("Network.requestWillBeSent", self._count)
        wire.on("Network.responseReceived", self._note_answer)
        wire.on("Network.loadingFinished", self._weigh)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # The browser logs a page's own 404, which a test may be about; `arrive` compares statuses.
        # It may do so before it has told us that the page is another now.
        own = message.location.get("url") in (self.page.url, self.traffic.document)
        own = own and "status of" in message.text
        if message.type in ("error", "warning") and not own:
            self.troubles.append(f"console: {message.text}")

    def _miss(self, request: Request) -> None:
        # ABORTED is said of what a page left early was still loading, its icon for instance. What a server, a
        # network or a policy breaks has names of its own, and a page that never comes fails `open` itself.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url} {request.failure}")

    def _keep_document(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame == self.page.main_frame:
            self._document = response

    def _count(self, event: dict) -> None:
        if event["type"] == "Document":
            self.traffic = Traffic(event["request"]["url"])
        if not event["request"]["url"].startswith("data:"):  # which is in the page already
            self.traffic.urls.append(event["request"]["url"])

    def _note_answer(self, event: dict) -> None:
        status = event["response"]["status"]
        if event["type"] == "Document":
            self.traffic.status = status
        elif status >= 400:
            self.troubles.append(f"{status}: {event['response']['url']}")

    def _weigh(self, event: dict) -> None:
        self.traffic.bytes += event["encodedDataLength"]

    def open(self, path: str, status: int = 200) -> Page:
        """Go to an address and check the page there, which answers with `status`."""
        self.page.goto(path, wait_until="load")
        return self.arrive(status)

    def press(self, what: str | Locator, status: int = 200) -> Page:
        """Press a button, by its name or itself, and check the page that it leads to."""
        button = self.page.get_by_role("button", name=what, exact=True) if isinstance(what, str) else what
        return self._leave_by(button, status)

    def follow(self, what: str | Locator, status: int = 200) -> Page:
        """Follow a link, by its name or itself, and check the page that it leads to."""
        link = self.page.get_by_role("link", name=what, exact=True) if isinstance(what, str) else what
        return self._leave_by(link, status)

    def _leave_by(self, control: Locator, status: int) -> Page:
        with self.page.expect_navigation(wait_until="load"):
            control.click()
        return self.arrive(status)

    def arrive(self, status: int = 200) -> Page:
        """Check the page that has just been loaded."""
        where = self.page.url
        assert self.traffic.status == status, f"{where} answered {self.traffic.status}: {self.said()[:800]}"
        assert self.troubles == [], f"{where}: {self.troubles}"
        assert len(self.traffic.urls) <= MOST_REQUESTS, f"{where}: {self.traffic.urls}"
        assert self.traffic.bytes <= MOST_BYTES, f"{where} weighs {self.traffic.bytes} bytes"
        self.page.set_viewport_size(PHONE)
        too_wide = self.page.evaluate(TOO_WIDE)
        self.page.set_viewport_size(DESKTOP)
        assert too_wide == [], f"{where} scrolls sideways at {PHONE['width']} px: {too_wide[:6]}"
        return self.page

    def unfold(self, summary: str) -> None:
        """Open a <details>, which takes no script."""
        self.page.locator("summary", has_text=summary).first.click()

    def markup(self) -> str:
        """The page as the server sent it."""
        assert self._document is not None, "no page was opened"
        return self._document.text()

    def said(self) -> str:
        """The text of the page's main part."""
        return self.page.locator("main").inner_text()

    @property
    def flash(self) -> str:
        return " ".join(self.page.locator(".flash").all_inner_texts())

    @property
    def path(self) -> str:
        """The address of the page without the server."""
        return self.page.url.removeprefix(self.url)

    def close(self) -> None:
        self.context.close()
