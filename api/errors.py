"""Every failure leaves the service in one body: ``{"error": {"code", "message", "fields"}}``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.schemas import ErrorDetail, ErrorOut, FieldProblem
from tip_nlp.errors import InputError

_logger = logging.getLogger("tip_nlp.api")
TOO_LARGE = "too_large"
# What a route that takes documents may answer instead, for the OpenAPI document.
DOCUMENT_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorOut, "description": "The body cannot be read."},
    413: {"model": ErrorOut, "description": "Too large: the body, a text, or the number of documents."},
    422: {"model": ErrorOut, "description": "A field is missing, unknown, empty or of the wrong type."},
    503: {"model": ErrorOut, "description": "The model is still loading."},
}
_CODES = {404: "not_found", 405: "method_not_allowed", 413: TOO_LARGE, 503: "not_ready"}


def add_handlers(app: FastAPI) -> None:
    """Install the table of exceptions and answers."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(InputError, _unusable)
    app.add_exception_handler(HTTPException, _http)


def error_response(status: int, detail: ErrorDetail, headers: dict[str, str] | None = None) -> JSONResponse:
    """The one error body."""
    return JSONResponse(ErrorOut(error=detail).model_dump(), status_code=status, headers=headers)


def field_problems(errors: Sequence[Any]) -> list[FieldProblem]:
    """Name each field and what is wrong with it, leaving out the value: it may be somebody's text."""
    return [FieldProblem(field=_field(e), problem=e["msg"]) for e in errors]


def _field(error: Any) -> str:
    # The place of a syntax error is a number of characters, which names no field.
    place = () if error["type"] == "json_invalid" else error["loc"]
    return ".".join(str(part) for part in place if part != "body") or "body"


def invalid_detail(errors: Sequence[Any]) -> ErrorDetail:
    """The detail of a request or document that breaks its schema."""
    problems = field_problems(errors)
    named = ", ".join(dict.fromkeys(problem.field for problem in problems))
    too_large = any(e["type"] in ("string_too_long", "too_long") or "longer than" in e["msg"] for e in errors)
    code = TOO_LARGE if too_large else "invalid_request"
    return ErrorDetail(code=code, message=f"cannot use: {named}", fields=problems)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    detail = invalid_detail(error.errors())
    return error_response(413 if detail.code == TOO_LARGE else 422, detail)


def _unusable(_: Request, error: Exception) -> JSONResponse:
    return error_response(422, ErrorDetail(code="invalid_request", message=str(error)))


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = ErrorDetail(code=_CODES.get(error.status_code, "http_error"), message=str(error.detail))
    return error_response(error.status_code, detail, dict(error.headers or {}))


def unexpected(error: Exception) -> JSONResponse:
    """Answer and log what nobody foresaw, by type alone: a message or traceback may quote the text."""
    _logger.error("unexpected %s", type(error).__name__)
    return error_response(500, ErrorDetail(code="internal_error", message="unexpected error; nothing was stored"))
