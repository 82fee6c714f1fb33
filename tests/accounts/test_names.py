"""What accounts and groups may be called."""

import pytest

from app.accounts import accounts, errors, groups
from app.core.errors import InvalidParameter


@pytest.mark.parametrize("name", ["a", "7", "anna.schmidt+ml@example.org", "CI-Bot_7", "x" * 128])
def test_what_is_a_name(root, name):
    assert accounts.create(name, actor=root).name == name
    assert groups.create(name, actor=root).name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "x" * 129,
        "a b",
        "anna\n",
        "a/b",
        "a:b",
        "..",
        ".",
        "@",
        "ännä",
        "a\0",
        "a\u202eb",
        "<b>",
        "a%20b",
    ],
)
def test_what_is_none(root, name):
    for make in (accounts.create, groups.create):
        with pytest.raises(errors.InvalidName) as refused:
            make(name, actor=root)
        assert refused.value.field == "name"


def test_names_that_differ_in_case_only_are_the_same(root):
    for module, kind in ((accounts, errors.AccountNameTaken), (groups, errors.GroupNameTaken)):
        module.create("Anna@Example.org", actor=root)
        with pytest.raises(kind) as refused:
            module.create("ANNA@example.org", actor=root)
        assert refused.value.field == "name"
        assert module.find("anna@example.ORG").name == "Anna@Example.org"


@pytest.mark.parametrize("name", ["nobody", "a\0", "x" * 5000, "\udc80"])
def test_who_is_not_there_is_not_found(root, name):
    for module, kind in ((accounts, errors.AccountNotFound), (groups, errors.GroupNotFound)):
        with pytest.raises(kind):
            module.find(name)


def test_no_group_is_everyone_or_the_administrators_by_its_name_alone(root):
    for name in ("everyone", "Users", "admins"):
        with pytest.raises(InvalidParameter):
            groups.create(name, actor=root)
    groups.create("Admins", is_admin=True, actor=root)
    with pytest.raises(InvalidParameter):
        groups.set_admin("admins", False, actor=root)
    groups.create("team", actor=root)
    with pytest.raises(InvalidParameter):
        groups.rename("team", "everyone", actor=root)
