"""Prompts, which MLflow keeps as registered models with a tag; who asks for models is not shown them.

The rules and most sentences are MLflow's (`mlflow.prompt.registry_utils`, `mlflow.server.handlers`).
"""

from collections.abc import Mapping

from sqlalchemy import bindparam, select

from app.core.errors import AlreadyExists, InvalidParameter
from app.core.mlflow_tags import IS_PROMPT
from app.db.statements import Statement
from app.registry.queries import MODEL, MODEL_TAG
from app.registry.tables import ModelTag

# A prompt has no files; its clients send one of these as source.
SOURCES = frozenset({"dummy-source", "prompt-template"})

_MARK = Statement(
    select(MODEL_TAG.value)
    .select_from(ModelTag.__table__.join(MODEL.id.table, MODEL.id == MODEL_TAG.model_id))
    .where(MODEL.name == bindparam("name"), MODEL.deleted_at.is_(None), MODEL_TAG.key == IS_PROMPT)
)


def says(tags: Mapping[str, str]) -> bool:
    """Whether what carries these tags is a prompt."""
    return tags.get(IS_PROMPT, "false").lower() == "true"


def is_prompt(name: str) -> bool:
    """Whether the living registered model of that name is one; False where there is none."""
    return says({IS_PROMPT: _MARK.scalar(name=name) or "false"})


def check_source(source: str) -> None:
    """Raise `InvalidParameter` for what cannot be the source of a prompt's version."""
    if source not in SOURCES:
        raise InvalidParameter(
            f"Invalid prompt source: '{source}'. Prompt sources must use an MLflow placeholder.",
            field="source",
        )


def check_is_model(name: str, source: str) -> None:
    """Raise `InvalidParameter` where `source`, which is a version of `name`, would make a model of a prompt."""
    if is_prompt(name):
        raise InvalidParameter(
            f"Invalid model version source: '{source}'. Prompt versions cannot be used as model version "
            "sources.",
            field="source",
        )


def taken(name: str, tags: Mapping[str, str]) -> AlreadyExists:
    """What is said where a model or prompt is to be made and the name is taken, by either."""
    wanted, there = ("Prompt" if one else "Registered Model" for one in (says(tags), is_prompt(name)))
    kind = "prompt" if there == "Prompt" else "model"
    if wanted == there:
        message = f"{wanted} (name={name}) already exists."
    else:
        message = (
            f"Tried to create a {wanted.lower()} with name {name!r}, but the name is already taken by a "
            f"{there.lower()}. MLflow does not allow creating a model and a prompt with the same name."
        )
    return AlreadyExists(message, field="name", for_people=f"Another {kind} is called {name}.")
