"""Colours of fenced code, for a short list of languages.

A lexer is a set of regular expressions, and among Pygments' six hundred are some that need hours for a line.
Code in a language that is not listed here is shown without colours. Knows nothing of the application.
"""

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pymdownx.highlight import Highlight, HighlightExtension

# Pygments' names, and those under which people ask for them.
LANGUAGES = frozenset(
    {
        "bash",
        "c",
        "cfg",
        "console",
        "cpp",
        "css",
        "diff",
        "docker",
        "dockerfile",
        "go",
        "golang",
        "html",
        "ini",
        "java",
        "javascript",
        "js",
        "json",
        "make",
        "makefile",
        "pycon",
        "py",
        "py3",
        "python",
        "python3",
        "r",
        "rs",
        "rust",
        "scala",
        "sh",
        "shell",
        "sql",
        "text",
        "toml",
        "ts",
        "typescript",
        "xml",
        "yaml",
        "yml",
        "zsh",
    }
)


class ListedHighlight(Highlight):
    """Highlights listed languages only."""

    def get_lexer(self, src: str, language: str, inline: bool, stripnl: bool) -> tuple[Lexer, str]:
        """Returns the lexer of a listed language; of plain text for any other."""
        name = (language or "").lower()
        if name not in LANGUAGES:
            return get_lexer_by_name("text", stripnl=stripnl), "text"
        return super().get_lexer(src, name, inline, stripnl)


class CodeHighlighting(HighlightExtension):
    """The highlighting extension, with `ListedHighlight` for fences; indented code names no language."""

    def get_pymdownx_highlighter(self) -> type[Highlight]:
        """Returns the class that `superfences` highlights with."""
        return ListedHighlight
