"""Descriptions: what Markdown gives, what the sanitizer takes, and how long either may last."""

import time

import pytest

from app.markup import markdown_renderer
from app.web.rendering import markdown

EXAMPLES = {
    "# Title": '<h3 id="card-title">Title</h3>',
    "###### Six": '<h3 id="card-six">Six</h3>',
    "## A\n\n#### B\n\n## C": '<h3 id="card-a">A</h3>\n<h4 id="card-b">B</h4>\n<h3 id="card-c">C</h3>',
    "<h1>Raw</h1>": "<h3>Raw</h3>",
    "**b** *i* ~~s~~ `c`": "<strong>b</strong> <em>i</em> <del>s</del> <code>c</code>",
    "1. a\n2. b": "<ol>\n<li>a</li>\n<li>b</li>\n</ol>",
    "- [x] done\n- [ ] open": '<li class="task-list-item">☑  done</li>\n<li class="task-list-item">☐  open</li>',
    "|a|b|\n|-|-:|\n|1|2|": '<td class="align-right">2</td>',
    "```python\nx = 1\n```": '<span class="hl-n">x</span>',
    "x[^1]\n\n[^1]: note": '<a class="footnote-ref" href="#card-fn:1">1</a>',
    "see http://a.example/x": '<a href="http://a.example/x" rel="nofollow noopener noreferrer">http://a.example/x</a>',
    "[m](mailto:a@b.example)": '<a href="mailto:a@b.example" rel="nofollow noopener noreferrer">m</a>',
    "![roc](https://a.example/r)": '<a href="https://a.example/r" rel="nofollow noopener noreferrer">image: roc</a>',
    "<details><summary>s</summary>t</details>": "<details><summary>s</summary>t</details>",
    r"$x < \alpha$": '<span class="formula"><math><mi>x</mi><mo>&lt;</mo><mi>α</mi></math></span>',
    r"\(\log p\)": "<mi>log</mi>",
    "$$\n\\frac{1}{2}\n$$": '<div class="formula" tabindex="0"><math display="block"><mfrac>',
    "```math\nx^2\n```": '<math display="block"><msup><mi>x</mi><mn>2</mn></msup></math></div>',
    r"$$\begin{aligned}a&=b\end{aligned}$$": '<mtd class="align-right"><mi>a</mi></mtd><mtd class="align-left">',
    r"no $\such{x}$": r'no <code class="formula">\such{x}</code>',
    f"${'{' * 2001}$": f'<code class="formula">{"{" * 2001}</code>',
    "<div class='arithmatex'>words</div>": "<mi>w</mi><mi>o</mi><mi>r</mi><mi>d</mi><mi>s</mi>",
    "costs $5/$10, $5 to $10": "<p>costs $5/$10, $5 to $10</p>",
    "`$x$` and \\$x\\$": "<p><code>$x$</code> and $x$</p>",
    "---\nlicense: mit\n---\nText": '<span class="hl-nt">license</span>',
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_it_gives(text):
    assert EXAMPLES[text] in markdown_renderer.to_html(text)


ATTACKS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](/models/a/delete)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '![x" onerror="alert(1)](https://a)',
    "<script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<p onclick=alert(1)>x</p>",
    "<iframe src=//evil.example></iframe>",
    "<form action=/x><button>go</button></form>",
    "<style>*{display:none}</style>",
    "<p style='position:fixed'>x</p>",
    "<div class='flash button-main'>x</div>",
    "<li class='task-list-item actions'>x</li>",
    "<h3 id='content'>x</h3>",
    "<input type=text name=x>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<math><mi>x</mi></math>",
    "<object data=x></object>",
    "<template><script>x</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='https://a' target=_blank hx-get=/x data-x=1>x</a>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>x</script>]]>",
    "```html\n<script>alert(1)</script>\n```",
    "``` {.flash onclick=x}\nx\n```",
    "<a id=__proto__ name=x>x</a>",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\color{red}{x}\hspace{999em}\mbox{<img src=x onerror=alert(1)>}$",
    r'$x"onload=y$ $\begin{array}{l|r}a&b\\\hline c&d\end{array}$',
    "<span class='arithmatex'>\\(<script>x</script>\\)</span>",
    "<div class='arithmatex'><div class='flash'>\\[x\\]</div>",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_that_runs_loads_or_poses_as_the_page_gets_through(text):
    import html5lib

    root = html5lib.parseFragment(markdown_renderer.to_html(text), namespaceHTMLElements=False)
    for element in root.iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        name = element.tag.removeprefix("{http://www.w3.org/1998/Math/MathML}")
        assert name in (markdown_renderer.TAGS | markdown_renderer.MATHML) - {"img", "input", "h1", "h2"}, (
            name
        )
        allowed = {
            "href",
            "rel",
            "title",
            "class",
            "id",
            "start",
            "tabindex",
        } | markdown_renderer.MATHML_ATTRIBUTES
        assert set(element.attrib) <= allowed, element.attrib
        assert element.get("href", "#").startswith(("#card-", "#", "https://", "http://", "mailto:"))
        assert element.get("id", "card-").startswith("card-")
        assert all(
            n.startswith(("hl", "align-", "footnote", "formula", "task-list-item"))
            for n in element.get("class", "").split()
        )


