"""MLmodel files: what they say is shown, what they try is not done."""

import json
import re
import time

import pytest

from app.artifacts import parse, store
from app.artifacts.mlmodel import ModelFile, read_mlmodel
from app.artifacts.model_signature import SignatureField

PLACE = parse("0/run/artifacts/model")

MLMODEL = """\
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
    loader_module: mlflow.sklearn
    python_version: 3.11.7
  sklearn:
    code: null
    sklearn_version: 1.9.1
mlflow_version: 3.17.2
model_id: m-1
model_size_bytes: 10778
model_uuid: 92f085aa2d7a4ab18335ec9e45d0d3b0
run_id: abc
signature:
  inputs: '[{"type": "long", "name": "a", "required": true}, {"type": "double", "name":
    "b", "optional": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1, 3]}}]'
  params: '[{"name": "t", "default": 1, "shape": null, "type": "long"}]'
utc_time_created: '2026-11-23 05:52:58.083813'
"""


@pytest.fixture
def read(storing):
    def read(text, **others):
        for name, content in {"MLmodel": text, **others}.items():
            data = content if isinstance(content, bytes) else content.encode()
            store().write(PLACE.joined(name.replace("_", ".")), [data], None)
        return read_mlmodel(PLACE)

    return read


def test_a_folder_without_one_has_none(storing):
    assert read_mlmodel(PLACE) is None
    store().write(PLACE.joined("MLmodel/x"), [b""], None)
    assert read_mlmodel(PLACE) is None


def test_what_mlflow_writes_is_read(read):
    found = read(MLMODEL, requirements_txt="# pinned\nmlflow==3.17.2\n\n scikit-learn==1.9.1 \n")
    assert found == ModelFile(
        flavors={
            "python_function": {"loader_module": "mlflow.sklearn", "python_version": "3.11.7"},
            "sklearn": {"sklearn_version": "1.9.1"},
        },
        inputs=[SignatureField("a", "long", True), SignatureField("b", "double", False)],
        outputs=[SignatureField("", "Tensor(int64)", True, "(-1, 3)")],
        params=[SignatureField("t", "long", False, None, "1")],
        run_id="abc",
        model_id="m-1",
        model_uuid="92f085aa2d7a4ab18335ec9e45d0d3b0",
        utc_time_created="2026-11-23 05:52:58.083813",
        mlflow_version="3.17.2",
        python_version="3.11.7",
        model_size_bytes=10778,
        requirements=["mlflow==3.17.2", "scikit-learn==1.9.1"],
    )


@pytest.mark.parametrize(
    "shape, shown", [([-1], "(-1,)"), ([-1, 28, 28], "(-1, 28, 28)"), ([], "()"), ("x", None)]
)
def test_a_shape_is_written_as_python_writes_it(read, shape, shown):
    columns = json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": shape}}])
    found = read(f"signature:\n  inputs: '{columns}'\n")
    assert found.inputs == [SignatureField("", "Tensor(float32)", True, shown)]


def types(read, columns):
    found = read(f"flavors: {{}}\nsignature:\n  inputs: '{json.dumps(columns)}'\n")
    assert found.error is None
    return [one.type for one in found.inputs]


def test_nested_types_are_written_out(read):
    obj = {
        "p": {"type": "string", "required": True},
        "q": {"type": "array", "items": {"type": "long"}, "required": False},
    }
    assert types(
        read,
        [
            {"type": "array", "items": {"type": "string"}, "name": "arr"},
            {"type": "object", "properties": obj},
            {"type": "map", "values": {"type": "string"}},
            {"type": "any"},
        ],
    ) == ["Array(string)", "{p: string, q: Array(long) (optional)}", "Map(string -> string)", "any"]


def test_a_type_nested_too_deeply_or_too_long_is_cut(read):
    deep = {"type": "long"}
    for _level in range(30):
        deep = {"type": "array", "items": deep}
    shown = types(read, [deep, {"type": "x" * 10_000}])
    assert "…" in shown[0] and len(shown[1]) == 400


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text, says",
    [
        (LAUGHS, "aliases"),
        ("a: &a\n  b: *a\n", "aliases"),
        ("flavors: !!python/object/apply:os.system ['touch /tmp/owned']", "tags"),
        ("flavors: !!js/function 'function(){}'", "tags"),
        ("<<: !!binary x", "tags"),
        ("[" * 100_000, "too much|not valid"),
        ("{a: " * 300, "too much|not valid"),
        ("\n".join(" " * depth + "a:" for depth in range(500)), "too much|not valid"),
        ("x: [" + "a," * 400_000 + "]", "too much"),
        ("a: b: c", "not valid"),
        ("a: \x00", "not valid"),
        ("? {a: b}\n: c", "key"),
        ("- a list", "not a mapping"),
        ("", "not a mapping"),
        (b"\xff\xfe\x00", "UTF-8"),
        ("a: " + "x" * (1024 * 1024), "too large"),
    ],
)
def test_a_file_that_is_broken_or_a_trap_is_one_sentence_and_quick(read, text, says):
    began = time.process_time()
    found = read(text)
    assert found.error is not None and found.error.startswith("The MLmodel file ")
    assert re.search(says, found.error)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "signature",
    [
        "not json",
        "{}",
        "[1]",
        "[" * 10_000,
        "[{}" + ", {}" * 3000 + "]",
        '{"a": 1e400}',
        "9" * 5000,
    ],
)
def test_a_broken_signature_leaves_the_rest_readable(read, signature):
    found = read(f"mlflow_version: 3.17.2\nsignature:\n  inputs: '{signature}'\n")
    assert found.error == "The MLmodel file's signature cannot be read (its inputs)."
    assert (found.mlflow_version, found.inputs) == ("3.17.2", [])


def test_values_of_wrong_types_are_left_out(read):
    found = read(
        "flavors: [a]\nsignature: text\nrun_id: [1]\nmodel_size_bytes: 1e9\nmlflow_version: {a: b}\nmodel_id: 1:1:1:1\n"
    )
    assert (found.flavors, found.run_id, found.model_size_bytes, found.mlflow_version) == (
        {},
        None,
        None,
        None,
    )
    assert found.model_id == "1:1:1:1"
    assert found.error == "The MLmodel file's signature is not a mapping."


def test_requirements_that_are_no_text_are_none(read):
    assert read(MLMODEL, requirements_txt=b"\xff\xfe").requirements == []
