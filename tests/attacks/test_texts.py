"""Texts that take forever to render: neither their own page nor anybody else's waits for them."""

import pytest

# Of seconds: the second that a page waits for its texts, and what a busy machine adds.
LONG = 6

DIGITS = "1" * 1900 + "x"
FENCES = {
    language: f"```{language}\n{line}\n```"
    for language, line in {
        "mcfunction": DIGITS,
        "zeek": DIGITS,
        "bro": DIGITS,
        "systemd": "[a]\nb=" + " " * 1900 + "x",
        "ini": "[a]\nb" + " " * 1900 + "x",
        "python": "'" + "\\" * 1900,
        "yaml": "? " * 950,
        "json": "[" * 1900,
        "html": "<a " * 600,
        "sql": "'" * 1901,
        "console": "$" * 1900,
        "makefile": "$(" * 950,
        "typescript": "<" * 1900,
    }.items()
}
TEXTS = {
    "brackets": "[" * 60_000,
    "links": "[x](" * 15_000,
    "cdata": "<![CDATA[" * 6_000,
    "tags": "<a " * 20_000,
    "quotes": "> " * 30_000,
    "stars": "*a_" * 20_000,
    "formulas": "$" + "{" * 1990 + "$ ",
    "tables": "|a" * 20_000 + "\n" + "|-" * 12_000,
    "footnotes": "[^1]" * 15_000,
    "front matter": "---\n" + "a: " * 20_000 + "\n---\n",
    "short tags": "<a " * 170,
}


@pytest.mark.parametrize("language", FENCES)
def test_code_that_a_lexer_needs_hours_for(attacked, language):
    path = attacked.version_with(f"code-{language}", [FENCES[language]], description=FENCES[language])
    attacked.hold_nobody_up(lambda: attacked.page(path))
    assert attacked.page(path)[0] < LONG


@pytest.mark.parametrize("kind", TEXTS)
def test_a_page_of_comments_that_take_all_their_time(attacked, kind):
    texts = [f"{number} {TEXTS[kind]}"[:65_000] for number in range(8)]
    path = attacked.version_with(f"comments-{kind.replace(' ', '-')}", texts)
    attacked.hold_nobody_up(lambda: attacked.page(path))
    taken, page = attacked.page(path)
    assert page.status_code == 200
    assert taken < LONG


def test_an_ordinary_text_is_rendered_all_the_same(attacked):
    """After everything above, and while long texts wait."""
    path = attacked.version_with("ordinary", ["**bold** " * 100, "```python\ndef f(): ...\n```"])
    for _ in range(20):
        _taken, page = attacked.page(path)
        if "<strong>bold</strong>" in page.text and "hl-k" in page.text:
            return
    pytest.fail("it stays plain")
