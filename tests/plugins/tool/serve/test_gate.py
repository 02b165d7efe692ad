"""Tokens, the stop, and faults that no endpoint expected."""

import json

import pytest
from seqrec_tool_serve.gate import JsonAnswer, is_token
from served import asked, service_of


@pytest.mark.parametrize(
    ("header", "is_right"),
    [
        ("Bearer päss", True),
        ("bearer  päss", True),
        ("Bearer pass", False),
        ("Basic päss", False),
        ("päss", False),
        ("", False),
    ],
)
def test_a_token_is_compared_as_it_is(header, is_right):
    sent = header.encode().decode("latin-1")  # as servers decode headers
    assert is_token({"authorization": sent}, "päss") is is_right
    assert not is_token({}, "päss")


def test_a_token_may_be_any_bytes():
    token = b"\xc3\xa0\xff\xa0"
    sent = {"authorization": f"Bearer {token.decode('latin-1')} "}
    assert is_token(sent, token.decode(errors="surrogateescape"))
    assert not is_token(sent, "pass")


def test_a_token_guards_all_but_the_probes(tmp_path):
    async def talk(client):
        bearer = {"Authorization": "Bearer abc"}
        reloads = {"Authorization": "Bearer xyz"}
        return {
            "open": [(await client.get(path)).status_code for path in ("/health", "/ready")],
            "closed": [
                (await client.get(path)).status_code
                for path in ("/", "/docs", "/openapi.json", "/metrics", "/nothing")
            ],
            "let in": [(await client.get("/", headers=bearer)).status_code],
            "reload": [
                (await client.post("/reload", headers=each)).status_code
                for each in ({}, bearer, reloads)
            ],
            "said": await client.get("/metrics"),
        }

    seen = asked(service_of(tmp_path), talk, token="abc", reload_token="xyz")
    assert seen["open"] == [200, 200]
    assert seen["closed"] == [401] * 5
    assert seen["let in"] == [200]
    assert seen["reload"] == [401, 401, 200]
    assert seen["said"].headers["www-authenticate"] == "Bearer"
    assert seen["said"].json()["error"]["where"] == "authorization"


def test_a_service_that_stops_refuses_but_is_alive(tmp_path):
    service = service_of(tmp_path)

    async def talk(client):
        service.is_stopping = True
        return [
            await client.post("/recommend", json={"history": []}),
            await client.get("/ready"),
            await client.get("/health"),
        ]

    refused, ready, health = asked(service, talk)
    assert [refused.status_code, ready.status_code, health.status_code] == [503, 503, 200]
    assert refused.headers["connection"] == "close"
    assert refused.headers["retry-after"] == "1"
    assert ready.json()["ready"] is False


def test_a_fault_of_the_service_is_500_and_counted(tmp_path, monkeypatch, caplog):
    service = service_of(tmp_path)

    async def talk(client):
        monkeypatch.setattr(service, "refused", object)  # no JSON, and no text: it raises
        monkeypatch.setattr(type(service.served), "facts", lambda _: 1 / 0)
        return await client.get("/")

    answer = asked(service, talk)
    assert answer.status_code == 500
    assert answer.json()["error"]["where"] == "service"
    assert "division" not in answer.text
    assert "ZeroDivisionError" in caplog.text
    assert 'seqrec_requests_total{endpoint="/",status="500"} 1.0' in service.metrics.text().decode()


def test_json_is_short_and_holds_what_json_has_no_form_for_as_text():
    body = JsonAnswer({"a": [1, b"x"], "b": "ü\ud800"}).body
    assert json.loads(body) == {"a": [1, "b'x'"], "b": "ü?"}
    assert b" " not in body
