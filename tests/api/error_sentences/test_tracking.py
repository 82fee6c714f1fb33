"""MLflow's sentences about tracking, which its clients read."""

import pytest

from app.api.error_sentences import sentence
from app.tracking import errors

CHANGES = [{"key": "p", "old_value": "1", "new_value": "2"}]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.ExperimentNotFound(7), "No Experiment with id=7 exists"),
        (errors.ExperimentNameNotFound("churn"), "Could not find experiment with name 'churn'"),
        (
            errors.ExperimentIsDeleted(7),
            "The experiment 7 must be in the 'active' state. Current state is deleted.",
        ),
        (errors.RunNotFound("abc"), "Run with id=abc not found"),
        (errors.RunIsDeleted("abc"), "The run abc must be in the 'active' state. Current state is deleted."),
        (
            errors.RunNamesDiffer("a", "mlflow.runName", "b"),
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            "(run_name='a', mlflow.runName='b').",
        ),
        (errors.InvalidRunId("a b"), "Invalid value \"a b\" for parameter 'run_id' supplied."),
        (
            errors.ParamChanged("p", "1", "2", "abc"),
            "Changing param values is not allowed. Param with key='p' was already logged with value='1' for "
            "run ID='abc'. Attempted logging new value '2'.",
        ),
        (
            errors.ParamsChanged(CHANGES, "abc"),
            "Changing param values is not allowed. Params were already logged="
            "'[{'key': 'p', 'old_value': '1', 'new_value': '2'}]' for run ID='abc'.",
        ),
        (
            errors.BatchTooLarge("tags", 101, 100),
            "A batch logging request can contain at most 100 tags. Got 101 tags. "
            "Please split up tags across multiple requests and try again.",
        ),
        (
            errors.DuplicateParams(["p"]),
            "Duplicate parameter keys have been submitted: ['p']. Please ensure the request contains only one "
            "param value per param key.",
        ),
        (
            errors.IncompleteDataset(),
            "Both dataset_name and dataset_digest must be provided if one is provided",
        ),
        (
            errors.NegativeTimestamp("m", 1.0, -1, field="metrics[1].timestamp"),
            "Invalid value -1 for parameter 'metrics[1].timestamp' supplied: metric 'm' (value=1.0). "
            "Timestamp must be a nonnegative long (64-bit integer) ",
        ),
        (errors.LoggedModelNotFound("m-0"), "Logged model with ID 'm-0' not found."),
        (errors.LoggedModelTagNotFound("a", "m-0"), "No tag with key 'a' found for model with ID 'm-0'."),
        (
            errors.InvalidLoggedModelName("a/b", ("/", ":")),
            "Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain "
            "the following characters: ('/', ':')",
        ),
        (errors.UnknownOrderField("x"), "Invalid order by field name: x"),
        (
            errors.OrderFieldNotMetric("params.x"),
            "Invalid order by field name: params.x. Only metrics are supported.",
        ),
    ],
)
def test_a_client_is_told_mlflows_sentence(error, expected):
    assert sentence(error) == expected
