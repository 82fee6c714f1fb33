"""What MLflow has and Greenroom leaves out on purpose: such calls are answered at once, and said why.

MLflow's clients try 408, 429, 500, 502, 503 and 504 again, and 501 never; NOT_IMPLEMENTED is also what
they take for "this server cannot", where a 404 would read as "there is no such trace".
"""

from flask import Blueprint, Response

from app.api.error_responses import for_domain_error
from app.api.errors import FeatureNotOffered
from app.api.routing import v2, v3
from app.authz.permissions import Permission
from app.http.application import needs

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# path below /api/2.0 -> what it belongs to; whatever lies below the path belongs to it, too.
IN_V2 = {
    "/mlflow/traces": "tracing",
    "/mlflow/get-trace-artifact": "tracing",
    "/mlflow/get-online-trace-details": "tracing",
    "/mlflow/gateway-proxy": "an LLM gateway",
    "/mlflow/runs/create-promptlab-run": "the prompt lab",
    "/mlflow/users/create-ui": "self sign-up",
    "/mlflow/webhooks": "webhooks",
}

IN_V3 = {
    "/jobs": "jobs",
    "/mlflow/assistant": "an assistant",
    "/mlflow/datasets": "evaluation datasets",
    "/mlflow/demo": "demo data through this call",
    "/mlflow/gateway": "an LLM gateway",
    "/mlflow/genai": "evaluation on the server",
    "/mlflow/get-trace-artifact": "tracing",
    "/mlflow/issues": "issues",
    "/mlflow/jobs": "jobs",
    "/mlflow/label-schemas": "label schemas for traces",
    "/mlflow/mcp-servers": "an MCP server registry",
    "/mlflow/prompt-optimization": "prompt optimization",
    "/mlflow/review-queues": "review queues for traces",
    "/mlflow/roles": "roles; use groups instead",
    "/mlflow/scorer": "scoring on the server",
    "/mlflow/scorers": "scoring on the server",
    "/mlflow/traces": "tracing",
    "/mlflow/ui-telemetry": "telemetry",
    "/mlflow/users": "roles; use groups instead",
    "/mlflow/workspaces": "workspaces",
}

# A call at the very path of others that are left out, which is answered (see `app.api.mlflow.traces`).
OLD_SEARCH = (v2, "GET", "/mlflow/traces")

# Beside the API: where OpenTelemetry, the gateway's clients and MLflow's own pages call.
outside = Blueprint("api_not_offered", __name__)
OUTSIDE = {
    "/v1/traces": "tracing",
    "/gateway": "an LLM gateway",
    "/graphql": "GraphQL",
}


def _declare(on: Blueprint, path: str, feature: str) -> None:
    def view(rest: str = "") -> Response:
        # Answered here and not raised, since an error outside the API's prefixes would be shown as a page.
        return for_domain_error(FeatureNotOffered(feature))

    needs(Permission.EXPERIMENTS_READ, reads=True)(view)
    endpoint = f"not_offered_{path.strip('/').replace('/', '_').replace('-', '_')}"
    methods = [method for method in METHODS if (on, method, path) != OLD_SEARCH]
    on.add_url_rule(path, endpoint, view, methods=methods, strict_slashes=False)
    on.add_url_rule(f"{path}/<path:rest>", endpoint, view, methods=METHODS)


for _on, _paths in ((v2, IN_V2), (v3, IN_V3), (outside, OUTSIDE)):
    for _path, _feature in _paths.items():
        _declare(_on, _path, _feature)
