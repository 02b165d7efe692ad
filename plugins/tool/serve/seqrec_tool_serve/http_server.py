"""One process that listens, and ends as it should: nothing new, what runs is finished, exit 0."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from seqrec_core.errors import DataError
from seqrec_core.terminal import printable
from seqrec_tool_serve.gate import Gate
from seqrec_tool_serve.service import settle_memory

__all__ = ["listening", "log_to_stderr", "serve_forever"]

_SWITCH_S = 0.0005  # how long one of the threads may keep the other from Python
_CLOSE_S = 1  # until what still runs after the time to finish is cut off
_KEEP_ALIVE_S = 75  # longer than proxies keep a connection that they do not use


def listening(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """A socket at an address; `reuse_port` lets other processes have one there, too.

    Raises DataError where that cannot be.
    """
    bound: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
    except OSError as cause:
        if bound is not None:
            bound.close()
        raise DataError(
            f"cannot listen on {host}:{port}: {cause}; give another --host or --port"
        ) from cause
    return bound


def serve_forever(
    gate: Gate, bound: socket.socket, *, grace_s: float, access_log: bool, ready: Callable[[], None]
) -> None:
    """Answers until SIGTERM or SIGINT; a second one ends it at once.

    Requests that run have `grace_s` to finish. `ready` is called when connections are accepted.
    """
    sys.setswitchinterval(_SWITCH_S)
    settle_memory()
    config = uvicorn.Config(
        gate,
        log_config=None,
        access_log=access_log,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_CLOSE_S,
        ws="none",
    )
    _Server(config, gate, grace_s, ready).run(sockets=[bound])


class _Server(uvicorn.Server):
    """Of uvicorn, with a stop that refuses what is new in words before it closes."""

    def __init__(
        self, config: uvicorn.Config, gate: Gate, grace_s: float, ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.gate, self.grace_s, self.ready = gate, grace_s, ready
        self._stop: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to accept connections, and says so."""
        await super().startup(sockets)
        if self.started:
            self.ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stops at a signal; the process then ends as one that is done."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for each in signals:
            loop.add_signal_handler(each, self._begin_stop)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)

    def _begin_stop(self) -> None:
        if self._stop is not None:
            self.should_exit = self.force_exit = True
            return
        self.gate.service.is_stopping = True
        self._stop = asyncio.get_running_loop().create_task(self._finish())

    async def _finish(self) -> None:
        """Lets requests that run be answered, as long as there is time."""
        clock = asyncio.get_running_loop().time
        end = clock() + self.grace_s
        while self.gate.running and clock() < end:
            await asyncio.sleep(0.01)
        self.should_exit = True


class _PlainFormatter(logging.Formatter):
    """Lines in which nothing commands a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def log_to_stderr(*names: str) -> None:
    """Writes what these loggers say to the error output."""
    handler = logging.StreamHandler()
    handler.setFormatter(_PlainFormatter("%(asctime)s %(levelname)s %(message)s"))
    for name in names:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING if name == "uvicorn.error" else logging.INFO)
        logger.propagate = False
