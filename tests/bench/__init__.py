"""How fast Greenroom answers, beside a real MLflow server and an empty route: `python -m tests.bench --help`."""
