"""Many at the same instant: threads that start together, each in a context of its own."""

import contextvars
import threading
import time
from contextlib import contextmanager

from app.core.db import db


def at_once(app, *runs):
    """Run all functions at the same moment; what each returned or raised, in their order."""
    db.session.commit()
    answers = [None] * len(runs)
    start = threading.Barrier(len(runs))

    def one(place, run):
        with app.app_context():
            start.wait(10)
            try:
                answers[place] = run()
            except Exception as error:  # the test looks at it
                answers[place] = error
            finally:
                db.session.rollback()

    threads = [
        threading.Thread(target=contextvars.Context().run, args=(one, place, run))
        for place, run in enumerate(runs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.expire_all()
    db.session.commit()
    return answers


@contextmanager
def meanwhile(app, act):
    """Inside, `act` has been done in a transaction that commits only half a second later."""
    db.session.commit()
    done = threading.Event()

    def slowly():
        with app.app_context():
            act()
            db.session.flush()
            done.set()
            time.sleep(0.5)
            db.session.commit()

    thread = threading.Thread(target=contextvars.Context().run, args=(slowly,))
    thread.start()
    assert done.wait(10)
    yield
    thread.join(10)
    db.session.expire_all()
