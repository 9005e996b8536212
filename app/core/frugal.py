"""A small machine: what the processes that run all day do to stay small."""

import ctypes

M_ARENA_MAX = -8  # of glibc's malloc.h


def one_heap() -> None:
    """One heap for all threads. By default glibc gives each its own, and never gives them back.

    Measured with eight threads at a million customers: 45 MB less, no time lost, for Python lets
    one thread work at a time anyway. Other C libraries have no such setting and need none.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, 1)
