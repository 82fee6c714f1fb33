"""Filter text to tree and back, and what is said of text that is no filter."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import InvalidParameter
from app.search.errors import InvalidSearch
from app.search.grammar import MAX_CONDITIONS, MAX_DEPTH, MAX_LIST, parse_filter, parse_order
from app.search.tree import And, Comparison, Name, Not, Or, Order


def name(key, prefix=None):
    return Name(prefix, key)


TREES = {
    "name = 'x'": Comparison(name("name"), "=", "x"),
    'name="x"': Comparison(name("name"), "=", "x"),
    "metrics.a.b >= -1.5e3": Comparison(name("a.b", "metrics"), ">=", -1500.0),
    "metric.a<.5": Comparison(name("a", "metric"), "<", 0.5),
    "params.`a b` LiKe '%'": Comparison(name("a b", "params"), "LIKE", "%"),
    'tags."a.b" iLIKE "%"': Comparison(name("a.b", "tags"), "ILIKE", "%"),
    "`tags`.a = ''": Comparison(name("a", "tags"), "=", ""),
    "`Run Name` = 'x'": Comparison(name("Run Name"), "=", "x"),
    "attributes.'run name' = 'x'": Comparison(name("run name", "attributes"), "=", "x"),
    "run_id in ('a',\"b\" , 'c',)": Comparison(name("run_id"), "IN", ("a", "b", "c")),
    "run_id Not  In ('a')": Comparison(name("run_id"), "NOT IN", ("a",)),
    "tags.in is\nnot\tnull": Comparison(name("in", "tags"), "IS NOT NULL", None),
    "tags.like IS NULL": Comparison(name("like", "tags"), "IS NULL", None),
    "tags.é = 'ü'": Comparison(name("é", "tags"), "=", "ü"),
    # As in MLflow, quotation marks that do not end a string stay in it as they are.
    "name = 'it''s'": Comparison(name("name"), "=", "it''s"),
    r"name = 'it\'s'": Comparison(name("name"), "=", r"it\'s"),
    r"name = 'C:\dir\'": Comparison(name("name"), "=", "C:\\dir\\"),
    'name = "it\'s"': Comparison(name("name"), "=", "it's"),
    "tags.`a``b` = 'x'": Comparison(name("a``b", "tags"), "=", "x"),
    "a='1'AND b='2' or not c='3'": Or(
        (
            And((Comparison(name("a"), "=", "1"), Comparison(name("b"), "=", "2"))),
            Not(Comparison(name("c"), "=", "3")),
        )
    ),
    "((a=1)) AND(b=2 OR c=3)": And(
        (
            Comparison(name("a"), "=", 1),
            Or((Comparison(name("b"), "=", 2), Comparison(name("c"), "=", 3))),
        )
    ),
    # MLflow passes over ANDs too many and too few between plain conditions.
    "AND a=1 AND AND b=2 c=3 AND": And(
        (
            Comparison(name("a"), "=", 1),
            Comparison(name("b"), "=", 2),
            Comparison(name("c"), "=", 3),
        )
    ),
}


@pytest.mark.parametrize(("text", "tree"), TREES.items())
def test_a_filter_is_read_as(text, tree):
    assert parse_filter(text) == tree


def test_no_filter_is_no_condition():
    assert parse_filter("") is None


MISTAKES = {
    " ": "(it is empty): expected a field",
    "name": 'at its end, after "name": expected a comparator',
    "name =": 'at its end, after "name =": expected a string in quotation marks or a number.',
    "name = x": 'at character 8, at "x", after "name =": expected a string',
    "name = 'x": "The quotation mark ' is opened here and never closed.",
    "name == 'x'": "at character 7",
    "name <> 'x'": "at character 7",
    "name ~ 'x'": "at character 6",
    "tags.a-b = 'x'": "must stand in back-ticks",
    "tags.a b = 'x'": 'at "b = \'x\'", after "tags.a": expected a comparator',
    "'x' = name": "at character 1",
    "(name = 'x'": "at its end, after \"(name = 'x'\": expected ",
    "name = 'x')": "at character 11",
    "a = 1 OR AND b = 2": "at character 10",
    "a = 1 AND (b = 2 OR": "at its end",
    "OR a = 1": "at character 1",
    "NOT": "at its end",
    "a = 1 b = 2 OR c = 3": "at character 7",
    "name IN ()": 'at character 10, at ")"',
    "name IN 'x'": "at character 9",
    "name IN ('a' 'b')": "at character 14",
    "name BETWEEN 1 AND 2": "at character 6",
    "name = 1; name = 2": 'at character 9, at "; name = 2"',
    "-- x": "at character 1",
    "version = +1": "at character 11",
    "a = 1 and\x00": "characters that are not text",
    "a = '\ud800'": "characters that are not text",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_a_mistake_is_told_with_its_place(text, message):
    with pytest.raises(InvalidParameter) as refused:
        parse_filter(text)
    assert refused.value.explanation.startswith("Invalid filter")
    assert message in refused.value.explanation
    assert refused.value.field == "filter"


def test_an_order_is_a_field_and_a_direction():
    assert parse_order("name") == Order(name("name"), True)
    assert parse_order(" name  asc ") == Order(name("name"), True)
    assert parse_order("metrics.`a b` DESC") == Order(name("a b", "metrics"), False)
    with pytest.raises(InvalidSearch) as refused:
        parse_order("name foo")
    assert refused.value.explanation.endswith("expected ASC or DESC.")
    assert refused.value.explanation.startswith('Invalid order_by at character 6, at "foo"')


HUGE = {
    "ten megabytes": "a='b' AND " * 10**6,
    "ten thousand conditions": " AND ".join(["a=1"] * 10_000),
    "ten thousand conditions in groups": "(" + ") OR (".join(["a=1 AND b=2"] * 5_000) + ")",
    "a million values": "a IN (" + ",".join(["'a'"] * 10**6) + ")",
    "thirty thousand values": "a IN (" + ",".join(["'a'"] * 30_000) + ")",
    "open brackets": "(" * 130_000,
    "nested negations": "NOT " * 30_000 + "a=1",
    "nested groups": "(NOT " * 20_000 + "a=1" + ")" * 20_000,
    "nested alternatives": "a=1 OR (b=2 AND (" * 7_000 + "c=3" + "))" * 7_000,
    "unclosed quotes": "a='" + "\\''" * 40_000,
    "back-slashes": "a=" + "'\\" * 60_000,
    "back-ticks": "`" * 130_000,
    "dots": "a." * 65_000,
    "digits": "a = " + "9" * 100_000 + "x",
    "spaces": "a=1" + " " * 130_000 + "b",
    "brackets": "(" * 60_000 + "a=1" + ")" * 60_000,
    "lists": " OR ".join(["a IN (" + ",".join(["1"] * 1900) + ")"] * 30),
    "ands": "AND " * 30_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
def test_what_is_too_much_is_refused_soon(text):
    began = time.process_time()
    with pytest.raises(InvalidParameter):
        parse_filter(text)
    assert time.process_time() - began < 1  # unbounded, the slowest of these take about four


def test_what_is_much_but_not_too_much_is_read():
    assert parse_filter(" AND ".join(["a=1"] * MAX_CONDITIONS)).size == MAX_CONDITIONS
    assert len(parse_filter("a IN (" + ",".join(["'a'"] * MAX_LIST) + ")").value) == MAX_LIST
    assert parse_filter("NOT " * (MAX_DEPTH - 1) + "a=1").depth == MAX_DEPTH
    assert parse_filter("(" * 1000 + "a=1" + ")" * 1000) == Comparison(name("a"), "=", 1)
    assert parse_filter("a=" + "9" * 100_000).value == float("inf")


# --- whatever tree, whatever text ---------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00`\"'\\"), min_size=1)
PLAIN = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\"'\\"))
STRINGS = PLAIN | PLAIN.map(lambda text: f"'{text}'") | PLAIN.map(lambda text: f'"{text}"')
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.builds(Name, st.none() | st.sampled_from(["tags", "metrics", "run"]), WORDS)
COMPARISONS = (
    st.builds(
        Comparison,
        NAMES,
        st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "CONTAINS"]),
        STRINGS | NUMBERS,
    )
    | st.builds(
        Comparison,
        NAMES,
        st.sampled_from(["IN", "NOT IN"]),
        st.lists(STRINGS | NUMBERS, min_size=1, max_size=4).map(tuple),
    )
    | st.builds(Comparison, NAMES, st.sampled_from(["IS NULL", "IS NOT NULL"]), st.none())
)
NODES = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=4).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=4).map(tuple))
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(NODES)
def test_any_tree_written_as_text_is_read_as_the_same_tree(tree):
    assert parse_filter(str(tree)) == tree


PIECES = st.sampled_from(
    [
        "name",
        "tags.`a b`",
        "metrics.x",
        "'x'",
        '"',
        "'",
        "`",
        "1.5",
        "-",
        "=",
        "!=",
        "<",
        "LIKE",
        "IN",
        "NOT",
        "IS",
        "NULL",
        "AND",
        "OR",
        "(",
        ")",
        ",",
        ";",
        "--",
        "\\",
        "%",
        ".",
        " ",
        "\n",
        "\x00",
        "\ud800",
        "é",
        "²",
    ]
)


@settings(max_examples=400)
@given(st.text() | st.lists(PIECES, max_size=20).map("".join) | st.lists(PIECES, max_size=20).map(" ".join))
def test_any_text_is_either_read_or_refused(text):
    for read in (parse_filter, parse_order):
        try:
            tree = read(text)
        except InvalidParameter:
            continue
        if tree is not None and read is parse_filter:
            str(tree)
