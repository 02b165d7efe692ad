"""A service in this process, for tests that ask it as clients do."""

import asyncio

import httpx
from seqrec_tool_serve.questions import Limits
from seqrec_tool_serve.served_bundle import BundleSource
from seqrec_tool_serve.service import Service
from seqrec_tool_serve.web_app import web_app
from untrained_bundle import written

__all__ = ["asked", "service_of"]


def service_of(folder, *, limits=None, titles=None, model="sasrec", **settings):
    """The service of a bundle that is written to a folder, unless there is one."""
    path = folder / "run" if (folder / "run").is_dir() else written(folder, model)
    return Service(BundleSource(path, titles), limits or Limits(), **settings)


def asked(service, talk, *, token="", reload_token="", raises=False):
    """What `talk(client)` gives, a coroutine of an httpx client of the service."""

    async def conversation():
        gate = web_app(service, token, reload_token)
        transport = httpx.ASGITransport(gate, raise_app_exceptions=raises)
        async with (
            gate.app.router.lifespan_context(gate.app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            return await talk(client)

    return asyncio.run(conversation())
