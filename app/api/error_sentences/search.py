"""MLflow's words about searches: its two stores have different ones for the size of a page."""

from collections.abc import Callable
from typing import Any

from app.core.errors import GreenroomError
from app.search import errors


def _page_size(error: errors.InvalidPageSize) -> str:
    if error.is_of_registry and error.value < 1:
        return f"Invalid value for max_results. It must be a positive integer, but got {error.value}"
    if error.is_of_registry:
        return (
            "Invalid value for request parameter max_results. "
            f"It must be at most {error.most}, but got value {error.value}"
        )
    rule = "a positive integer" if error.value < 1 else f"at most {error.most}"
    return f"Invalid value {error.value} for parameter 'max_results' supplied. It must be {rule}"


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {errors.InvalidPageSize: _page_size}
