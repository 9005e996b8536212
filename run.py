"""`make run`: prepare the database, then become the parent of the web server and the worker.

Where it can (Linux), both.py starts the two from one copy of the code and becomes parent.py, told
their numbers: the process stays the same, so they are its children. Elsewhere parent.py starts
them.
"""

import os
import platform
import signal
import socket
import subprocess
import sys
from pathlib import Path

from dotenv import dotenv_values

from parent import ENDS

ROOT = Path(__file__).resolve().parent


def main() -> int:
    os.chdir(ROOT)
    given = settings()
    os.environ["SHUKE_ENV"] = given.get("SHUKE_ENV", "demo")
    os.environ["FLASK_APP"] = "wsgi"
    host, port = given.get("HOST", "127.0.0.1"), given.get("PORT", "8000")
    if not port.isdigit() or not _is_free(host, int(port)):
        print(f"端口 {port} 打不开或已被占用：换一个，例如 PORT=8001 make run", file=sys.stderr)
        return 1
    print("准备数据库 … / preparing the database", flush=True)
    for step in (["db", "upgrade"], *_demo_steps()):
        if subprocess.run([sys.executable, "-m", "flask", *step], check=False).returncode:
            print(f"「flask {' '.join(step)}」没有成功，原因见上面。", file=sys.stderr)
            return 1
    program = "both.py" if platform.system() == "Linux" else "parent.py"
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)  # one that comes now is heard afterwards
    return os.execv(sys.executable, [sys.executable, "-OO", program, host, port])


def settings() -> dict[str, str]:
    """What `.env` says, and over it the environment: as the programs read them themselves."""
    from_file = {k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}
    return {**from_file, **os.environ}


def _demo_steps() -> list[list[str]]:
    return [["demo", "load", "--if-empty"]] if os.environ["SHUKE_ENV"] == "demo" else []


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
