"""What MLflow has and Greenroom leaves out on purpose: such calls are answered at once, and said why.

MLflow's clients try 408, 429, 500, 502, 503 and 504 again, and 501 never; NOT_IMPLEMENTED is also what
they take for "this server cannot", where a 404 would read as "there is no such trace".
"""

from flask import Blueprint, Response

from app.api.error_responses import for_domain_error
from app.api.routing import v2, v3
from app.authz.permissions import Permission
from app.core.errors import NotOffered
from app.http.application import needs

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# path below /api/2.0 -> what it belongs to; whatever lies below the path belongs to it, too.
IN_V2 = {
    "/mlflow/traces": "tracing",
    "/mlflow/get-trace-artifact": "tracing",
    "/mlflow/get-online-trace-details": "tracing",
    "/mlflow/unified-traces": "tracing",
    "/mlflow/gateway-proxy": "a gateway to language models",
    "/mlflow/runs/create-promptlab-run": "a prompt laboratory",
    "/mlflow/users/create-ui": "signing up by oneself",
    "/mlflow/webhooks": "webhooks",
}

IN_V3 = {
    "/jobs": "running of jobs",
    "/mlflow/assistant": "an assistant",
    "/mlflow/datasets": "a store of evaluation data sets",
    "/mlflow/demo": "demonstration data by this call",
    "/mlflow/gateway": "a gateway to language models",
    "/mlflow/genai": "evaluation on the server",
    "/mlflow/get-trace-artifact": "tracing",
    "/mlflow/issues": "a list of issues",
    "/mlflow/jobs": "running of jobs",
    "/mlflow/label-schemas": "labelling of traces",
    "/mlflow/mcp-servers": "a register of MCP servers",
    "/mlflow/prompt-optimization": "optimisation of prompts",
    "/mlflow/review-queues": "queues for the review of traces",
    "/mlflow/roles": "roles; it has groups",
    "/mlflow/scorer": "scoring on the server",
    "/mlflow/scorers": "scoring on the server",
    "/mlflow/traces": "tracing",
    "/mlflow/ui-telemetry": "collection of telemetry",
    "/mlflow/users": "roles; it has groups",
    "/mlflow/workspaces": "workspaces",
}

# Beside the API: where OpenTelemetry, the gateway's clients and MLflow's own pages call.
outside = Blueprint("api_not_offered", __name__)
OUTSIDE = {
    "/v1/traces": "tracing",
    "/gateway": "a gateway to language models",
    "/graphql": "GraphQL",
}


def _declare(on: Blueprint, path: str, feature: str) -> None:
    def view(rest: str = "") -> Response:
        # Answered here and not raised, since an error outside the API's prefixes would be shown as a page.
        return for_domain_error(NotOffered(f"Greenroom does not offer {feature}."))

    needs(Permission.EXPERIMENTS_READ, reads=True)(view)
    endpoint = f"not_offered_{path.strip('/').replace('/', '_').replace('-', '_')}"
    on.add_url_rule(path, endpoint, view, methods=METHODS, strict_slashes=False)
    on.add_url_rule(f"{path}/<path:rest>", endpoint, view, methods=METHODS)


for _on, _paths in ((v2, IN_V2), (v3, IN_V3), (outside, OUTSIDE)):
    for _path, _feature in _paths.items():
        _declare(_on, _path, _feature)
