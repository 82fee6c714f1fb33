"""Accessibility of a page, as axe-core sees it."""

from pathlib import Path

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
# What axe calls a failure of WCAG 2.2 AA, and its own good practice.
EVERYTHING = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
RUN = """
async (only) => {
  const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
  const why = (node) => node.any.concat(node.all, node.none).map((check) => check.message).join("; ");
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)} - ${why(node)}`));
}
"""


def violations(page: Page, *rules: str) -> list[str]:
    """Each broken rule with the element that breaks it; `rules` names the only ones to ask for.

    The page's own policy does not hold for this.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SOURCE)
    return page.evaluate(RUN, {"type": "rule", "values": rules} if rules else EVERYTHING)
