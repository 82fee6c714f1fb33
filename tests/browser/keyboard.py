"""Going about on pages by keyboard alone."""

from tests.browser.visitor import Visitor


def tab_to(visitor: Visitor, name: str) -> None:
    """Press Tab until what is focused bears this name; a focus that cannot be seen fails."""
    for _ in range(80):
        visitor.page.keyboard.press("Tab")
        focused = visitor.page.locator(":focus")
        if focused.count():
            outline = focused.evaluate("e => getComputedStyle(e).outlineStyle")
            assert outline != "none", f"{focused.evaluate('e => e.outerHTML')} does not show its focus"
            text = focused.evaluate(
                "e => e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || ''"
            )
            if text.strip() == name:
                return
    raise AssertionError(f"Tab does not lead to {name!r}")


def enter(visitor: Visitor, status: int = 200) -> None:
    """Press Enter and check the page that it leads to, which answers with `status`."""
    with visitor.page.expect_navigation(wait_until="load"):
        visitor.page.keyboard.press("Enter")
    visitor.arrive(status)
