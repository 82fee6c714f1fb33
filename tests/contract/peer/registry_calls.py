"""The 22 calls of the model registry, each with fields that make it succeed."""

from tests.contract.peer.mistakes import Call, Setting, adding, changing, reading
from tests.contract.peer.steps import delete, get, patch, post

TAG = {"key": "team", "value": "blue"}
# A model with two versions, one of them tagged, in a stage and with an alias.
_STEPS = (
    post("registered-models/create", name="$m", description="first", tags=[TAG]),
    post("model-versions/create", name="$m", source="s3://bucket/one", tags=[TAG], description="v1"),
    post("model-versions/create", name="$m", source="s3://bucket/two"),
    post("model-versions/transition-stage", name="$m", version="1", stage="Production"),
    post("registered-models/alias", name="$m", alias="champion", version="1"),
)
SETTING = Setting(_STEPS, (get("registered-models/get", name="$m"),))

_NEW_VERSION = post(
    "model-versions/create",
    name="$m",
    source="s3://bucket/three",
    run_link="http://runs/1",
    tags=[TAG],
    description="v3",
)
_TRANSITION = post(
    "model-versions/transition-stage",
    name="$m",
    version="2",
    stage="Production",
    archive_existing_versions=True,
)

CALLS: dict[str, Call] = {
    "create a model": changing(post("registered-models/create", name="$m-new", description="d", tags=[TAG])),
    "rename a model": changing(post("registered-models/rename", name="$m", new_name="$m-renamed")),
    "update a model": adding(patch("registered-models/update", name="$m", description="second")),
    "delete a model": changing(delete("registered-models/delete", name="$m")),
    "get a model": reading("GET", "registered-models/get", name="$m"),
    "search models": reading(
        "GET",
        "registered-models/search",
        filter="name LIKE '$m%'",
        max_results=5,
        order_by=["name DESC"],
        page_token="",
    ),
    "get latest versions by POST": reading(
        "POST", "registered-models/get-latest-versions", name="$m", stages=["Production"]
    ),
    "get latest versions by GET": reading(
        "GET", "registered-models/get-latest-versions", name="$m", stages=["None"]
    ),
    "set a model's tag": adding(post("registered-models/set-tag", name="$m", key="k", value="v")),
    "delete a model's tag": changing(delete("registered-models/delete-tag", name="$m", key="team")),
    "set an alias": adding(post("registered-models/alias", name="$m", alias="next", version="2")),
    "delete an alias": changing(delete("registered-models/alias", name="$m", alias="champion")),
    "get a version by alias": reading("GET", "registered-models/alias", name="$m", alias="champion"),
    "create a version": adding(_NEW_VERSION, "run_id", "model_id"),
    "update a version": adding(patch("model-versions/update", name="$m", version="1", description="again")),
    "transition a version": changing(_TRANSITION),
    "delete a version": changing(delete("model-versions/delete", name="$m", version="1")),
    "get a version": reading("GET", "model-versions/get", name="$m", version="1"),
    "search versions": reading(
        "GET",
        "model-versions/search",
        filter="name = '$m'",
        max_results=5,
        order_by=["version_number ASC"],
        page_token="",
    ),
    "get a version's download URI": reading("GET", "model-versions/get-download-uri", name="$m", version="2"),
    "set a version's tag": adding(post("model-versions/set-tag", name="$m", version="1", key="k", value="v")),
    "delete a version's tag": changing(
        delete("model-versions/delete-tag", name="$m", version="1", key="team")
    ),
}
