"""What MLflow has and Greenroom leaves out is answered at once, in JSON, by name."""

import pytest

ROUTES = (
    ("POST", "/api/2.0/mlflow/traces", "tracing"),
    ("PATCH", "/api/2.0/mlflow/traces/tr-1/tags", "tracing"),
    ("GET", "/ajax-api/2.0/mlflow/get-trace-artifact", "tracing"),
    ("GET", "/api/2.0/mlflow/get-online-trace-details", "tracing"),
    ("POST", "/api/3.0/mlflow/traces", "tracing"),
    ("POST", "/api/3.0/mlflow/traces/tr-1/assessments", "tracing"),
    ("POST", "/v1/traces", "tracing"),
    ("POST", "/ajax-api/2.0/mlflow/gateway-proxy", "an LLM gateway"),
    ("GET", "/api/3.0/mlflow/gateway/endpoints/list", "an LLM gateway"),
    ("POST", "/gateway/chat/mlflow/invocations", "an LLM gateway"),
    ("GET", "/api/2.0/mlflow/webhooks", "webhooks"),
    ("POST", "/api/2.0/mlflow/webhooks/7/test", "webhooks"),
    ("POST", "/ajax-api/2.0/mlflow/runs/create-promptlab-run", "the prompt lab"),
    ("POST", "/api/3.0/mlflow/datasets/create", "evaluation datasets"),
    ("DELETE", "/api/3.0/mlflow/datasets/d-1/records", "evaluation datasets"),
    ("POST", "/api/3.0/mlflow/issues", "issues"),
    ("GET", "/api/3.0/mlflow/label-schemas/list", "label schemas for traces"),
    ("POST", "/api/3.0/mlflow/prompt-optimization/jobs", "prompt optimization"),
    ("POST", "/api/3.0/mlflow/review-queues/items/add", "review queues for traces"),
    ("PUT", "/api/3.0/mlflow/scorers/online-config", "scoring on the server"),
    ("POST", "/ajax-api/3.0/mlflow/scorer/invoke", "scoring on the server"),
    ("POST", "/ajax-api/3.0/mlflow/genai/evaluate/invoke", "evaluation on the server"),
    ("GET", "/api/3.0/mlflow/workspaces/default", "workspaces"),
    ("GET", "/api/3.0/mlflow/mcp-servers/a/b/versions", "an MCP server registry"),
    ("POST", "/ajax-api/3.0/mlflow/demo/generate", "demo data"),
    ("POST", "/ajax-api/3.0/jobs/", "jobs"),
    ("PATCH", "/ajax-api/3.0/mlflow/jobs/cancel/7", "jobs"),
    ("POST", "/ajax-api/3.0/mlflow/assistant/message", "an assistant"),
    ("GET", "/ajax-api/3.0/mlflow/ui-telemetry", "telemetry"),
    ("POST", "/api/3.0/mlflow/roles/permissions/add", "roles; use groups instead"),
    ("POST", "/api/3.0/mlflow/users/permissions/grant", "roles; use groups instead"),
    ("POST", "/api/2.0/mlflow/users/create-ui", "self sign-up"),
    ("POST", "/graphql", "GraphQL"),
)


@pytest.mark.parametrize(("method", "path", "feature"), ROUTES)
def test_a_call_that_is_left_out_is_answered_with_501_and_the_name_of_what_is_missing(
    client, method, path, feature
):
    answer = client.open(path, method=method)
    assert answer.status_code == 501
    assert answer.json["error_code"] == "NOT_IMPLEMENTED"
    assert f"does not offer {feature}" in answer.json["message"]


@pytest.mark.parametrize("path", ["/api/3.0/mlflow/traces", "/graphql"])
def test_what_the_body_holds_makes_no_difference(client, path):
    assert client.post(path, data="{torn", content_type="application/json").status_code == 501


@pytest.mark.parametrize(
    "path", ["/api/3.0/mlflow/tracesque", "/api/2.0/mlflow/trace", "/api/4.0/mlflow/traces"]
)
def test_a_path_that_mlflow_does_not_have_either_stays_unknown(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/2.0/mlflow/experiments/search-datasets"),
        ("POST", "/api/2.0/mlflow/runs/search"),
        ("GET", "/api/3.0/mlflow/server-info"),
    ],
)
def test_what_greenroom_does_offer_is_not_taken_for_left_out(client, method, path):
    assert client.open(path, method=method, json={}).status_code != 501


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/3.0/mlflow/traces/search"),
        ("GET", "/api/2.0/mlflow/traces?experiment_ids=0"),
        ("GET", "/ajax-api/2.0/mlflow/unified-traces"),
        ("GET", "/api/3.0/mlflow/traces/batchGet?trace_ids=tr-1"),
        ("POST", "/api/3.0/mlflow/traces/batchGetInfos"),
        ("POST", "/api/2.0/mlflow/traces/link-to-run"),
        ("POST", "/api/2.0/mlflow/traces/link-prompts"),
    ],
)
def test_what_reads_or_links_traces_is_answered_as_by_a_server_without_any(client, method, path):
    answer = client.open(path, method=method, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json) == (200, {})


@pytest.mark.parametrize(
    "path",
    [
        "/api/3.0/mlflow/traces/tr-1",
        "/api/3.0/mlflow/traces/get?trace_id=tr-1",
        "/api/2.0/mlflow/traces/tr-1/info",
    ],
)
def test_no_trace_is_found(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert answer.json["message"] == "Trace with ID 'tr-1' not found."
