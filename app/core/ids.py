"""The ids that look alike and must not be mixed up: both kinds of model have a `model_id`.

They exist for the type checker alone: at run time they are plain numbers and texts.
"""

from typing import NewType

RegisteredModelId = NewType("RegisteredModelId", int)
"""The surrogate key of a registered model; only Greenroom knows it, clients say the model's name."""

LoggedModelId = NewType("LoggedModelId", str)
"""MLflow's id of a logged model, `m-` and 32 hexadecimal digits, as clients say it."""