def test_links_do_not_nest_where_a_badge_is_linked():
    html = markdown_renderer.to_html("[![badge](https://a.example/b.svg)](https://b.example)")
    assert html == '<p><a href="https://b.example" rel="nofollow noopener noreferrer">badge</a></p>'


def test_ids_are_never_twice_on_a_page():
    html = markdown_renderer.to_html('# Same\n\n# Same\n\n<h4 id="same">x</h4>\n')
    assert html.count('id="card-same"') == 1


@pytest.fixture
def patience(monkeypatch):
    monkeypatch.setattr(markdown._medium_texts, "seconds", 1)
    monkeypatch.setattr(markdown._long_texts, "seconds", 1)
    markdown._rendered_once.cache_clear()
    yield
    markdown._rendered_once.cache_clear()


BOMBS = {
    "brackets": "[" * 20_000,
    "cdata": "<![CDATA[" * 4_000,
    "tags": "<a " * 10_000,
    "short tags": "<a " * 2_700,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_text_made_to_take_forever_is_shown_as_it_is_after_a_moment(work, patience, name, monkeypatch):
    html = markdown.to_page(BOMBS[name])
    # What comes as it was typed was stopped: unbounded, each becomes HTML after a minute and far more.
    assert html.startswith('<pre class="plain">') or (name == "short tags" and html.startswith("<p>"))
    monkeypatch.setattr(markdown, "_rendered_by_child", lambda *_text: pytest.fail("tried again"))
    assert markdown.to_page(BOMBS[name]) == html
    markdown._rendered_once.cache_clear()  # as in another worker
    assert markdown.to_page(BOMBS[name]) == html


SHORT_BOMBS = [
    "[" * 60 + "x",
    "[(" * 30,
    "`" * 2048,
    "*" * 2048,
    "<" * 2048,
    "<a " * 680,
    "> " * 1000,
    "_a " * 680,
    "<div>" * 400,
    "\\(" * 1000,
    "- \n" * 680,
    "|a" * 600 + "\n" + "|-" * 400,
    "&" * 2048,
]


@pytest.mark.parametrize("text", SHORT_BOMBS)
def test_a_short_text_cannot_hold_a_worker_for_long(work, text):
    begun = time.process_time()
    markdown.to_page(text[: markdown.SHORT])
    markdown.to_page(text)
    assert time.process_time() - begun < 0.5


def test_deep_nesting_is_shown_as_it_is_and_leaves_the_next_text_alone(work):
    assert markdown.to_page("1. " * 600).startswith('<pre class="plain">')
    assert markdown.to_page("**next**") == "<p><strong>next</strong></p>"


@pytest.mark.parametrize("nested", ["{", r"\left(", r"\sqrt{", "x^{", r"\begin{matrix}"])
def test_the_deepest_formula_takes_nothing_else_of_the_text_along(work, nested):
    formula = nested * (markdown_renderer.MAX_FORMULA // len(nested))
    html = markdown.to_page(f"**before** ${formula}$ after $x$")
    assert html.startswith('<p><strong>before</strong> <code class="formula">')
    assert html.endswith('</code> after <span class="formula"><math><mi>x</mi></math></span></p>')


def test_formulas_are_converted_in_another_process(work, monkeypatch):
    monkeypatch.setattr(
        markdown_renderer, "LatexToMathML", lambda **_options: pytest.fail("converted in the worker")
    )
    for text in (r"$x_1$", r"\(x_2\)", r"\[x_3\]", "```math\nx_4\n```", r"\begin{align}x_5\end{align}"):
        assert "<math" in markdown.to_page(text)


def test_what_is_too_large_is_shown_as_it_is_and_escaped(work):
    html = markdown.to_page("<script>" * (markdown.MAX_CHARACTERS // 8 + 1))
    assert html.startswith('<pre class="plain">&lt;script&gt;')


def test_a_long_text_is_rendered_once_and_kept_for_every_worker(app, work, monkeypatch):
    text = "**long** " * 500
    html = markdown.to_page(text)
    assert "<strong>long</strong>" in html
    [kept] = (app.settings.instance / "rendered").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    markdown._rendered_once.cache_clear()
    monkeypatch.setattr(markdown, "_rendered_by_child", lambda *_text: pytest.fail("rendered again"))
    assert markdown.to_page(text) == html


def test_what_takes_longer_than_a_page_waits_is_plain_and_not_for_good(app, work, monkeypatch):
    text = "**busy** " * 2000
    with app.test_request_context():
        monkeypatch.setattr(markdown, "PAGE_SECONDS", 0.001)
        assert markdown.to_page(text).startswith('<pre class="plain">')
    assert "<strong>busy</strong>" in markdown.to_page(text)


def test_the_texts_of_a_page_share_the_time_that_it_waits(app, work, patience, monkeypatch):
    monkeypatch.setattr(markdown, "PAGE_SECONDS", 0.2)
    begun = time.perf_counter()
    with app.test_request_context():
        for number in range(30):
            assert markdown.to_page(f"{number} {BOMBS['tags']}").startswith('<pre class="plain">')
    assert time.perf_counter() - begun < 2  # seconds; each text on its own has one


def test_code_is_coloured_in_listed_languages_and_never_in_the_worker(work, monkeypatch):
    monkeypatch.setattr(markdown_renderer, "to_html", lambda _text: pytest.fail("rendered in the worker"))
    assert '<span class="hl-k">def</span>' in markdown.to_page("```python\ndef f(): pass\n```")
    for language in ("mcfunction", "zeek", "systemd", "perl6"):
        html = markdown.to_page(f"```{language}\n{'1' * 1900}x\n{' ' * 1900}x\n```")
        assert "1" * 1900 + "x" in html


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, ""),
        ("", ""),
        ("\n\n# **Big** `x`\nmore", "Big x"),
        ("- [a](http://b) c", "a c"),
        ("***\n---\ntext", "text"),
        ("x" * 200, "x" * 139 + "…"),
        ("![p](q) r", "p r"),
        ("_a_b_", "a_b"),
        ("Who leaves in\nthe **next** days.  \nOr not.\n\nMore.", "Who leaves in the next days. Or not."),
        ("Title\n=====\ntext", "Title"),
        ("said:\n- one\n- two", "said:"),
        ("- one\n- two", "one"),
        ("word " * 20 + "\n" + "more" * 20, "word " * 20 + "more" * 9 + "mor…"),
    ],
)
def test_the_first_line_says_something_without_marks(text, line):
    assert markdown.first_line(text) == line
