"""Where servers and the `flask` command find the application."""

import os
import sys

from app import create_app
from app.config import Unsafe

os.umask(0o077)  # the shop's data is for the account that runs us alone

try:
    app = create_app()
except Unsafe as unsafe:
    sys.exit(f"熟客 does not start: {unsafe}")
