"""A line between a program and its database that is cut when a transaction was committed and the answer is on its way."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from psycopg.conninfo import conninfo_to_dict

_COMMIT = re.compile(rb"Q....COMMIT", re.DOTALL)
_COMMITTED = b"COMMIT\x00"


@dataclass
class Proxy:
    """Lets everything through until a connection that has sent `after` commits; then resets that one. cuts: how often."""

    url: str
    after: bytes
    cuts: int = 0
    threads: list[threading.Thread] = field(default_factory=list)


@contextmanager
def cut_after_commit(url: str, after: bytes) -> Iterator[Proxy]:
    """A proxy before the server of a URL; its own `url` leads through it. Only the first commit after `after` is cut."""
    parts = conninfo_to_dict(url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        password = f":{parts['password']}" if parts.get("password") else ""
        proxy = Proxy(
            f"postgresql://{parts['user']}{password}@127.0.0.1:{port}/{parts['dbname']}?sslmode=disable&gssencmode=disable",
            after,
        )
        accepting = threading.Thread(target=_accept, args=(proxy, listening, parts), daemon=True)
        accepting.start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
    for thread in [accepting, *proxy.threads]:
        thread.join(5)


def _accept(proxy: Proxy, listening: socket.socket, parts: dict) -> None:
    with suppress(OSError):
        while True:
            client, _ = listening.accept()
            server = _server(parts)
            line = _Line(proxy, client, server)
            proxy.threads += [threading.Thread(target=of, daemon=True) for of in (line.asks, line.answers)]
            for thread in proxy.threads[-2:]:
                thread.start()


def _server(parts: dict) -> socket.socket:
    host, port = str(parts.get("host") or "localhost"), int(parts.get("port") or 5432)
    if host.startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server
    return socket.create_connection((host, port))


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket):
        self.proxy, self.client, self.server = proxy, client, server
        self.is_armed = self.commits = False

    def asks(self) -> None:
        while data := _received(self.client):
            self.is_armed |= self.proxy.after in data
            if self.is_armed and not self.proxy.cuts and _COMMIT.search(data):
                self.commits = True
                self.proxy.cuts += 1
            self.server.sendall(data)
        _close(self.server)

    def answers(self) -> None:
        while data := _received(self.server):
            if self.commits and _COMMITTED in data:
                # Reset, not ended: what a firewall or a restarted router does.
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                break
            with suppress(OSError):
                self.client.sendall(data)
        _close(self.client)
        _close(self.server)


def _received(of: socket.socket) -> bytes:
    try:
        return of.recv(1 << 16)
    except OSError:
        return b""


def _close(one: socket.socket) -> None:
    """Also where another thread waits for it to say something: that one wakes up, and lets go of it too."""
    with suppress(OSError):
        is_reset = one.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER)
        one.shutdown(socket.SHUT_RD if is_reset else socket.SHUT_RDWR)
    one.close()
