"""Every route of the server that the installed MLflow starts, as lines of "METHOD path".

Those that it has only with accounts come with ANY for a method, since they are declared in a module that
wants more libraries than a client has; their paths are in one that does not.
"""

import importlib.util
from pathlib import Path

from fastapi.routing import iter_route_contexts
from mlflow import server
from mlflow.server.fastapi_app import app
from starlette.routing import Mount

# What is native to its newer server, and what that passes on to its older one.
routes = {
    (method, context.path)
    for context in iter_route_contexts(app.routes)
    if not isinstance(context.original_route, Mount)
    for method in context.methods
}
routes |= {(method, rule.rule) for rule in server.app.url_map.iter_rules() for method in rule.methods}
known = {path for _method, path in routes}

spec = importlib.util.spec_from_file_location("routes", Path(server.__file__).parent / "auth" / "routes.py")
accounts = importlib.util.module_from_spec(spec)
spec.loader.exec_module(accounts)
routes |= {("ANY", path) for name, path in vars(accounts).items() if name.isupper() and path not in known}

for method, path in sorted(routes):
    if method not in ("HEAD", "OPTIONS"):
        print(method, path)
