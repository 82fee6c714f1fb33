"""Markdown to safe HTML. Knows nothing of the application, so that a child process starts quickly.

Python-Markdown takes quadratic time on many inputs, which is why `app.web.rendering.markdown` lets a child
process (`app.markup.renderer_process`) render all but the shortest texts.
"""

import html
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import bleach
import markdown
from bleach.html5lib_shim import Filter
from markdown.extensions.toc import slugify_unicode
from math_core import LatexError, LatexToMathML
from pygments.token import STANDARD_TYPES
from pymdownx.arithmatex import ArithmatexExtension, arithmatex_fenced_format

from app.markup.code_highlighting import CodeHighlighting

# Part of every cache key: raise it whenever the output for the same text changes.
RENDERER = "4"

PREFIX = "card-"
TAGS = frozenset(
    {
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "s",
        "samp",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "abbr": {"title"},
    "img": {"src", "alt"},
    "input": {"type", "checked"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
    "div": {"class"},
    "span": {"class"},
    "li": {"class"},
}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
WITH_ID = HEADINGS | {"li", "sup"}
CLASSES = {"hl", "footnote", "footnote-ref", "footnote-backref", "task-list-item"}
CODE_CLASSES = {name for name in STANDARD_TYPES.values() if name}
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)

FORMULA = "arithmatex"  # the class that the extension marks formulas with
MARKED = re.compile(r"\\[(\[].*\\[)\]]", re.DOTALL)  # if not, somebody wrote the class by hand
MAX_FORMULA = 2000  # characters: the converter calls itself for each bracket
# The elements that a converted formula may have.
MATHML = frozenset(
    {
        "math",
        "menclose",
        "mfrac",
        "mi",
        "mmultiscripts",
        "mn",
        "mo",
        "mover",
        "mpadded",
        "mphantom",
        "mprescripts",
        "mroot",
        "mrow",
        "mspace",
        "msqrt",
        "mstyle",
        "msub",
        "msubsup",
        "msup",
        "mtable",
        "mtd",
        "mtext",
        "mtr",
        "munder",
        "munderover",
    }
)
MATHML_VALUES = re.compile(r"block|true|false|normal|prefix|infix|postfix|[01]|-?0?\.\d+em|\d{0,2}(\.\d+)?em")
MATHML_ATTRIBUTES = {
    "accent",
    "accentunder",
    "display",
    "displaystyle",
    "fence",
    "form",
    "height",
    "depth",
    "largeop",
    "linethickness",
    "lspace",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "rspace",
    "scriptlevel",
    "separator",
    "stretchy",
    "symmetric",
    "width",
}
# The converter aligns the cells of a table with styles, which the pages' policy forbids.
CELLS = {"text-align: right": "align-right", "text-align: left": "align-left", "padding-left:1em": "apart"}

MATH_FENCE = {"name": "math", "class": FORMULA, "format": arithmatex_fenced_format(mode="generic")}
EXTENSIONS = {
    "tables": {"use_align_attribute": True},
    "toc": {"slugify": slugify_unicode, "marker": ""},
    "sane_lists": {},
    "footnotes": {},
    "pymdownx.superfences": {"custom_fences": [MATH_FENCE]},
    "pymdownx.tasklist": {},
    "pymdownx.tilde": {"subscript": False},
    "pymdownx.magiclink": {},
}

# Converters that nobody uses at the moment; to make one takes as long as to render a paragraph.
_spare: list[markdown.Markdown] = []


def to_html(text: str) -> str:
    """Renders `text` and sanitizes the result, which is safe to put into a page as it is.

    Links go to http, https and mailto only; images become links, since a page loads nothing from
    elsewhere; ids carry a prefix, and classes come from a short list. Takes unbounded time on
    hostile input and raises `RecursionError` on deep nesting: see `app.web.rendering.markdown`.
    """
    # Taken out while it works: after an exception it would render the next text wrongly.
    try:
        converter = _spare.pop()
    except IndexError:
        converter = _new_converter()
    rendered = converter.reset().convert(_show_front_matter(text))
    _spare.append(converter)
    # The list above is applied last, after every extension.
    return _cleaner().clean(rendered)


def may_hold_formulas(text: str) -> bool:
    """Returns whether `to_html` might pass a part of the text to the converter of formulas, which is native code."""
    return text.count("$") > 1 or any(mark in text for mark in ("\\(", "\\[", "\\begin{", "math", FORMULA))


def may_hold_code(text: str) -> bool:
    """Returns whether `to_html` might pass a part of the text to a lexer, whose expressions may take long."""
    return "```" in text or "~~~" in text or text.startswith("---")


class Formulas(ArithmatexExtension):
    """`$x$`, but not where a digit follows: "$5 to $10" and "$5/$10" are prices, as Pandoc has it."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        super().extendMarkdown(md)
        inline = md.inlinePatterns["arithmatex-inline"]
        usual = inline.compiled_re
        inline.compiled_re = re.compile(rf"{usual.pattern}(?!(?<=\$)\d)", usual.flags)


def _new_converter() -> markdown.Markdown:
    code = CodeHighlighting(css_class="hl", guess_lang=False, use_pygments=True)
    return markdown.Markdown(
        extensions=[*EXTENSIONS, code, Formulas(generic=True)], extension_configs=EXTENSIONS
    )


def _cleaner() -> bleach.Cleaner:
    allowed = {"tags": TAGS, "attributes": _is_allowed, "protocols": {"http", "https", "mailto"}}
    return bleach.Cleaner(**allowed, strip=True, filters=[HouseRules])


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name == "id":
        return tag in WITH_ID
    if name == "href" and tag == "a":
        # An address without a scheme would lead somewhere below this page, or to //another.host.
        # Bleach passes entities as they were written, and decodes them itself afterwards.
        address = html.unescape(value).lower()
        return address.startswith(("#", "http://", "https://", "mailto:"))
    return name in ATTRIBUTES.get(tag, ())


def _show_front_matter(text: str) -> str:
    """Returns the text with the YAML at the top of model cards as code; Markdown would take it for a heading."""
    return FRONT_MATTER.sub(lambda match: f"```yaml\n{match[1]}\n```\n", text.replace("\r\n", "\n"))


class HouseRules(Filter):
    """Changes that the list of tags and attributes cannot express, made on the sanitized tokens."""

    def __iter__(self) -> Iterator[dict]:
        self.ids: set[str] = set()
        self.links = 0
        self.levels: list[str] = []
        tokens = iter(super().__iter__())
        for token in tokens:
            if _begins_formula(token):
                yield from self.formula(token, tokens)
            elif token["type"] in ("StartTag", "EmptyTag"):
                yield from self.start(token)
            elif token["type"] == "EndTag":
                yield self.end(token)
            else:
                yield token

    def formula(self, start: dict, tokens: Iterator[dict]) -> Iterator[dict]:
        """Yields MathML in place of one marked element, or the typed text as code, where it is no formula."""
        typed = _text_within(tokens)
        block = start["name"] == "div"
        tex = typed[2:-2] if MARKED.fullmatch(typed) else typed
        converted = _mathml(tex, block)
        around = ("div" if block else "span") if converted else ("pre" if block else "code")
        scrolls = {(None, "tabindex"): "0"} if block else {}
        yield _tag("StartTag", around, {(None, "class"): "formula", **scrolls})
        yield from converted or [_text(tex)]
        yield _tag("EndTag", around)

    def end(self, token: dict) -> dict:
        """Returns a closing tag, changed like its opening one."""
        if token["name"] == "a":
            self.links -= 1
        if token["name"] in HEADINGS:
            return {**token, "name": self.heading()}
        return token

    def heading(self) -> str:
        """Returns the name of the open heading: the page has its own h1 and h2, and no level is left out."""
        return f"h{min(6, 2 + len(self.levels))}"

    def start(self, token: dict) -> Iterator[dict]:
        """Yields an opening tag as it may stand on a page."""
        given = {name: value for (_space, name), value in token["data"].items()}
        if token["name"] == "img":
            yield from self.image(given)
            return
        if token["name"] == "input":
            if given.get("type") == "checkbox":
                yield _text("\u2611 " if "checked" in given else "\u2610 ")
            return
        if token["name"] in HEADINGS:
            while self.levels and self.levels[-1] >= token["name"]:
                self.levels.pop()
            self.levels.append(token["name"])
            token = {**token, "name": self.heading()}
        token["data"] = {(None, name): value for name, value in self.attributes(token["name"], given)}
        yield token

    def image(self, given: dict[str, str]) -> Iterator[dict]:
        """Yields a link to the picture, or its alternative text where a link cannot be."""
        address = given.get("src", "")
        label = given.get("alt") or address
        if self.links or not address.lower().startswith(("http://", "https://")):
            yield _text(label)
            return
        link = {(None, name): value for name, value in self.attributes("a", {"href": address})}
        yield _tag("StartTag", "a", link)
        yield _text(f"image: {label}")
        yield _tag("EndTag", "a")
        self.links -= 1

    def attributes(self, tag: str, given: dict[str, str]) -> Iterator[tuple[str, str]]:
        for name, value in given.items():
            if name == "id":
                # Prefixed, so that no text can name a part of the page; unique, as HTML demands.
                if value not in self.ids and not re.search(r"\s", value):
                    self.ids.add(value)
                    yield "id", PREFIX + value
            elif name == "class":
                kept = _classes(value)
                if kept:
                    yield "class", kept
            elif name == "align":
                if value in ("left", "right", "center"):
                    yield "class", f"align-{value}"
            elif name == "href" and value.startswith("#"):
                yield "href", f"#{PREFIX}{value[1:]}"
            else:
                yield name, value
        if tag in ("pre", "table"):  # may be wider than the page; then the keyboard scrolls it, too
            yield "tabindex", "0"
        if tag == "a":
            self.links += 1
            if "href" in given and not given["href"].startswith("#"):
                yield "rel", "nofollow noopener noreferrer"


def _classes(value: str) -> str:
    names = value.split()
    return " ".join([n for n in names if n in CLASSES] + [f"hl-{n}" for n in names if n in CODE_CLASSES])


def _text(text: str) -> dict:
    return {"type": "Characters", "data": text}


def _tag(kind: str, name: str, data: dict | None = None) -> dict:
    return {"type": kind, "namespace": None, "name": name, "data": data or {}}


def _begins_formula(token: dict) -> bool:
    is_marked = token["type"] == "StartTag" and token["name"] in ("div", "span")
    return is_marked and FORMULA in token["data"].get((None, "class"), "").split()


def _text_within(tokens: Iterator[dict]) -> str:
    """Takes the tokens up to the end of the open element, and returns their text."""
    parts, depth = [], 1
    for token in tokens:
        depth += {"StartTag": 1, "EndTag": -1}.get(token["type"], 0)
        if not depth:
            break
        # Bleach leaves entities as they were written.
        parts.append(html.unescape(f"&{token['name']};") if token["type"] == "Entity" else "")
        parts.append(token["data"] if token["type"] in ("Characters", "SpaceCharacters") else "")
    return "".join(parts).strip()


def _mathml(tex: str, block: bool) -> list[dict] | None:
    """Returns a formula as tokens of MathML, of listed elements and attributes only; None where it cannot be read."""
    if len(tex) > MAX_FORMULA:
        return None
    try:
        mathml = LatexToMathML(fancy_error=False).convert_with_local_state(tex, displaystyle=block)
        mathml = re.sub("&(?!amp;|lt;|gt;|quot;)[A-Za-z]+;", lambda name: html.unescape(name[0]), mathml)
        return list(_mathml_tokens(ElementTree.fromstring(mathml)))  # noqa: S314 - what the converter wrote
    except (LatexError, ElementTree.ParseError):
        return None


def _mathml_tokens(element: ElementTree.Element) -> Iterator[dict]:
    name = element.tag if element.tag in MATHML else "mrow"
    data = {
        (None, key): value
        for key, value in element.attrib.items()
        if key in MATHML_ATTRIBUTES and MATHML_VALUES.fullmatch(value)
    }
    classes = [name for style, name in CELLS.items() if style in element.get("style", "")]
    if classes:
        data[None, "class"] = " ".join(classes)
    yield _tag("StartTag", name, data)
    yield _text(element.text or "")
    for child in element:
        yield from _mathml_tokens(child)
        yield _text(child.tail or "")
    yield _tag("EndTag", name)
