"""One byte a second: such a line is cut, and meanwhile nobody waits for it."""

import contextlib
import socket

import pytest
from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server

from app.core import dripping

pytestmark = pytest.mark.once
HEAD = b"POST /wechat/callback HTTP/1.1\r\nHost: shop\r\nContent-Length: 90000\r\n\r\n"


def hello(_environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@pytest.fixture
def server(monkeypatch):
    """The shop's web server, which does a step when it is told to, by a clock that we hold."""
    monkeypatch.setattr(TcpWSGIServer, "channel_class", dripping.Channel)
    monkeypatch.setattr(dripping, "monotonic", lambda: server.clock)
    server = create_server(hello, map={}, host="127.0.0.1", port=0, threads=1)
    server.clock = 0.0
    yield server
    server.task_dispatcher.shutdown()
    wasyncore.close_all(server._map)


def step(server, seconds=0.0):
    server.clock += seconds
    wasyncore.loop(timeout=0.01, map=server._map, count=1)


def channels(server):
    return [one for one in server._map.values() if isinstance(one, dripping.Channel)]


def is_open(server, line):
    return line.getsockname() in [one.addr for one in channels(server)]


def turn_until(server, is_so):
    for _turn in range(200):
        if is_so():
            return
        step(server)


def send(lines, *sizes):
    for line, size in zip(lines, sizes, strict=True):
        line.sendall(b"x" * size)


def begun(server, count):
    return lambda: sum(one.request is not None for one in channels(server)) == count


def answer_to(server, line, said):
    line.sendall(said)
    line.settimeout(0)
    heard = []

    def has_answer():
        with contextlib.suppress(BlockingIOError):
            heard.append(line.recv(1000))
        return bool(heard)

    turn_until(server, has_answer)
    return b"".join(heard)


def test_who_sends_by_the_drop_is_cut_off_and_nobody_waits_for_it(server):
    where = (server.effective_host, server.effective_port)
    with contextlib.ExitStack() as open_ones:
        lines = [open_ones.enter_context(socket.create_connection(where)) for _line in range(4)]
        *slow, other = lines
        for line in slow:
            line.sendall(HEAD)
        turn_until(server, begun(server, 3))
        for _second in range(30):
            send(slow, 1, 1, 1100)  # the last is a telephone in a cellar
            step(server)
            step(server, 1)
        assert all(is_open(server, line) for line in slow)
        assert answer_to(server, other, b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n").endswith(b"hello")
        server.clock += 1
        send(slow, 1, 1, 2000)
        turn_until(server, lambda: not any(is_open(server, line) for line in slow[:2]))
        assert [is_open(server, line) for line in lines] == [False, False, True, True]


def test_what_comes_at_some_pace_is_waited_for():
    assert dripping.drips(31, 5000)
    assert not dripping.drips(29, 1)
    assert not dripping.drips(600, 10_000_000)
