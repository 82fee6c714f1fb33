"""Sentences about exports and loading them."""

from app.core.errors import GreenroomError
from app.exporting import errors

SENTENCES: dict[type[GreenroomError], str] = {
    errors.FolderNotEmpty: "{folder} is not empty. Name a folder that is empty or does not exist.",
    errors.NoExport: (
        "{folder} holds no complete export: there is no greenroom-export.json, which an export writes last."
    ),
    errors.UnknownExport: "This Greenroom cannot read the export: {what}.",
    errors.DamagedExport: "The export is damaged. {where}: {problem}. Nothing was imported.",
    errors.InstallationInUse: (
        "A whole export needs an installation that nobody has used, and this one has {what}. Nothing was imported."
    ),
    errors.ModelNameTaken: (
        "This installation has, or had, a model named {name!r}. Rename it, or purge it, first. Nothing was imported."
    ),
    errors.StageMissing: (
        "This installation has no stage named {name!r}, which the history of the models needs. Add it first. "
        "Nothing was imported."
    ),
}
