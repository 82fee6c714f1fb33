"""What filters find in the registry. Expectations on MLflow's own fields were taken from MLflow 3.17."""

import pytest

from app.core.errors import InvalidParameter
from app.registry.search_fields import MODELS, VERSIONS
from app.search import plan

ALL = ["Churn_x", "churn", "fraud"]

MODEL_FILTERS = {
    "": ALL,
    "name = 'churn'": ["churn"],
    'name = "churn"': ["churn"],
    "name != 'churn'": ["Churn_x", "fraud"],
    "name LIKE 'churn%'": ["churn"],
    "name LIKE 'Churn_x'": ["Churn_x"],
    "name like '_raud'": ["fraud"],
    "name LIKE '%'": ALL,
    "name LIKE ''": [],
    "name LIKE '[c]hurn'": [],
    "name LIKE '*'": [],
    "name LIKE 'chur?'": [],
    "name ILIKE 'CHURN%'": ["Churn_x", "churn"],
    "name ILIKE 'churn\\_x'": [],
    "name IN ('churn', \"fraud\",)": ["churn", "fraud"],
    "name NOT IN ('churn')": ["Churn_x", "fraud"],
    "name not  in ('churn')": ["Churn_x", "fraud"],
    "attribute.name = 'churn'": ["churn"],
    "tags.team = 'risk'": ["churn"],
    "tag.team = 'risk'": ["churn"],
    "tags.team != 'risk'": ["Churn_x"],
    "tags.team ILIKE 'risk'": ["Churn_x", "churn"],
    "tags.team = 'risk' AND tags.tier = '1'": ["churn"],
    "tags.team = 'risk' and tags.tier = '2'": [],
    "tags.team = 'risk' AND tags.team != 'x'": ["churn"],
    "tags.team != 'risk' AND tags.team != 'x'": ["Churn_x"],
    "tags.`a b` = 'x%y'": ["fraud"],
    "tags.\"a b\" LIKE 'x%'": ["fraud"],
    "tags.'a b' LIKE 'x%'": ["fraud"],
    "tags.missing != 'x'": [],
    "name='churn'AND tags.team='risk'": ["churn"],
    # MLflow passes over these:
    "name = 'churn' AND": ["churn"],
    "AND name = 'churn'": ["churn"],
    "name = 'churn' tags.team = 'risk'": ["churn"],
    "name = 'churn' AND AND tags.team = 'risk'": ["churn"],
    # Greenroom's own:
    "name = 'churn' OR name = 'fraud'": ["churn", "fraud"],
    "NOT name = 'churn'": ["Churn_x", "fraud"],
    "NOT (tags.team = 'risk' OR tags.tier = '2')": ["Churn_x"],
    "tags.tier = '1' OR tags.tier = '2' AND name = 'x'": ["churn"],
    "(tags.tier = '1' OR tags.tier = '2') AND name = 'fraud'": ["fraud"],
    "tags.tier IS NULL": ["Churn_x"],
    "tags.tier IS NOT NULL": ["churn", "fraud"],
    "stage = 'Production'": ["churn", "fraud"],
    "stage IN ('Staging', 'Archived')": ["churn"],
    "stage = 'production'": ["churn", "fraud"],
    "stage LIKE 'PROD%'": ["churn", "fraud"],
    "stage IN ('STAGING', 'archived')": ["churn"],
    "stage = 'product_on'": [],
    "stage = 'duct'": [],
    "alias = 'champion'": ["churn"],
    "alias IS NULL": ["Churn_x", "fraud"],
    "author = 'kim'": ["Churn_x"],
    "updated > '1970-01-03'": ["churn"],
    "updated >= '1970-01-03'": ["Churn_x", "churn"],
    "updated = '1970-01-03'": ["Churn_x"],
    "updated != '1970-01-03'": ["churn", "fraud"],
    "updated <= '1970-01-03T00:00:00Z'": ["Churn_x", "fraud"],
    "updated < '1970-01-03T01:00:00+01:00'": ["fraud"],
    "updated < 172800000": ["fraud"],
    "updated <= 1728e5": ["Churn_x", "fraud"],
    "description LIKE '%leaves%'": ["churn"],
    "description IS NULL": ["Churn_x"],
    "NOT description = 'x'": ALL,
    "description CONTAINS '100% [SURE]'": ["fraud"],
    "any_tag CONTAINS 'team=RISK'": ["Churn_x", "churn"],
}

ALL_VERSIONS = ["fraud:1", "Churn_x:1", "churn:3", "churn:2", "churn:1"]

