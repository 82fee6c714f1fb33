"""What MLflow's prompts, which are registered models with a tag, do among models."""

from tests.contract.peer.steps import Step, get, post

RM, MV = "registered-models", "model-versions"
_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
_MODEL = {"key": "mlflow.prompt.is_prompt", "value": "false"}

CASES: dict[str, list[Step]] = {
    "prompts and models do not become each other": [
        post(f"{RM}/create", name="$p-prompt", tags=[_PROMPT]),
        post(f"{RM}/create", name="$p"),
        *(post(f"{RM}/create", name=name, tags=[_PROMPT]) for name in ("$p-prompt", "$p")),
        *(post(f"{RM}/create", name=name) for name in ("$p-prompt", "$p")),
        *(
            post(f"{MV}/create", name="$p-prompt", source=source, tags=tags)
            for source in ("dummy-source", "s3://b/1", "/etc/passwd")
            for tags in ([_PROMPT], [_PROMPT, _MODEL], [_MODEL, _PROMPT], [{**_PROMPT, "value": "TRUE"}], [])
        ),
        post(f"{MV}/create", name="$p", source="models:/$p-prompt/1"),
        post(f"{MV}/create", name="$p", source="models:/$p-prompt/99"),
        post(f"{RM}/alias", name="$p-prompt", alias="short", version="1"),
        post(f"{MV}/create", name="$p", source="models:/$p-prompt@short"),
        get(f"{RM}/search", filter="name LIKE '$p%'"),
        get(f"{RM}/search", filter="name LIKE '$p%' AND tags.`mlflow.prompt.is_prompt` = 'true'"),
        get(f"{MV}/search", filter="name LIKE '$p%'", order_by=["version_number"], after="prompts"),
    ],
}
