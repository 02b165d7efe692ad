"""Before every endpoint: the token, the stop, the clock, and what no client may see of a fault."""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seqrec_tool_serve.refusal import RefusalError
from seqrec_tool_serve.service import Service

__all__ = ["Gate", "JsonAnswer", "is_token", "refused", "server_fault"]

Endpoint = Callable[[Request], Awaitable[Response]]
_log = logging.getLogger("seqrec.serve")
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)
_OPEN = ("/health", "/ready")  # what asks for them has no token
_GONE = 499  # who asked closed the connection


class JsonAnswer(Response):
    """JSON in its shortest form; values that JSON has no form for are text."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of it."""
        return _JSON.encode(content).encode("utf-8", errors="replace")


def refused(refusal: RefusalError) -> JsonAnswer:
    """The answer that a refusal is."""
    return JsonAnswer(refusal.content(), refusal.status, refusal.headers)


def is_token(headers: Mapping[str, str], token: str) -> bool:
    """Whether a request bears a token, compared in constant time, by the bytes that were sent."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    sent = text.strip(" \t").encode("latin-1")  # as servers decode headers
    is_same = hmac.compare_digest(sent, token.encode(errors="surrogateescape"))
    return is_same and scheme.lower() == "bearer"


class Gate:
    """Lets requests through to the application, one that stops or that has no token to none.

    `running` is how many requests are on their way; `tokens` has the token of each path that has
    one of its own, and under "" that of all others. `direct` are endpoints, by method and path,
    that are called at once: the application's own way to them takes longer than they do.
    """

    def __init__(self, app: ASGIApp, service: Service, tokens: Mapping[str, str]) -> None:
        self.app, self.service, self.tokens = app, service, dict(tokens)
        self.running = 0
        self.endpoints: frozenset[str] = frozenset()  # others are counted as one
        self.direct: dict[tuple[str, str], Endpoint] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self.service.is_stopping:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        self.running += 1
        try:
            self._check(scope)
            endpoint = self.direct.get((scope["method"], scope["path"]))
            if endpoint is None:
                await self.app(scope, receive, sending)
            else:
                response = await endpoint(Request(scope, receive))
                await response(scope, receive, sending)
        except RefusalError as refusal:
            await refused(refusal)(scope, receive, sending)
        except ClientDisconnect:
            status = status or _GONE
        except Exception:
            _log.exception("%s failed", scope["path"])
            if not status:
                await refused(server_fault())(scope, receive, sending)
        finally:
            self.running -= 1
            name = scope["path"] if scope["path"] in self.endpoints else "other"
            self.service.metrics.answered(name, status or _GONE, perf_counter() - start)

    def _check(self, scope: Scope) -> None:
        """Raises RefusalError for a request that no endpoint is to see."""
        path = scope["path"]
        if path in _OPEN:
            return
        token = self.tokens.get(path) or self.tokens.get("")
        if token and not is_token(Headers(scope=scope), token):
            remedy = "send the header Authorization: Bearer TOKEN with the token of this service"
            raise RefusalError(401, "authorization", None, remedy, {"WWW-Authenticate": "Bearer"})
        if self.service.is_stopping:
            remedy = "the service stops; ask again, and another may answer"
            raise RefusalError(503, "service", None, remedy, {"Retry-After": "1"})


def server_fault() -> RefusalError:
    """What a client hears of a fault that is not its own."""
    return RefusalError(
        500, "service", None, "the service failed; whoever runs it finds why in its log"
    )
