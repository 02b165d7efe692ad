"""How endpoints that read and write their JSON themselves are described in OpenAPI."""

from typing import Any

from pydantic import BaseModel

from seqrec_tool_serve.micro_batches import answers_of
from seqrec_tool_serve.questions import Failure, Question
from seqrec_tool_serve.refusal import RefusalError
from seqrec_tool_serve.service import Service

__all__ = ["described", "failures"]

_SAID = {
    400: "The body is no JSON.",
    401: "The token is missing, or another.",
    408: "The body did not come in time.",
    413: "The body, or the number of questions, is too large.",
    422: "The question cannot be answered.",
    500: "The model failed.",
    503: "The service is too busy, stops, or did not answer in time: ask again later.",
}


def described(kind: str, service: Service, answer: type[BaseModel]) -> dict[str, Any]:
    """Settings of an endpoint that answers a `Question`, or `Questions`, with real examples."""
    question, reply = _example(service)
    if kind == "Questions":
        question, reply = {"requests": [question]}, {"answers": [reply]}
    schema = Question.model_json_schema()
    if kind == "Questions":
        schema = {"type": "object", "properties": {"requests": {"type": "array", "items": schema}}}
        schema["required"] = ["requests"]
    body = {"application/json": {"schema": schema, "example": question}}
    settings = failures(*_SAID)
    settings["responses"][200] = {
        "model": answer,
        "content": {"application/json": {"example": reply}},
    }
    return {**settings, "openapi_extra": {"requestBody": {"required": True, "content": body}}}


def failures(*statuses: int) -> dict[str, Any]:
    """Settings of an endpoint that may fail in these ways."""
    return {
        "responses": {
            status: {"model": Failure, "description": _SAID[status]} for status in statuses
        }
    }


def _example(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """A question about items of the bundle, and its answer."""
    served = service.served
    question = Question.model_validate({"history": served.example, "top_k": 3})
    [items] = answers_of(served.recommender, [question])
    rows = [] if isinstance(items, RefusalError) else items
    answer = [{"item": each.item, "score": round(each.score, 4)} for each in rows]
    return {"history": served.example, "top_k": 3}, {"items": answer, "bundle": served.digest}
