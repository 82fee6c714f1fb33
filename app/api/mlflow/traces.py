"""MLflow's calls that read traces, or link them to a run: answered as by a server that has none.

Clients make them at the end of an evaluation whose metrics are logged by then, and fail it if they are refused. Calls
that write traces are left out (`app.api.not_offered`), which clients take for a warning.
"""

from types import SimpleNamespace

from app.api.errors import TraceNotFound
from app.api.fields import Text
from app.api.routing import Answer, call, v2, v3
from app.authz.permissions import Permission

READ = Permission.EXPERIMENTS_READ


@call("POST", "/mlflow/traces/search", READ, reads=True, on=v3)
def search_traces(_args: SimpleNamespace) -> Answer:
    """SearchTracesV3."""
    return {}


@call("GET", "/mlflow/traces", READ)
def search_old_traces(_args: SimpleNamespace) -> Answer:
    """SearchTraces, of clients before MLflow 3."""
    return {}


@call("GET", "/mlflow/unified-traces", READ)
def search_unified_traces(_args: SimpleNamespace) -> Answer:
    """SearchUnifiedTraces."""
    return {}


@call("GET", "/mlflow/traces/batchGet", READ, on=v3)
def get_traces(_args: SimpleNamespace) -> Answer:
    """BatchGetTraces."""
    return {}


@call("POST", "/mlflow/traces/batchGetInfos", READ, reads=True, on=v3)
def get_trace_infos(_args: SimpleNamespace) -> Answer:
    """BatchGetTraceInfos."""
    return {}


@call("POST", "/mlflow/traces/link-to-run", READ, reads=True, on=v2, name="of_run")
@call("POST", "/mlflow/traces/link-to-run", READ, reads=True, on=v3, name="of_run")
@call("POST", "/mlflow/traces/link-prompts", READ, reads=True, on=v2, name="of_prompts")
@call("POST", "/mlflow/traces/link-prompts", READ, reads=True, on=v3, name="of_prompts")
def link_traces(_args: SimpleNamespace) -> Answer:
    """LinkTracesToRun and LinkPromptsToTrace: there is nothing to link."""
    return {}


@call("GET", "/mlflow/traces/get", READ, Text(name="trace_id"), on=v3)
def get_trace(args: SimpleNamespace) -> Answer:
    """GetTrace."""
    raise TraceNotFound(args.trace_id or "")


@call("GET", "/mlflow/traces/<trace_id>", READ, on=v3)
def get_trace_info(args: SimpleNamespace) -> Answer:
    """GetTraceInfoV3."""
    raise TraceNotFound(args.trace_id)


@call("GET", "/mlflow/traces/<trace_id>/info", READ)
def get_old_trace_info(args: SimpleNamespace) -> Answer:
    """GetTraceInfo, of clients before MLflow 3."""
    raise TraceNotFound(args.trace_id)
