"""Calls about the server itself."""

from types import SimpleNamespace

from flask import Blueprint

from app.api.routing import call, v3
from app.authz.permissions import Permission
from app.http.application import needs

discovery = Blueprint("discovery", __name__)


@discovery.get("/.well-known/databricks-config")
@needs(Permission.PUBLIC)
def databricks_config() -> dict:
    """Answers what Databricks' SDK asks each host first: for accounts and ways to sign in, which do not exist here.

    Anything but JSON makes each of its clients warn that it fell back to what it was told.
    """
    return {}


@call("GET", "/mlflow/server-info", Permission.PUBLIC, on=v3)
def server_info(_args: SimpleNamespace) -> dict:
    """Answers what an MLflow 3 client asks first: which of its newer calls it may use here."""
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        # Parts are taken, but not asked for: at True, clients that were told nothing would send large files
        # so, and they send parts without credentials, certificates, headers for proxies, or a second try.
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
        "presigned_upload_run_id_supported": False,
        "presigned_upload_model_id_supported": False,
        "features_enabled": {"gateway": False},
    }
