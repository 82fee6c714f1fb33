"""The path guard: whatever is sent stays below the root, and odd but honest names are kept as they are."""

import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.artifacts.paths import ArtifactPath, check_relative, parse
from app.core.errors import InvalidParameter

TRICKS = [
    "/etc/passwd",
    "//proc/self/root",
    "a//b",
    "///",
    "/",
    "file:///etc",
    "file:/etc",
    "C:",
    "C:/x",
    "c:/..",
    "..",
    ".",
    "a/..",
    "a/../b",
    "../x",
    "./x",
    "a/./b",
    "a/..//b",
    "..\\..\\x",
    "\\\\host\\share",
    "a\\b",
    "a%5Cb",
    "a%255cb",
    "%2e%2e/x",
    "%2E%2E/x",
    "a/%2e%2e",
    ".%2e/x",
    "%252e%252e/x",
    "%25252e%25252e",
    "a%2fb",
    "a%252F..%252Fb",
    "%2e",
    "model%2epkl",
    "%2fetc",
    "a%00b",
    "a\x00b",
    "a%2500b",
    "a\nb",
    "a%0ab",
    "a\x7fb",
    "a\x85b",
    "a\x17b",
    "a%0d%0ab",
    "\uff0e\uff0e/x",
    "\u2025/x",
    "a/\uff0e",
    "a\uff0fb",
    "a\uff3cb",
    "\ufe52\ufe52/x",
    "\u2024\u2024/x",
    "\uff05\uff12\uff45\uff05\uff12\uff45/x",
    "%ef%bc%8e%ef%bc%8e/x",
    "%25ef%25bc%258e%25ef%25bc%258e/x",
    "%c0%ae%c0%ae/x",
    "%c0%af",
    "%e0%80%ae",
    "%f0%80%80%ae",
    "\ufffd\ufffd/x",
    "a\ud800b",
    ".incoming/x",
    ".INCOMING/x",
    ".incoming",
    "a" * 256,
    "ü" * 128,
    "/".join("a" * 101),
    "/".join(["a" * 200] * 21),
    "%25" * 17 + "2e",
]

LEGAL = [
    "a",
    "a b/c",
    " ",
    "ü",
    "日本語.txt",
    "a+b",
    "a#b",
    "a%b",
    "100%25?",
    "%",
    "%%",
    "%zz",
    "50%ab",
    "a;b",
    "a?b=c",
    "...",
    "..a",
    "a..",
    ".hidden",
    "a:b",
    "metrics:1/x",
    "~",
    "~root/x",
    "-rf",
    "$HOME",
    "a…b",
    "½",
    "'\"<>|*",
    "images/loss%step%12%timestamp%1795887700000%g1b2.png",
    "x/.incoming",
    "a" * 255,
    "/".join("a" * 100),
    "\u202ea",
    "e\u0301",
]


@pytest.mark.parametrize("text", TRICKS)
def test_a_path_that_some_reading_leads_elsewhere_is_refused(text):
    with pytest.raises(InvalidParameter):
        parse(text)


@pytest.mark.parametrize("text", [trick for trick in TRICKS if not trick.lower().startswith(".incoming")])
def test_a_trick_is_refused_below_a_run_as_well(text):
    with pytest.raises(InvalidParameter):
        parse("0/run/artifacts").joined(text)


@pytest.mark.parametrize("text", LEGAL)
def test_an_odd_but_honest_name_is_kept_character_by_character(text):
    assert str(parse(text)) == text


@pytest.mark.parametrize("name", ["epoch:", "http:", "models:", "12:30.txt", "ab:/x"])
def test_a_name_is_judged_alike_whether_it_is_named_whole_or_from_a_folder(name):
    folder = parse("0/run/artifacts")
    assert folder.joined(name) == parse(f"0/run/artifacts/{name}")
    check_relative(name)


@pytest.mark.parametrize("text", ["0/run/artifacts/C:/x", "0/run/artifacts/file:/etc", "a/C:", "a/%46ile:/x"])
def test_what_a_client_would_take_for_an_absolute_path_is_refused_at_any_depth(text):
    with pytest.raises(InvalidParameter):
        parse(text)


@pytest.mark.parametrize("text", ["a#b", "x/#", "a#b/c", "a%23b", "a%2523b", "\uff03"])
def test_a_name_that_no_client_could_list_is_none_for_a_new_file(text):
    path = parse(text)  # older files of that name can be read
    with pytest.raises(InvalidParameter):
        path.check_new_name()


@pytest.mark.parametrize("text", [text for text in LEGAL if "#" not in text])
def test_every_other_name_is_fine_for_a_new_file(text):
    parse(text).check_new_name()


def test_only_a_trailing_slash_is_passed_over():
    assert parse("a/b/") == parse("a/b") == ArtifactPath(("a", "b"))
    assert parse("").is_root
    assert parse("a").joined("") == parse("a")


def test_parts_that_were_not_parsed_are_judged_alike():
    for parts in (("..",), ("a/b",), ("",), ("a", "."), (".incoming", "x")):
        with pytest.raises(InvalidParameter):
            ArtifactPath(parts)


ODD = st.text(alphabet=st.sampled_from("./\\%25eEfFcC0aA:;#?ü\u2025\uff0e\uff0f\x00 +"), max_size=24)


@given(st.one_of(st.text(), ODD))
@example("%252e%252e/%252e%252e/etc")
def test_any_text_is_refused_or_stays_below_the_root(text):
    try:
        path = parse(text)
    except InvalidParameter:
        return
    root = "/srv/artifacts"
    place = "/".join((root, *path.parts))
    assert os.path.normpath(place) == place
    assert place == root or place.startswith(root + "/")
    assert str(path) == text.removesuffix("/")
    assert parse(str(path)) == path


@given(ODD, ODD)
def test_joining_never_leads_above_where_it_began(base, relative):
    try:
        start = parse(base)
        joined = start.joined(relative)
    except InvalidParameter:
        return
    assert joined.parts[: len(start.parts)] == start.parts
