"""What the registry's calls do to each other, call by call."""

from tests.contract.peer.steps import Step, delete, get, patch, post, raw

RM, MV = "registered-models", "model-versions"
TAGS = [{"key": "b", "value": "1"}, {"key": "a", "value": "two"}]

CASES: dict[str, list[Step]] = {
    "a model's life": [
        post(f"{RM}/create", name="$p", description="first", tags=TAGS),
        post(f"{RM}/create", name="$p"),
        get(f"{RM}/get", name="$p"),
        patch(f"{RM}/update", name="$p", description="second"),
        patch(f"{RM}/update", name="$p", description=""),
        patch(f"{RM}/update", name="$p"),
        get(f"{RM}/get", name="$p"),
        post(f"{RM}/rename", name="$p", new_name="$p-2"),
        get(f"{RM}/get", name="$p"),
        get(f"{RM}/get", name="$p-2"),
        post(f"{RM}/create", name="$p"),
        post(f"{RM}/rename", name="$p", new_name="$p-2"),
        post(f"{RM}/rename", name="$p", new_name="$p"),
        delete(f"{RM}/delete", name="$p-2"),
        delete(f"{RM}/delete", name="$p-2"),
        get(f"{RM}/get", name="$p-2"),
        post(f"{RM}/rename", name="$p", new_name="$p-2"),
        get(f"{RM}/get", name="$p-2"),
    ],
    "versions are numbered on and never again": [
        post(f"{RM}/create", name="$p"),
        post(f"{MV}/create", name="$p", source="s3://b/1"),
        post(
            f"{MV}/create", name="$p", source="s3://b/2", description="two", tags=TAGS, run_link="http://x/y"
        ),
        delete(f"{MV}/delete", name="$p", version="1"),
        get(f"{MV}/get", name="$p", version="1"),
        delete(f"{MV}/delete", name="$p", version="1"),
        patch(f"{MV}/update", name="$p", version="1", description="gone"),
        post(f"{MV}/set-tag", name="$p", version="1", key="k", value="v"),
        post(
            f"{MV}/transition-stage", name="$p", version="1", stage="Staging", archive_existing_versions=False
        ),
        post(f"{RM}/alias", name="$p", alias="gone", version="1"),
        post(f"{MV}/create", name="$p", source="s3://b/3"),
        get(f"{RM}/get", name="$p"),
        get(f"{MV}/search", filter="name = '$p'"),
        get(f"{MV}/get-download-uri", name="$p", version="2"),
        get(f"{MV}/get-download-uri", name="$p", version="1"),
        post(f"{MV}/create", name="$p-nothing", source="s3://b/1"),
    ],
    "the newest version deleted gives its number again or not": [
        post(f"{RM}/create", name="$p"),
        post(f"{MV}/create", name="$p", source="s3://b/1"),
        post(f"{MV}/create", name="$p", source="s3://b/2"),
        delete(f"{MV}/delete", name="$p", version="2"),
        post(f"{MV}/create", name="$p", source="s3://b/3"),
        get(f"{RM}/get", name="$p"),
    ],
    "a deleted model's name starts anew": [
        post(f"{RM}/create", name="$p", description="old", tags=TAGS),
        post(f"{MV}/create", name="$p", source="s3://b/1"),
        post(f"{RM}/alias", name="$p", alias="champion", version="1"),
        delete(f"{RM}/delete", name="$p"),
        get(f"{MV}/get", name="$p", version="1"),
        get(f"{RM}/alias", name="$p", alias="champion"),
        get(f"{MV}/search", filter="name = '$p'"),
        get(f"{RM}/search", filter="name = '$p'"),
        post(f"{RM}/create", name="$p"),
        get(f"{RM}/get", name="$p"),
        post(f"{MV}/create", name="$p", source="s3://b/1"),
        get(f"{RM}/get", name="$p"),
    ],
    "aliases move, follow a rename and go with their version": [
        post(f"{RM}/create", name="$p"),
        post(f"{MV}/create", name="$p", source="s3://b/1"),
        post(f"{MV}/create", name="$p", source="s3://b/2"),
        post(f"{RM}/alias", name="$p", alias="champion", version="1"),
        post(f"{RM}/alias", name="$p", alias="blue", version="1"),
        get(f"{MV}/get", name="$p", version="1"),
        post(f"{RM}/alias", name="$p", alias="champion", version="2"),
        post(f"{RM}/alias", name="$p", alias="champion", version="2"),
        get(f"{MV}/get", name="$p", version="1"),
        get(f"{RM}/alias", name="$p", alias="champion"),
        get(f"{RM}/alias", name="$p", alias="Champion"),
        post(f"{RM}/alias", name="$p", alias="Champion", version="1"),
        get(f"{RM}/get", name="$p"),
        post(f"{RM}/rename", name="$p", new_name="$p-2"),
        get(f"{RM}/alias", name="$p-2", alias="champion"),
        delete(f"{MV}/delete", name="$p-2", version="2"),
        get(f"{RM}/alias", name="$p-2", alias="champion"),
        get(f"{RM}/get", name="$p-2"),
        delete(f"{RM}/alias", name="$p-2", alias="blue"),
        delete(f"{RM}/alias", name="$p-2", alias="blue"),
        get(f"{RM}/search", filter="name = '$p-2'"),
        get(f"{MV}/search", filter="name = '$p-2'"),
        post(f"{RM}/alias", name="$p-2", alias="x", version="77"),
        post(f"{RM}/alias", name="$p-none", alias="x", version="1"),
        get(f"{RM}/alias", name="$p-none", alias="x"),
        delete(f"{RM}/alias", name="$p-none", alias="x"),
    ],
    "tags are set again, removed, and removed once more": [
        post(f"{RM}/create", name="$p", tags=[*TAGS, {"key": "a", "value": "three"}]),
        post(f"{MV}/create", name="$p", source="s3://b/1", tags=[*TAGS, {"key": "a", "value": "three"}]),
        get(f"{RM}/get", name="$p"),
        post(f"{RM}/set-tag", name="$p", key="a", value="four"),
        post(f"{RM}/set-tag", name="$p", key="c", value=""),
        post(f"{RM}/set-tag", name="$p", key="d"),
        post(f"{RM}/set-tag", name="$p", key="e", value="a\0b"),
        delete(f"{RM}/delete-tag", name="$p", key="e"),
        raw("PATCH", f"{RM}/update", b'{"name": "none"}', None),
        delete(f"{RM}/delete-tag", name="$p", key="b"),
        delete(f"{RM}/delete-tag", name="$p", key="b"),
        get(f"{RM}/get", name="$p"),
        post(f"{MV}/set-tag", name="$p", version="1", key="a", value="four"),
        post(f"{MV}/set-tag", name="$p", version="1", key="d"),
        delete(f"{MV}/delete-tag", name="$p", version="1", key="b"),
        delete(f"{MV}/delete-tag", name="$p", version="1", key="b"),
        get(f"{MV}/get", name="$p", version="1"),
        post(f"{RM}/set-tag", name="$p-none", key="a", value="b"),
        delete(f"{RM}/delete-tag", name="$p-none", key="a"),
        post(f"{MV}/set-tag", name="$p", version="9", key="a", value="b"),
        delete(f"{MV}/delete-tag", name="$p", version="9", key="a"),
    ],
    "pages of models": [
        *(post(f"{RM}/create", name=f"$p-{letter}") for letter in "bdace"),
        get(f"{RM}/search", filter="name LIKE '$p%'"),
        get(f"{RM}/search", filter="name LIKE '$p%'", max_results=2).keeping(token="next_page_token"),
        get(f"{RM}/search", filter="name LIKE '$p%'", max_results=2, page_token="$token").keeping(
            token="next_page_token"
        ),
        get(f"{RM}/search", filter="name LIKE '$p%'", max_results=2, page_token="$token"),
        get(f"{RM}/search", filter="name LIKE '$p%'", max_results=5),
        get(f"{RM}/search", filter="name LIKE '$p%'", order_by=["name DESC"], max_results=2).keeping(
            token="next_page_token"
        ),
        get(
            f"{RM}/search",
            filter="name LIKE '$p%'",
            order_by=["name DESC"],
            max_results=2,
            page_token="$token",
        ),
        get(f"{RM}/search", filter="name LIKE '$p%'", order_by=["last_updated_timestamp DESC"]),
        get(f"{RM}/search", filter="name LIKE '$p%'", order_by=["creation_timestamp", "name"]),
        get(f"{RM}/search", filter="name ILIKE '$p-A'"),
        get(f"{RM}/search", filter="name = '$p-a'"),
        get(f"{RM}/search", filter="name != '$p-a' AND name LIKE '$p%'"),
    ],
    "pages of versions": [
        post(f"{RM}/create", name="$p"),
        *(post(f"{MV}/create", name="$p", source=f"s3://b/{number}") for number in range(5)),
        get(f"{MV}/search", filter="name = '$p'"),
        get(f"{MV}/search", filter="name = '$p'", max_results=2).keeping(token="next_page_token"),
        get(f"{MV}/search", filter="name = '$p'", max_results=2, page_token="$token").keeping(
            token="next_page_token"
        ),
        get(f"{MV}/search", filter="name = '$p'", max_results=2, page_token="$token"),
        get(f"{MV}/search", filter="name = '$p'", order_by=["version_number ASC"]),
        get(f"{MV}/search", filter="name = '$p'", order_by=["version_number DESC"]),
        get(f"{MV}/search", filter="name = '$p'", order_by=["creation_timestamp ASC", "version_number"]),
        get(f"{MV}/search", filter="name = '$p'", order_by=["name", "version_number"]),
        get(f"{MV}/search", filter="name = '$p' AND version_number > 2"),
        get(f"{MV}/search", filter="name = '$p' AND version_number = '2'"),
        get(f"{MV}/search", filter="name = '$p' AND source_path = 's3://b/3'"),
        get(f"{MV}/search", filter="name = '$p' AND source_path LIKE 's3://%'"),
        get(f"{MV}/search", filter="run_id = 'none' AND name = '$p'"),
        get(f"{MV}/search", filter="run_id IN ('none') AND name = '$p'"),
    ],
    "tags in filters": [
        post(
            f"{RM}/create", name="$p-1", tags=[{"key": "team", "value": "blue"}, {"key": "a b", "value": "x"}]
        ),
        post(f"{RM}/create", name="$p-2", tags=[{"key": "team", "value": "red"}]),
        post(f"{RM}/create", name="$p-3"),
        *(
            post(f"{MV}/create", name=f"$p-{n}", source="s3://b/1", tags=[{"key": "team", "value": value}])
            for n, value in ((1, "blue"), (2, "Red"), (3, "green"))
        ),
        *(
            get(f"{noun}/search", filter=f"name LIKE '$p%' AND {clause}")
            for noun in (RM, MV)
            for clause in (
                "tags.team = 'blue'",
                "tags.team != 'blue'",
                "tags.`team` = 'blue'",
                "tags.\"team\" = 'blue'",
                "tags.`a b` = 'x'",
                "tags.team LIKE 'b%'",
                "tags.team ILIKE 'R%'",
                "tags.team = 'blue' AND tags.team = 'red'",
                "tags.team != 'blue' AND tags.team != 'red'",
                "tags.nothing = 'x'",
                "tags.nothing != 'x'",
                "tag.team = 'blue'",
                "tags.team IN ('blue')",
                "tags.team > 'a'",
                "tags.team = blue",
                "tags = 'blue'",
                "tags.team = 1",
                "name = '$p-1' and tags.team = 'blue'",
            )
        ),
    ],
}

