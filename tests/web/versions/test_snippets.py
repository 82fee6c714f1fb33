"""Lines to copy come with data that the model takes."""

import json
import shlex

import pytest

from app.artifacts.model_signature import SignatureField
from app.web.versions import snippets


def field(name, kind, shape=None):
    return SignatureField(name, kind, True, shape)


def said(*inputs):
    """What Python, the batch and the request say of a model with these inputs."""
    given = snippets.sample(inputs)
    python = snippets.load("models:/m/1", "http://here", given)
    compile(python, "snippet", "exec")
    batch = snippets.batch("models:/m/1", "http://here", given)
    return python, batch, json.loads(shlex.split(snippets.ask(given))[-1])


def test_columns_make_a_row_for_python_for_a_file_and_for_a_request():
    python, batch, body = said(field("plan", "string"), field('a "b"', "double"), field("ok", "boolean"))
    assert "import pandas\n" in python
    assert 'data = pandas.DataFrame({"plan": ["a"], "a \\"b\\"": [1.5], "ok": [True]})' in python
    assert shlex.split(batch)[2:7] == ["printf", "%s\\n", 'plan,"a ""b""",ok', "a,1.5,True", ">"]
    assert "--input-path example.csv" in batch
    assert body == {"dataframe_split": {"columns": ["plan", 'a "b"', "ok"], "data": [["a", 1.5, True]]}}


def test_a_column_whose_type_a_file_would_lose_is_made_in_python_only():
    python, batch, _body = said(field("n", "integer"), field("at", "datetime"))
    assert 'pandas.Series([1], dtype="int32")' in python and "pandas.to_datetime(" in python
    assert "printf" not in batch and "--input-path input.csv" in batch


def test_a_name_cannot_leave_its_word_of_the_shell():
    _python, batch, _body = said(field("a\n$(touch here)'", "long"))
    assert shlex.split(batch)[4] == '"a\n$(touch here)\'"'


def test_a_tensor_is_made_in_its_shape():
    python, batch, body = said(field("", "Tensor(float32)", "(-1, 2, 2)"))
    assert 'data = numpy.ones((1, 2, 2), dtype="float32")' in python
    assert body == {"inputs": [[[1.0, 1.0], [1.0, 1.0]]]}
    assert "printf" not in batch


@pytest.mark.parametrize(
    "inputs",
    [
        [],
        [field("", "Tensor(float32)", "(-1, 224, 224, 3)")],
        [field("", "Tensor(str)", "(-1,)")],
        [field("", "double")],
        [field("tokens", "Array(string)")],
        [field("a", "long"), field("", "long")],
        [field(f"c{number}", "long") for number in range(snippets.MAX_COLUMNS + 1)],
    ],
)
def test_what_a_model_takes_is_left_to_the_reader_where_it_is_not_known_or_too_long(inputs):
    python, batch, body = said(*inputs)
    assert "data = " not in python and python.endswith("model.predict(data))")
    assert "printf" not in batch
    assert len(body["dataframe_split"]["columns"]) <= snippets.MAX_COLUMNS
