"""Everything out to a folder, and back in: the export of an installation, or of a few models with their history.

`docs/export.md` documents the format. A folder holds one file of JSON lines for each table, every artifact byte for
byte with its SHA-256, and a summary, which is written last: a folder without one is an export that broke off.
"""

from app.exporting.export import Exported, export_everything, export_models
from app.exporting.load import Loaded, load

__all__ = ["Exported", "Loaded", "export_everything", "export_models", "load"]
