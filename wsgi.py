"""Where servers and the `flask` command find the application."""

import sys

from app import create_app
from app.config import Unsafe

try:
    app = create_app()
except Unsafe as unsafe:
    sys.exit(f"熟客 does not start: {unsafe}")
