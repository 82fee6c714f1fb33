"""Prompts, which MLflow keeps as registered models with a tag; who asks for models is not shown them.

The rules are MLflow's (`mlflow.prompt.registry_utils`, `mlflow.server.handlers`).
"""

from collections.abc import Mapping

from sqlalchemy import bindparam, select

from app.core.mlflow_tags import IS_PROMPT
from app.db.statements import Statement
from app.registry.errors import InvalidPromptSource, NameTaken, PromptAsSource
from app.registry.queries import MODEL, MODEL_TAG
from app.registry.tables import ModelTag

# A prompt has no files; its clients send one of these as source.
SOURCES = frozenset({"dummy-source", "prompt-template"})

_MARK = Statement(
    select(MODEL_TAG.value)
    .select_from(ModelTag.__table__.join(MODEL.id.table, MODEL.id == MODEL_TAG.model_id))
    .where(MODEL.name == bindparam("name"), MODEL.deleted_at.is_(None), MODEL_TAG.key == IS_PROMPT)
)


def is_marked(tags: Mapping[str, str]) -> bool:
    """Returns whether what carries these tags is a prompt."""
    return tags.get(IS_PROMPT, "false").lower() == "true"


def is_prompt(name: str) -> bool:
    """Returns whether the living registered model of that name is one; False where there is none."""
    return is_marked({IS_PROMPT: _MARK.scalar(name=name) or "false"})


def check_source(source: str) -> None:
    """Raises `InvalidPromptSource` for what cannot be the source of a prompt's version."""
    if source not in SOURCES:
        raise InvalidPromptSource(source)


def check_is_model(name: str, source: str) -> None:
    """Raises `PromptAsSource` where `source`, which is a version of `name`, would make a model of a prompt."""
    if is_prompt(name):
        raise PromptAsSource(source)


def name_taken(name: str, tags: Mapping[str, str]) -> NameTaken:
    """Returns the error for a model or prompt that is to be made with a name that either has already."""
    wanted, existing = ("prompt" if it_is else "model" for it_is in (is_marked(tags), is_prompt(name)))
    return NameTaken(name, "name", wanted=wanted, existing=existing)
