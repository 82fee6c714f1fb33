"""How much one account, and all together, may have or do of what costs the server something."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from flask import current_app

from app.settings.env import whole_number

MOST = 1_000_000_000


@dataclass(frozen=True)
class Quotas:
    """The most of each; `GREENROOM_` and the field's name in capitals is its variable.

    Comments are those of the last hour, uploads those in parts that are open, tokens those that can be used, and
    renderings the texts whose Markdown was rendered in the last minute. Without accounts, only those for all count.
    """

    comments_per_account: int = 300
    comments_in_all: int = 3_000
    uploads_per_account: int = 100
    uploads_in_all: int = 1_000
    tokens_per_account: int = 100
    tokens_in_all: int = 10_000
    renderings_per_account: int = 120
    renderings_kept: int = 10_000


DEFAULT_QUOTAS = Quotas()


def read(environ: Mapping[str, str]) -> Quotas:
    """Returns the quotas that the variables give. Raises `ConfigError`."""
    values = {
        field.name: whole_number(
            environ, f"GREENROOM_{field.name.upper()}", default=getattr(Quotas, field.name), most=MOST
        )
        for field in fields(Quotas)
    }
    return Quotas(**values)


def current() -> Quotas:
    """Returns the quotas of the running application; needs an application context."""
    return current_app.settings.quotas  # type: ignore[attr-defined]
