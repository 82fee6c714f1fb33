"""Sequences of registry calls that nobody thought of: names, versions, stages, tags, aliases, types."""

from typing import Any

from hypothesis import strategies as st

from tests.contract.peer.steps import Step, post

RM, MV = "registered-models", "model-versions"
# Mostly what is there, at times what is not, seldom what cannot be.
_NAMES = st.sampled_from(
    ["$p-a"] * 8 + ["$p-b"] * 4 + ["$p-c", "$p-A", "", "a/b", "a:b", " ", None, 7, ["$p-a"]]
)
_VERSIONS = st.sampled_from(["1"] * 6 + ["2"] * 4 + ["3", "9", 1, 2, "0", "-1", "x", "", None, 1.5, "01"])
_STAGES = st.sampled_from(
    ["Production"] * 4 + ["Staging"] * 3 + ["Archived", "None", "production", "nothing", "", None, 1]
)
_KEYS = st.sampled_from(["k"] * 4 + ["a b", "a.b", "a/b", "a//b", "", None, 5, "x" * 251])
_TEXTS = st.sampled_from(["one", "two", "", "é ü\n#", None, 3, "x" * 5001])
_ALIASES = st.sampled_from(["champion"] * 4 + ["blue"] * 2 + ["Champion", "latest", "v1", "a b", "", None, 2])
_TAG = st.fixed_dictionaries(
    {"key": st.sampled_from(["k", "l", "a b"]), "value": st.text("ab", max_size=3)},
)
_TAGS = st.lists(_TAG, max_size=3)
_SOURCES = st.sampled_from(
    ["s3://b/1", "s3://b/2", "gs://b/c", "/etc", "", None, "models:/$p-a/1", "s3://b/../c"]
)
_FLAGS = st.sampled_from([True, False, True, False, None, "yes", 1])

_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": _NAMES,
    "new_name": _NAMES,
    "version": _VERSIONS,
    "stage": _STAGES,
    "stages": st.lists(_STAGES, max_size=3),
    "archive_existing_versions": _FLAGS,
    "key": _KEYS,
    "value": _TEXTS,
    "description": _TEXTS,
    "tags": _TAGS,
    "alias": _ALIASES,
    "source": _SOURCES,
    "filter": st.sampled_from(
        [
            "name = '$p-a'",
            "name LIKE '$p-%'",
            "name ILIKE '$P-A' AND name LIKE '$p%'",
            "name LIKE '$p%' AND tags.k = 'a'",
        ]
    ),
    "order_by": st.sampled_from([["name DESC"], ["name ASC"], []]),
    "max_results": st.sampled_from([1, 2, 100, "1"]),
}
# method, path, fields that are always tried, fields that are there at times
_CALLS = (
    ("POST", f"{RM}/create", ("name",), ("description", "tags")),
    ("POST", f"{RM}/rename", ("name", "new_name"), ()),
    ("PATCH", f"{RM}/update", ("name",), ("description",)),
    ("DELETE", f"{RM}/delete", ("name",), ()),
    ("GET", f"{RM}/get", ("name",), ()),
    ("GET", f"{RM}/search", ("filter",), ("order_by", "max_results")),
    ("POST", f"{RM}/get-latest-versions", ("name",), ("stages",)),
    ("POST", f"{RM}/set-tag", ("name", "key"), ("value",)),
    ("DELETE", f"{RM}/delete-tag", ("name", "key"), ()),
    ("POST", f"{RM}/alias", ("name", "alias", "version"), ()),
    ("DELETE", f"{RM}/alias", ("name", "alias"), ()),
    ("GET", f"{RM}/alias", ("name", "alias"), ()),
    ("POST", f"{MV}/create", ("name", "source"), ("description", "tags")),
    ("PATCH", f"{MV}/update", ("name", "version", "description"), ()),
    ("POST", f"{MV}/transition-stage", ("name", "version", "stage"), ("archive_existing_versions",)),
    ("DELETE", f"{MV}/delete", ("name", "version"), ()),
    ("GET", f"{MV}/get", ("name", "version"), ()),
    ("GET", f"{MV}/search", ("filter",), ("max_results",)),
    ("GET", f"{MV}/get-download-uri", ("name", "version"), ()),
    ("POST", f"{MV}/set-tag", ("name", "version", "key"), ("value",)),
    ("DELETE", f"{MV}/delete-tag", ("name", "version", "key"), ()),
)
_START = (
    post(f"{RM}/create", name="$p-a", description="first"),
    post(f"{MV}/create", name="$p-a", source="s3://b/1"),
    post(f"{MV}/create", name="$p-a", source="s3://b/2"),
)
_LOOKS = (
    Step("GET", f"{RM}/search", query={"filter": "name LIKE '$p-%'"}),
    Step("GET", f"{MV}/search", query={"filter": "name LIKE '$p-%'", "order_by": ["name", "version_number"]}),
)


@st.composite
def _requests(draw: st.DrawFn) -> Step:
    method, path, always, at_times = draw(st.sampled_from(_CALLS))
    names = [*always, *(name for name in at_times if draw(st.booleans()))]
    if draw(st.integers(0, 15)) == 0:
        names.remove(draw(st.sampled_from(names)))
    return Step(method, path, body={name: draw(_FIELDS[name]) for name in names})


def sequences() -> st.SearchStrategy[list[Step]]:
    """Sequences of up to a dozen requests on a model with two versions, and a look at what came of them."""
    return st.lists(_requests(), min_size=3, max_size=12).map(lambda steps: [*_START, *steps, *_LOOKS])
