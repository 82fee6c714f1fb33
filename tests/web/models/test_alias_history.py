"""The history page says which version an alias pointed at, and when."""

from app.registry import aliases
from tests.factories.registry import make_model, make_versions


def test_the_history_page_shows_aliases(client, do):
    do(make_model)
    do(make_versions, 2)
    do(aliases.set_alias, "churn", "champion", 1)
    do(aliases.set_alias, "churn", "champion", 2)
    page = client.get("/models/churn/history").text
    assert "Periods of aliases" in page and page.count("@champion") == 2
    page = client.get("/models/churn/history?at=2999-01-01").text
    assert "Versions that aliases pointed at" in page
