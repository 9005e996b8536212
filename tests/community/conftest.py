"""A shop of three communities, each with somebody who answers for it."""

import pytest

from app.community import groups
from app.core.db import db


@pytest.fixture
def three(app, chief, amy, ben):
    """售前 is amy's, 客户 the shop's, 售后 ben's."""
    groups.open_first()
    presale, customers, aftersale = groups.every()
    for group, owner in ((presale, amy), (aftersale, ben)):
        groups.edit(
            group, name=group.name, purpose=group.purpose, owner=owner, deputies=[], by=chief
        )
    db.session.commit()
    return presale, customers, aftersale
