"""The application: settings in, FastAPI out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import add_handlers, error_response, unexpected
from api.routes import assessments, guidance, health, taxonomy
from api.schemas import EXAMPLE_TEXT, MAX_BATCH, ErrorDetail
from tip_nlp._version import __version__
from tip_nlp.analyzer import Analyzer
from tip_nlp.settings import Settings

# A full batch of texts of ordinary length; longer ones go in smaller batches.
MAX_BODY = 16_000_000
_DESCRIPTION = """Finds indicators of human trafficking and migrant smuggling in job ads, messages and hotline
transcripts. An indicator is a reason to look closer; it proves nothing, and a person decides. Texts are neither stored
nor logged."""


def create_app(settings: Settings | None = None, analyzer: Analyzer | None = None) -> FastAPI:
    """Build the service. ``analyzer`` stands in for loading one from the settings (tests share one)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.analyzer = analyzer or Analyzer.load(settings)
        app.state.analyzer.assess(EXAMPLE_TEXT)  # so that the first caller does not wait for compilation
        yield

    # No /docs: those pages load scripts from outside. /openapi.json can be read by any viewer.
    app = FastAPI(
        title="tip_nlp",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(Guard, limit=MAX_BODY)
    add_handlers(app)
    for router in (assessments.router, guidance.router, taxonomy.router, health.router):
        app.include_router(router)
    return app


class Guard:
    """Outermost layer: refuses a body over ``limit`` bytes before it is held in memory, whether or not its length is
    announced, and answers what nobody foresaw without letting a traceback (which may quote a text) reach a log.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limit:
            await _too_large(self._limit)(scope, receive, send)
            return
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise HTTPException(413, _too_large_message(self._limit))
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except Exception as error:  # the last handler
            answer = unexpected(error)
            if not started:
                await answer(scope, receive, send)


def _too_large(limit: int) -> ASGIApp:
    return error_response(413, ErrorDetail(code="too_large", message=_too_large_message(limit)))


def _too_large_message(limit: int) -> str:
    return f"the body is over {limit:,} bytes; send fewer or shorter documents (at most {MAX_BATCH:,} a batch)"
