"""The one matrix, and what a lower role finds behind the doors of a higher one."""

import pytest

from app.staff import roles


def test_every_role_has_a_name_and_its_permissions():
    assert set(roles.LABELS) == set(roles.MATRIX)


def test_a_higher_role_may_all_that_a_lower_may():
    agent, manager, owner = (roles.MATRIX[r] for r in (roles.AGENT, roles.MANAGER, roles.OWNER))
    assert agent < manager < owner


@pytest.mark.parametrize("role", ["", "root", "OWNER", "owner ", None])
def test_an_unknown_role_may_nothing(role):
    assert not any(roles.may(role, p) for p in roles.MATRIX[roles.OWNER])


@pytest.mark.parametrize(
    "permission",
    [
        "customers.all",
        "customers.assign",
        "orders.void",
        "import.run",
        "settings.write",
        "jobs.retry",
    ],
)
def test_an_agent_may_not(permission):
    assert not roles.may(roles.AGENT, permission)


def test_a_field_of_a_form_cannot_raise_a_role(browser, amy):
    one = browser.as_(amy)
    one.post("/settings/me/language", language="en", role="owner", is_active="1", id="9")
    assert (amy.language, amy.role) == ("en", "agent")
