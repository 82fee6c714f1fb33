"""The key that signs cookies and addresses of uploads: from a variable, from a file, or made in the instance folder."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from app.settings.env import ConfigError

KEY = "GREENROOM_SECRET_KEY"
KEY_FILE = "GREENROOM_SECRET_KEY_FILE"
MIN_LENGTH = 32
TOO_SHORT = f"gives a key that is too short; it needs {MIN_LENGTH} characters or more."


def key_path(environ: Mapping[str, str], instance: Path) -> Path | None:
    """Returns the file that the key is in; None where a variable holds the key itself. Raises `ConfigError`."""
    if environ.get(KEY) and environ.get(KEY_FILE):
        raise ConfigError(f"{KEY} and {KEY_FILE} are both set; set one of them.")
    if environ.get(KEY):
        return None
    named = environ.get(KEY_FILE)
    return Path(named).expanduser().resolve() if named else instance / "secret_key"


def read_key(environ: Mapping[str, str], instance: Path) -> str:
    """Returns the key. Only the one in the instance folder is made where it is missing. Raises `ConfigError`."""
    path = key_path(environ, instance)
    if path is None:
        return _long_enough(
            environ[KEY].strip(),
            f"{KEY} {TOO_SHORT}",
        )
    if environ.get(KEY_FILE):
        try:
            key = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{KEY_FILE} names {path}, which cannot be read.") from error
        return _long_enough(key.strip(), f"{KEY_FILE} {TOO_SHORT}")
    return _own_key(path)


def _long_enough(key: str, sentence: str) -> str:
    if len(key) < MIN_LENGTH:
        raise ConfigError(sentence)
    return key


def _own_key(path: Path) -> str:
    """Returns the instance folder's key: made once, readable by its owner alone, never shipped."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _existing_key(path)
    except OSError as error:
        raise ConfigError(f"GREENROOM_INSTANCE has no room for {path.name}: {error.strerror}.") from error
    key = secrets.token_hex(32)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key


def _existing_key(path: Path) -> str:
    try:
        key = path.read_text().strip()
    except OSError as error:
        raise ConfigError(
            f"GREENROOM_INSTANCE holds a {path.name} that cannot be read: {error.strerror}."
        ) from error
    return _long_enough(
        key, f"GREENROOM_INSTANCE holds a {path.name} that is too short; remove it to have one made."
    )
