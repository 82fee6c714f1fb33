"""Whether key and folder of artifacts are those of the database, which several servers may share."""

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from app.artifacts.root_mark import make_mark, read_mark
from app.db import installation
from app.settings.settings import Settings

OTHER_KEY = (
    "The secret key is not the one that this database's servers use, so each ends the sessions of the other. Copy "
    "secret_key from their instance folder, or set GREENROOM_SECRET_KEY_FILE. If the key was changed on purpose, run "
    "'greenroom check --accept'."
)
NO_MARK = (
    "The folder of artifacts, {root}, is not the one of this database: it has no mark of this installation. Mount its "
    "disk or correct GREENROOM_ARTIFACTS_URL. If the files were moved here without the mark, run "
    "'greenroom check --accept'."
)
OTHER_MARK = (
    "The folder of artifacts, {root}, belongs to another installation. Correct GREENROOM_ARTIFACTS_URL or "
    "GREENROOM_DATABASE_URL. If they belong together, run 'greenroom check --accept'."
)


def write_down(engine: Engine, settings: Settings) -> None:
    """Writes down key and folder where nothing is: the first start, or the first one after an upgrade."""
    with engine.connect() as connection:
        known = installation.read(connection)
    if installation.ROOT not in known:
        mark = read_mark(settings.artifacts)
        made = mark or make_mark(settings.artifacts)
        _write_new(engine, installation.ROOT, made)
        if not mark and (name := _known(engine)[installation.ROOT]) != made:
            make_mark(settings.artifacts, name)  # another server began at the same moment
    if installation.KEY not in known:
        _write_new(engine, installation.KEY, installation.fingerprint(settings.secret_key))


def _write_new(engine: Engine, name: str, value: str) -> None:
    try:
        with engine.begin() as connection:
            connection.execute(installation.INSTALLATION.insert().values(name=name, value=value))
    except IntegrityError:
        pass  # another server was sooner; what it wrote is compared with ours next


def accept(engine: Engine, settings: Settings) -> None:
    """Makes this server's key and folder those of the database."""
    with engine.begin() as connection:
        mark = read_mark(settings.artifacts)
        name = mark or make_mark(settings.artifacts, installation.read(connection).get(installation.ROOT))
        installation.write(connection, installation.ROOT, name)
        installation.write(connection, installation.KEY, installation.fingerprint(settings.secret_key))


def key_fault(engine: Engine, settings: Settings) -> str | None:
    """Returns a sentence where the key is not the one of the database."""
    known = _known(engine).get(installation.KEY)
    return OTHER_KEY if known not in (None, installation.fingerprint(settings.secret_key)) else None


def root_fault(engine: Engine, settings: Settings) -> str | None:
    """Returns a sentence where the folder of artifacts is not the one of the database."""
    known, mark = _known(engine).get(installation.ROOT), read_mark(settings.artifacts)
    if known is None or mark == known:
        return None
    return (OTHER_MARK if mark is not None else NO_MARK).format(root=settings.artifacts)


def is_root_known(engine: Engine) -> bool:
    """Returns whether a server has started, so that the folder of artifacts has a mark."""
    return installation.ROOT in _known(engine)


def _known(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return installation.read(connection)
