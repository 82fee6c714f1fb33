"""Evaluates with a scorer of its own: the metrics are kept and the run ends well, though traces are kept nowhere."""

import sys

import mlflow
from mlflow.genai.scorers import scorer

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("judged")


@scorer
def exact(outputs, expectations):
    return outputs == expectations["expected_response"]


data = [
    {"inputs": {"question": answer}, "outputs": answer, "expectations": {"expected_response": "a"}}
    for answer in ("a", "b")
]
result = mlflow.genai.evaluate(data=data, scorers=[exact])

run = mlflow.get_run(result.run_id)
assert run.info.status == "FINISHED", run.info.status
assert run.data.metrics == {"exact/mean": 0.5}, run.data.metrics
assert mlflow.search_traces(locations=[run.info.experiment_id], return_type="list") == []
