"""Fifty tills press at once: exactly one coupon is used, and one purchase written down."""

import threading

from sqlalchemy.exc import TimeoutError

from app.campaigns import coupons, redeeming
from app.campaigns.models import Coupon, CouponBatch
from app.core.db import db, is_away
from app.core.errors import Refused
from app.customers.models import Customer
from app.sales.models import Order
from app.staff.models import Staff
from tests import make

TILLS = 50


def press(work):
    """What a press came to; None where the database let nobody in."""
    try:
        answer = work()
        db.session.commit()
        return answer
    except Refused as no:
        return str(no)
    except Exception as error:
        if not (is_away(error) or isinstance(error, TimeoutError)):
            raise
        return None
    finally:
        db.session.rollback()
        db.session.remove()


def at_once(app, work, count=TILLS):
    """What `count` threads came to that began together. Who is not let in presses again."""
    came, ready = [], threading.Barrier(count)

    def till():
        with app.app_context():
            ready.wait()
            while (answer := press(work)) is None:
                continue
            came.append(answer)

    db.session.commit()
    threads = [threading.Thread(target=till) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    return came


def test_of_fifty_tills_exactly_one_wins(app, amy, lin):
    code, amy_id = make.coupon(lin).code, amy.id

    def redeem():
        by = db.session.get(Staff, amy_id)
        redeeming.redeem(redeeming.by_code(code), by=by, cents=15_000)
        return "won"

    came = at_once(app, redeem)
    assert came.count("won") == 1
    assert len([one for one in came if "核销过了" in str(one)]) == TILLS - 1
    assert [one.cents for one in db.session.scalars(db.select(Order))] == [13_000]
    assert db.session.scalars(db.select(Coupon)).one().state == "used"


def test_the_last_coupon_is_given_once(app, amy, lin):
    batch, lin_id = make.batch(rules={"stock": 3, "per_person": 0}).id, lin.id

    def give():
        one = db.session.get(CouponBatch, batch)
        coupons.grant(one, db.session.get(Customer, lin_id), by=None)
        return "given"

    came = at_once(app, give, count=12)
    assert came.count("given") == 3
    assert db.session.get(CouponBatch, batch).granted == 3