VERSION_FILTERS = {
    "": ALL_VERSIONS,
    "name = 'churn'": ["churn:3", "churn:2", "churn:1"],
    "name='churn' AND version_number = 2": ["churn:2"],
    "version_number = '2'": ["churn:2"],
    "version_number >= 2": ["churn:3", "churn:2"],
    "version_number != 1": ["churn:3", "churn:2"],
    "version_number = -1": [],
    "run_id = 'r2'": ["Churn_x:1", "churn:2"],
    "run_id != 'r2'": ["fraud:1", "churn:3", "churn:1"],
    "run_id IN ('r1', 'r2')": ["Churn_x:1", "churn:2", "churn:1"],
    "run_id NOT IN ('r2')": ["fraud:1", "churn:3", "churn:1"],
    "source_path LIKE 's3://%'": ["fraud:1", "churn:3", "churn:2", "churn:1"],
    "source_path = 'dbfs:/x'": ["Churn_x:1"],
    "tags.acc = '0.8'": ["fraud:1", "churn:2"],
    "tags.acc = '0.8' AND tags.lang = 'py'": ["churn:2"],
    "tags.acc != '0.8'": ["churn:1"],
    # Greenroom's own:
    "NOT run_id = 'r2'": ["fraud:1", "churn:3", "churn:1"],
    "stage = 'Production'": ["fraud:1", "churn:2"],
    "stage = 'pRODUCTION'": ["fraud:1", "churn:2"],
    "stage LIKE 'pro%ion'": ["fraud:1", "churn:2"],
    "stage IN ('production')": ["fraud:1", "churn:2"],
    "stage != 'PRODUCTION' AND name = 'churn'": ["churn:3", "churn:1"],
    "stage NOT IN ('production', 'NONE') AND name = 'churn'": ["churn:3", "churn:1"],
    "stage NOT IN ('production', 'archived') AND name = 'churn'": ["churn:3"],
    "alias = 'champion' OR alias = 'challenger'": ["churn:3", "churn:2"],
    "author = 'kim'": ["churn:3"],
    "created = '1970-01-02'": ["churn:1"],
    "updated >= '1970-01-04'": ["fraud:1"],
    "description ILIKE 'RE%'": ["churn:3"],
}


def test_models_are_found_as_the_filter_says(filled):
    assert {filter: filled.models(filter) for filter in MODEL_FILTERS} == MODEL_FILTERS


def test_versions_are_found_as_the_filter_says(filled):
    assert {filter: filled.versions(filter) for filter in VERSION_FILTERS} == VERSION_FILTERS


REFUSED = {
    "NAME = 'x'": "there is no attribute 'NAME'",
    "name > 'x'": "> cannot be used with name",
    "name = 1": "compared with a string",
    "tags.a > 'x'": "> cannot be used with tags.a",
    "tags.a IN ('x')": "IN cannot be used",
    "tags.a = 1": "compared with a string",
    "foo.name = 'x'": "nothing stands under 'foo'",
    "name IN (1)": "compared with a string",
    "name LIKE ('x')": "expected a string",
    "updated > 'yesterday'": "compared with a time",
    "updated LIKE '2026%'": "LIKE cannot be used",
    "updated = 99999999999999999999": "compared with a time",
    "updated = 1e400": "compared with a time",
    "name LIKE '" + "%a" * 40 + "'": "more than 32 wildcards",
    "name LIKE '" + "a" * 1001 + "'": "longer than 1000",
    "name CONTAINS '" + "a" * 1001 + "'": "longer than 1000",
}


@pytest.mark.parametrize(("filter", "message"), REFUSED.items())
def test_a_filter_on_models_is_refused_with_its_reason(filter, message):
    with pytest.raises(InvalidParameter) as refused:
        plan(MODELS, filter=filter, max_results=1)
    assert refused.value.explanation.startswith("Invalid filter at ")
    assert message in refused.value.explanation


@pytest.mark.parametrize(
    "filter",
    [
        "version_number = 1.5",
        "version_number LIKE '1'",
        "version_number = 'x'",
        "version_number IN (1)",
        "version_number = 99999999999999999999",
        "source_path IN ('a')",
        "run_id = 1",
        "creation_timestamp > 1",
    ],
)
def test_a_filter_on_versions_that_mlflow_refuses_is_refused(filter):
    with pytest.raises(InvalidParameter):
        plan(VERSIONS, filter=filter, max_results=1)


def test_a_mistake_is_shown_where_it_stands():
    with pytest.raises(InvalidParameter) as refused:
        plan(MODELS, filter="name = 'x' AND tgas.team = 'risk'", max_results=1)
    assert refused.value.explanation.startswith("Invalid filter at character 16, at \"tgas.team = 'risk'\"")
    assert "the prefixes are" in refused.value.explanation


def test_prompts_are_hidden_unless_asked_for(filled):
    prompt = filled.model("greet", tags={"mlflow.prompt.is_prompt": "true"})
    filled.version(prompt, 1, at=0, tags={"mlflow.prompt.is_prompt": "true"})
    tag = "tags.`mlflow.prompt.is_prompt`"
    assert filled.models() == ALL
    assert filled.models("name = 'greet'") == []
    for asking in (f"{tag} = 'true'", f"{tag} != 'false'", "tag.mlflow.prompt.is_prompt = 'true'"):
        assert filled.models(asking) == ["greet"]
        assert filled.versions(asking) == ["greet:1"]
    for not_asking in (f"{tag} = 'false'", f"{tag} != 'true'", f"{tag} LIKE 'x'"):
        assert filled.models(not_asking) == ALL
        assert filled.versions(not_asking) == ALL_VERSIONS
    assert filled.models(f"name LIKE 'c%' AND {tag} != 'true'") == ["churn"]