_STAGES = ("None", "Staging", "Production", "Archived")
CASES |= {
    f"a move to {stage}, the others {'archived' if archive else 'left'}": [
        post(f"{RM}/create", name="$p"),
        *(post(f"{MV}/create", name="$p", source=f"s3://b/{number}") for number in range(4)),
        *(
            post(
                f"{MV}/transition-stage",
                name="$p",
                version=str(n + 1),
                stage=one,
                archive_existing_versions=False,
            )
            for n, one in enumerate(_STAGES)
        ),
        post(f"{MV}/create", name="$p", source="s3://b/5"),
        post(
            f"{MV}/transition-stage", name="$p", version="5", stage=stage, archive_existing_versions=archive
        ),
        get(f"{RM}/get", name="$p"),
        get(f"{MV}/search", filter="name = '$p'"),
        post(f"{RM}/get-latest-versions", name="$p"),
        post(f"{RM}/get-latest-versions", name="$p", stages=[stage]),
        post(
            f"{MV}/transition-stage", name="$p", version="5", stage=stage, archive_existing_versions=archive
        ),
        get(f"{MV}/get", name="$p", version="5"),
        delete(f"{MV}/delete", name="$p", version="5"),
        post(f"{RM}/get-latest-versions", name="$p", stages=[stage.lower()]),
        delete(f"{RM}/delete", name="$p"),
    ]
    for stage in _STAGES
    for archive in (False, True)
}
