"""Settings from `GREENROOM_*` variables; an unusable one ends the start with a sentence that names it."""

import base64
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.settings import keys
from app.settings import oidc as config_oidc
from app.settings import quotas as quota_settings
from app.settings.env import ConfigError, days, hours, path_prefix, proxies, switch
from app.settings.oidc import Provider
from app.settings.quotas import Quotas

HERE = Path(__file__).resolve().parents[1]
# A wheel carries templates/ and static/ inside the package; a checkout has them beside it.
ROOT = HERE if (HERE / "templates").is_dir() else HERE.parent


@dataclass(frozen=True)
class Settings:
    """The settings of a Greenroom server.

    `instance` is the folder for the files that an installation makes; artifacts are read and written only below
    the folder `artifacts`; `allowed_hosts` are the host names, beside loopback and plain addresses, that browsers
    may use for this server. `trusted_proxies` is how many of the operator's proxies stand in front of it and are
    believed about the client's address, host and scheme; `prefix` is the path below which browsers and clients find it
    there, such as `/greenroom`; `passwords` says whether people may sign in with one, and
    `session_hours` how long a browser then stays signed in; `oidc` is the OpenID provider they may use instead;
    `quotas` say how much one account and all together may have.
    `token_max_days` is the greatest lifetime of a new token; None sets no limit.
    """

    instance: Path
    database_url: str
    artifacts: Path
    secret_key: str = field(repr=False)
    allowed_hosts: frozenset[str] = frozenset()
    trusted_proxies: int = 0
    prefix: str = ""
    passwords: bool = True
    session_hours: int = 14 * 24
    oidc: Provider | None = None
    quotas: Quotas = Quotas()
    token_max_days: int | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Reads and checks the variables, and makes the instance folder and its secret key where missing.

        Raises `ConfigError` with one sentence that names the variable at fault.
        """
        environ = os.environ if environ is None else environ
        instance = _instance_folder(environ.get("GREENROOM_INSTANCE", ""))
        return cls(
            instance=instance,
            database_url=_database_url(environ.get("GREENROOM_DATABASE_URL", ""), instance),
            artifacts=_artifacts_folder(environ.get("GREENROOM_ARTIFACTS_URL", ""), instance),
            secret_key=keys.read_key(environ, instance),
            allowed_hosts=_allowed_hosts(environ.get("GREENROOM_ALLOWED_HOSTS", "")),
            trusted_proxies=proxies(environ, "GREENROOM_TRUSTED_PROXIES"),
            prefix=path_prefix(environ, "GREENROOM_PREFIX"),
            passwords=switch(environ, "GREENROOM_PASSWORDS", default=True),
            session_hours=hours(environ, "GREENROOM_SESSION_HOURS", default=cls.session_hours),
            oidc=config_oidc.read(environ),
            quotas=quota_settings.read(environ),
            token_max_days=days(environ, "GREENROOM_TOKEN_MAX_DAYS"),
        )._checked()

    @property
    def set_up_code(self) -> str:
        """Returns what the page that sets up a team asks for, so that only who started the server can.

        It follows from the secret key: the same in every process, kept nowhere, and of no use once there are accounts.
        """
        digest = hmac.digest(self.secret_key.encode(), b"greenroom set-up code", "sha256")
        code = base64.b32encode(digest).decode().lower()
        return f"{code[:4]}-{code[4:8]}-{code[8:12]}"

    def _checked(self) -> "Settings":
        """Returns the settings if they go together. Raises `ConfigError`."""
        if not self.passwords and self.oidc is None:
            raise ConfigError(
                "GREENROOM_PASSWORDS is off, but without GREENROOM_OIDC_ISSUER nobody could sign in."
            )
        return self


def default_instance() -> Path:
    """Returns `instance/` of the checkout, or of the working directory where Greenroom is installed as a wheel."""
    return (ROOT if ROOT != HERE else Path.cwd()) / "instance"


def _instance_folder(value: str) -> Path:
    folder = Path(value).expanduser().resolve() if value else default_instance()
    return _private_folder(folder, "GREENROOM_INSTANCE")


def _private_folder(folder: Path, variable: str) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{variable} names {folder}, which cannot be made: {error.strerror}.") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"{variable} names {folder}, which this user cannot read and write.")
    return folder


def _database_url(value: str, instance: Path) -> str:
    if not value:
        return f"sqlite:///{instance / 'greenroom.db'}"
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise ConfigError(
            "GREENROOM_DATABASE_URL is not a database address such as sqlite:////srv/greenroom.db "
            "or postgresql+psycopg://user@host/greenroom."
        ) from error
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ConfigError(
            f"GREENROOM_DATABASE_URL asks for {url.drivername!r}; Greenroom runs on sqlite and postgresql+psycopg."
        )
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ConfigError(
            "GREENROOM_DATABASE_URL names a database in memory, which worker processes cannot share."
        )
    return url.render_as_string(hide_password=False)


def _artifacts_folder(value: str, instance: Path) -> Path:
    if not value:
        return _private_folder(instance / "artifacts", "GREENROOM_ARTIFACTS_URL")
    parts = urlsplit(value)
    if (
        parts.scheme not in ("", "file")
        or parts.netloc not in ("", "localhost")
        or parts.query
        or parts.fragment
    ):
        raise ConfigError(
            f"GREENROOM_ARTIFACTS_URL is {value!r}; give a folder, as /srv/artifacts or file:///srv/artifacts."
        )
    path = Path(unquote(parts.path)) if parts.scheme else Path(value).expanduser()
    return _private_folder(path.resolve(), "GREENROOM_ARTIFACTS_URL")


def _allowed_hosts(value: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in value.split(",") if name.strip())
