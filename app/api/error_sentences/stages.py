"""MLflow's sentences about stages."""

from collections.abc import Callable, Mapping
from typing import Any

from app.core.errors import GreenroomError
from app.stages.errors import StageNotActive, UnknownStage

SENTENCES: Mapping[type[GreenroomError], str | Callable[[Any], str]] = {
    UnknownStage: lambda error: (
        f"Invalid Model Version stage: {error.stage}. Value must be one of {', '.join(error.stages)}."
    ),
    StageNotActive: lambda error: (
        f"Model version transition cannot archive existing model versions because '{error.stage}' is not an "
        f"Active stage. Valid stages are {list(error.active)}"
    ),
}
