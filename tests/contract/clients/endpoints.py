"""Every call that the installed MLflow declares, as lines of "METHOD path"."""

from mlflow.server.handlers import get_endpoints

for path, _handler, methods in get_endpoints():
    for method in methods:
        print(method, path)
