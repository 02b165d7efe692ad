"""The endpoints, and their description as OpenAPI, with the items of the bundle as examples."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from seqrec_tool_serve.gate import Gate, JsonAnswer, is_token, refused, server_fault
from seqrec_tool_serve.openapi import described, failures
from seqrec_tool_serve.questions import (
    Answer,
    Answers,
    Limits,
    parsed,
    question_of,
    questions_of,
)
from seqrec_tool_serve.refusal import RefusalError
from seqrec_tool_serve.service import Reply, Service

__all__ = ["web_app"]

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_LINKS = {
    "recommend": "/recommend",
    "recommend several": "/recommend/batch",
    "description": "/docs",
    "openapi": "/openapi.json",
    "ready": "/ready",
    "metrics": "/metrics",
}


def web_app(service: Service, token: str = "", reload_token: str = "") -> Gate:
    """The application of a service; a token that is empty asks for none."""
    endpoints = _Endpoints(service, token)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await service.close()

    app = FastAPI(
        title="seqrec serve",
        description="Recommends items for any history.",
        lifespan=lifespan,
        exception_handlers={RefusalError: _said, HTTPException: _unknown, Exception: _failed},
    )
    for method, path, endpoint, settings in (
        ("GET", "/", endpoints.about, {}),
        ("GET", "/health", endpoints.health, {}),
        ("GET", "/ready", endpoints.ready, failures(503)),
        ("GET", "/metrics", endpoints.metrics, {}),
        ("POST", "/reload", endpoints.reload, failures(401, 503)),
        ("POST", "/recommend", endpoints.recommend, described("Question", service, Answer)),
        ("POST", "/recommend/batch", endpoints.several, described("Questions", service, Answers)),
    ):
        app.add_api_route(path, endpoint, methods=[method], response_model=None, **settings)
    gate = Gate(app, service, {"": token, "/reload": reload_token})
    gate.endpoints = frozenset(app.openapi()["paths"])
    gate.direct = {
        ("POST", "/recommend"): endpoints.recommend,
        ("POST", "/recommend/batch"): endpoints.several,
    }
    return gate


class _Endpoints:
    """What each path does."""

    def __init__(self, service: Service, token: str) -> None:
        self.service, self.token = service, token

    async def recommend(self, request: Request) -> Response:
        """Recommend items for one history."""
        limits = self.service.limits
        question = question_of(parsed(await _body_of(request, limits)), limits)
        [reply] = await self.service.ask([question])
        if isinstance(reply, RefusalError):
            raise reply
        return JsonAnswer(_content(reply))

    async def several(self, request: Request) -> Response:
        """Recommend items for several histories; each is answered, or refused, by itself."""
        limits = self.service.limits
        questions = questions_of(parsed(await _body_of(request, limits)), limits)
        good = [each for each in questions if not isinstance(each, RefusalError)]
        replies = iter(await self.service.ask(good) if good else ())
        answers = []
        for number, each in enumerate(questions):
            reply = each if isinstance(each, RefusalError) else next(replies)
            if not isinstance(reply, RefusalError):
                answers.append(_content(reply))
            else:
                seen = reply if reply is each else reply.within(f"requests[{number}]")
                answers.append(seen.content())
        return JsonAnswer({"answers": answers})

    async def reload(self) -> Response:
        """Take the bundle that is in the folder now, if it is another one."""
        is_new = await self.service.reload()
        return JsonAnswer({"reloaded": is_new, "bundle": self.service.served.digest})

    async def about(self) -> Response:
        """Say what this is."""
        facts = self.service.served.facts()
        return JsonAnswer({"service": "seqrec serve", **facts, "links": _LINKS})

    async def health(self) -> Response:
        """Say that the process is alive."""
        return JsonAnswer({"alive": True})

    async def ready(self, request: Request) -> Response:
        """Say whether questions are answered, and whether a new bundle, or index, was refused."""
        service = self.service
        is_told = not self.token or is_token(request.headers, self.token)
        content = {"ready": not service.is_stopping, "bundle": service.served.digest}
        content["refused"] = service.refused if is_told else service.refused is not None
        if service.source.index is not None:
            why = service.served.unindexed
            content["index"] = {"used": why is None, "why": why if is_told else None}
        return JsonAnswer(content, 503 if service.is_stopping else 200)

    async def metrics(self) -> Response:
        """Counts and times, for Prometheus."""
        return Response(self.service.metrics.text(), headers={"content-type": _PROMETHEUS})


def _content(reply: Reply) -> dict[str, Any]:
    """The JSON of an answer."""
    titles: Mapping[str, str] = reply.served.titles
    if not titles:
        items = [{"item": item, "score": score} for item, score in reply.items]
        return {"items": items, "bundle": reply.served.digest}
    items = []
    for item, score in reply.items:
        title = titles.get(str(item))
        row = {"item": item, "score": score}
        items.append(row if title is None else {**row, "title": title})
    return {"items": items, "bundle": reply.served.digest}


async def _body_of(request: Request, limits: Limits) -> bytes:
    """The body; RefusalError (408) for one that does not come in time."""
    try:
        async with asyncio.timeout(limits.seconds):
            return await _whole_body(request, limits.body)
    except TimeoutError:
        remedy = f"the body did not come within {limits.seconds:g} s; send it at once"
        raise RefusalError(408, "body", None, remedy, {"Connection": "close"}) from None


async def _whole_body(request: Request, most: int) -> bytes:
    """The body; RefusalError (413) for one that is too large, before it is read."""
    announced = request.headers.get("content-length", "0")
    size, parts = int(announced) if announced.isdecimal() else 0, []
    if size <= most:
        size = 0
        async for part in request.stream():
            parts.append(part)
            if (size := size + len(part)) > most:
                break
    if size > most:
        remedy = f"the body may have {most:,} bytes; send less, or several requests"
        raise RefusalError(413, "body", size, remedy, {"Connection": "close"})
    return b"".join(parts)


async def _said(_: Request, refusal: Any) -> Response:
    return refused(refusal)


async def _failed(_: Request, __: Any) -> Response:
    return refused(server_fault())


async def _unknown(request: Request, error: Any) -> Response:
    """A path or method that is not there, in the form of all errors."""
    method, path = request.method, request.url.path
    remedy = f"{method} {path} is nothing that this service does; GET / says what it does"
    if error.status_code == 405:
        remedy = f"{path} takes {error.headers['Allow']}, not {method}"
    return refused(RefusalError(error.status_code, "path", request.url.path, remedy, error.headers))
