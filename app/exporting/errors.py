"""What an export, or loading one, may be refused for."""

from dataclasses import dataclass

from app.core.errors import AlreadyExists, InvalidParameter, InvalidState, NotFound


@dataclass(eq=False)
class FolderNotEmpty(AlreadyExists):
    """The folder that should take an export holds something."""

    folder: str


@dataclass(eq=False)
class NoExport(NotFound):
    """The folder holds no export, or one that broke off."""

    folder: str


@dataclass(eq=False)
class UnknownExport(InvalidParameter):
    """The export is of a format or a schema that this Greenroom does not know."""

    what: str


@dataclass(eq=False)
class DamagedExport(InvalidParameter):
    """A line, a row or a file of the export is not what the export says."""

    where: str
    problem: str


@dataclass(eq=False)
class InstallationInUse(InvalidState):
    """The installation holds something already, which an export of a whole one would mix with."""

    what: str


@dataclass(eq=False)
class ModelNameTaken(AlreadyExists):
    """The installation has, or had, a model of that name."""

    name: str


@dataclass(eq=False)
class StageMissing(InvalidState):
    """The installation has no stage of that name, which the history of the models needs."""

    name: str
