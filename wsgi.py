"""Where servers and the `flask` command find the application.

What a program is made of is no garbage. Nobody looks for any while it is put together, which takes
a fifth less time so; and what stands then is never looked at again: each such look would stop every
request, and a write with the writer's lock in hand, for 100 ms.
"""

import gc

gc.disable()

import os  # noqa: E402 - all that follows is what the program is made of
import sys  # noqa: E402

from sqlalchemy.orm import configure_mappers  # noqa: E402

from app import create_app  # noqa: E402
from app.config import Unsafe  # noqa: E402

os.umask(0o077)  # the shop's data is for the account that runs us alone

try:
    app = create_app()
except Unsafe as unsafe:
    sys.exit(f"熟客 does not start: {unsafe}")

configure_mappers()
gc.freeze()
gc.enable()
