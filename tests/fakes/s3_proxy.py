"""A proxy on loopback before an object store, which loses, delays and refuses what it is asked."""

import re
import socket
import struct
import threading
import time
from contextlib import contextmanager

__all__ = ["Faults", "running_proxy"]

SLOW_DOWN = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%s"
)
SAID = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class Faults:
    """What goes wrong: every so manieth request, and for how long; and what was asked so far."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests, self.lines, self.sent = 0, [], 0
        self.clear()

    def clear(self):
        """Nothing goes wrong from now on."""
        self.cut_every = self.busy_every = self.stall_every = 0
        self.stall_seconds = self.latency = 0.0
        self.refuses_until, self.only = 0.0, re.compile("")

    def count(self, line):
        """The number of a request, from 1; of those that nothing happens to, 0."""
        with self.lock:
            self.lines.append(line)
            if not self.only.search(line):
                return 0
            self.requests += 1
            return self.requests

    def hits(self, number, every):
        return bool(every) and bool(number) and number % every == 0


@contextmanager
def running_proxy(port):
    """The address of the proxy before a port of this machine, and its faults."""
    faults, listener, stop = Faults(), socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve():
        while not stop.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_serve, args=(client, port, faults), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", faults
    finally:
        stop.set()
        listener.close()


def _serve(client, port, faults):
    """The requests of one connection, each with a connection of its own to the store."""
    with client:
        reader = client.makefile("rb")
        while True:
            try:
                head = _head(reader)
                if not head:
                    return
                if time.monotonic() < faults.refuses_until:
                    _reset(client)
                    return
                if not _answer(client, reader, head, port, faults):
                    return
            except OSError:
                return


def _answer(client, reader, head, port, faults):
    """Whether the connection goes on after this request."""
    line = head.partition(b"\r\n")[0].decode("latin-1")
    number = faults.count(line)
    if re.search(rb"(?i)expect: *100", head):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = re.sub(rb"(?i)expect: *100-continue\r\n", b"", head)
    body = _body(reader, head)
    time.sleep(faults.latency)
    if faults.hits(number, faults.busy_every):
        client.sendall(SLOW_DOWN % ((0, b"") if line.startswith("HEAD") else (len(SAID), SAID)))
        return False
    if faults.hits(number, faults.stall_every):
        time.sleep(faults.stall_seconds)
    with socket.create_connection(("127.0.0.1", port)) as store:
        store.sendall(re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", head)[:-2])
        store.sendall(b"Connection: close\r\n\r\n" + body)
        answer = b"".join(iter(lambda: store.recv(2**16), b""))
    start = answer.index(b"\r\n\r\n") + 4
    if faults.hits(number, faults.cut_every):
        client.sendall(answer[: start + (len(answer) - start) // 2])
        _reset(client)
        return False
    with faults.lock:
        faults.sent += len(answer) - start if line.startswith("GET") else 0
    client.sendall(answer)
    return False


def _head(reader):
    lines = []
    while line := reader.readline():
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""


def _body(reader, head):
    """The body of a request as it came, in chunks or whole."""
    if size := re.search(rb"(?i)\r\ncontent-length: *(\d+)", head):
        return reader.read(int(size[1]))
    if not re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
        return b""
    chunks = []
    while True:
        line = reader.readline()
        size = int(line.split(b";")[0], 16)
        chunks += [line, reader.read(size + 2) if size else b""]
        if not size:
            while (line := reader.readline()) not in (b"\r\n", b""):
                chunks.append(line)
            return b"".join([*chunks, b"\r\n"])


def _reset(client):
    """Breaks the connection off, as a machine does that went down."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
