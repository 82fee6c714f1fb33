"""What is sent: texts that look nearly right, by the grammar of filters, of Markdown, and of JSON."""

from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\ufeff",
        "\u200b",
        "\u202e",
        "\ud800",
        "%",
        "%25",
        "%41",
        "..",
        ".",
        "/",
        "\\",
        "'",
        '"',
        "`",
        "\n",
        "a" * 300,
        "é",
        "e\u0301",
        "名前",
        "👩‍👩‍👧",
        "٣",
        "²",
        "NaN",
        "Infinity",
        "-1",
        "1e400",
        "0x10",
        "9" * 30,
        "None",
        "null",
        "true",
        "latest",
        "@",
        "a:b",
        "a#b",
        "a?b",
        "runs:/x/y",
        "models:/churn/1",
        "models:/churn@champion",
        "s3://",
        "http://[",
        "file:///etc",
        "mlflow-artifacts:/0",
        "javascript:alert(1)",
        "../../x",
        "<b>",
        "{{7*7}}",
        "%(x)s",
        "{0}",
        "2026-02-30",
        "2026-12-01 10:00",
        "0000-00-00",
        "1e999d",
        "-1d",
        "7d",
    ]
)
TEXTS = ODD_TEXTS | st.text(max_size=40) | st.lists(ODD_TEXTS, max_size=4).map("".join)
NUMBERS = (
    st.sampled_from([0, -1, 1, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**30, 0.5, 1e308, -0.0])
    | st.floats()
    | st.integers()
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)

_PREFIXES = [
    "",
    "",
    "tags.",
    "tag.",
    "params.",
    "parameters.",
    "metrics.",
    "metric.",
    "attributes.",
    "attribute.",
    "run.",
    "datasets.",
    "dataset.",
    "models.",
    "`tags`.",
    "x.",
]
_KEYS = [
    "name",
    "run_id",
    "run_name",
    "status",
    "version",
    "version_number",
    "stage",
    "current_stage",
    "source_path",
    "creation_timestamp",
    "created",
    "last_updated_timestamp",
    "updated",
    "start_time",
    "end_time",
    "user",
    "user_id",
    "artifact_uri",
    "experiment_id",
    "model_id",
    "model_type",
    "lifecycle_stage",
    "alias",
    "aliases",
    "description",
    "author",
    "m",
    "p",
    "t",
    "digest",
    "context",
    "key",
    "`a b`",
    '"a.b"',
    "'x'",
    "é",
    "in",
    "like",
    "null",
]
_COMPARATORS = [
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "LIKE",
    "ILIKE",
    "not like",
    "IN",
    "NOT IN",
    "is null",
    "IS NOT NULL",
    "is",
    "==",
    "<>",
    "~",
]
_VALUES = [
    "'x'",
    '"x"',
    "'%a_%'",
    "1",
    "-1.5e3",
    ".5",
    "1e400",
    "9223372036854775808",
    "NaN",
    "inf",
    "('a', 'b')",
    "('a',)",
    "()",
    "(1, 2)",
    "'production'",
    "'Staging'",
    "'FINISHED'",
    "''",
    "'\\'",
    "'2026-01-01'",
    "'7d'",
    "null",
    "true",
    "'\x00'",
    "'\u0130'",
    "'it''s'",
    "'[%'",
    "'1'",
    "'" + "a" * 3000 + "'",
]
_CONDITIONS = st.tuples(
    st.sampled_from(_PREFIXES),
    st.sampled_from(_KEYS),
    st.sampled_from(_COMPARATORS),
    st.sampled_from(_VALUES) | TEXTS.map(lambda text: f"'{text}'"),
).map(lambda parts: f"{parts[0]}{parts[1]} {parts[2]} {parts[3]}")
_WHOLE_FILTERS = st.recursive(
    _CONDITIONS,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" AND ", " and ", " OR ", " "]), inner).map("".join)
        | inner.map(lambda text: f"({text})")
        | inner.map(lambda text: f"NOT {text}")
    ),
    max_leaves=6,
)


def damaged(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """These texts, some as they are, and some with a piece cut out or something odd put in."""
    cuts = st.tuples(texts, st.integers(0, 200), st.integers(0, 5), st.just("") | ODD_TEXTS)
    return texts | cuts.map(lambda cut: cut[0][: cut[1]] + cut[3] + cut[0][cut[1] + cut[2] :])


FILTERS = damaged(_WHOLE_FILTERS) | TEXTS
ORDERS = st.lists(
    st.tuples(
        st.sampled_from(_PREFIXES), st.sampled_from(_KEYS), st.sampled_from(["", " ASC", " desc", " DESC x"])
    ).map("".join)
    | TEXTS,
    max_size=3,
)

_MARKS = st.sampled_from(
    [
        "# ",
        "## ",
        "- ",
        "1. ",
        "> ",
        "    ",
        "\t",
        "```\n",
        "```python\n",
        "~~~ js\n",
        "|a|b|\n|-|-|\n",
        "| x ",
        "**",
        "_",
        "`",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        "<script>",
        "<!--",
        "&amp;",
        "&#0;",
        "&#x110000;",
        "\n",
        "\n\n",
        "---\n",
        "$",
        "$$",
        "\\(",
        "\\frac{1}{",
        "x^{2}",
        "\\begin{matrix}",
        "http://a.b",
        "javascript:x",
        "data:text/html,x",
        "[^1]",
        "[^1]: x\n",
        "- [ ] ",
        "[a]: http://b\n",
        "@root",
        "@",
        "#1",
        "<details>",
        "<img src=x onerror=y>",
        "\\",
        "*",
        "~~",
        "||",
        "::",
        "\u2028",
    ]
)
MARKDOWN = st.lists(_MARKS | TEXTS, max_size=25).map("".join) | st.tuples(_MARKS, st.integers(1, 400)).map(
    lambda repeated: repeated[0] * repeated[1]
)


def mutated(values: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """These fields with up to three of them gone, or holding something else."""
    if not values:
        return st.dictionaries(TEXTS, JSON, max_size=2)
    changes = st.dictionaries(st.sampled_from(sorted(values)), JSON | TEXTS | FILTERS, max_size=3)
    return changes.map(lambda changed: {**values, **changed})
