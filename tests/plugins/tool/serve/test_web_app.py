"""Every endpoint, as a client sees it."""

import asyncio
import re
import time

import pytest
from seqrec_tool_recommend.recommender import Recommender
from seqrec_tool_serve.item_titles import ItemTitles
from seqrec_tool_serve.questions import Limits
from served import asked, service_of
from untrained_bundle import named, written


def posted(service, *bodies, path="/recommend", **settings):
    """Status and JSON of answers to bodies that are sent at the same time."""

    async def talk(client):
        return await asyncio.gather(*(client.post(path, **body) for body in bodies))

    return [(each.status_code, each.json()) for each in asked(service, talk, **settings)]


def test_recommend_answers_what_the_recommender_does_with_titles(tmp_path):
    bundle = written(tmp_path)
    [best] = Recommender.load(bundle).recommend([named([1, 2])], 3)
    (tmp_path / "t.csv").write_text(f"id,title\n{best[0].item},The best\n")
    service = service_of(tmp_path, titles=ItemTitles(tmp_path / "t.csv", "id", "title"))
    [(status, answer)] = posted(service, {"json": {"history": named([1, 2]), "top_k": 3}})
    assert status == 200
    assert [row["item"] for row in answer["items"]] == [row.item for row in best]
    assert [row["score"] for row in answer["items"]] == pytest.approx([r.score for r in best])
    assert [row.get("title") for row in answer["items"]] == ["The best", None, None]
    assert answer["bundle"].startswith("sha256:")
    assert answer["bundle"] == service.served.digest


def test_requests_at_once_are_one_batch_and_one_fault_is_its_own(tmp_path):
    service = service_of(tmp_path, batch_wait_s=0.05)
    bodies = [{"json": {"history": named([number])}} for number in range(5)]
    bodies[2] = {"json": {"history": ["item 1", "new"]}}
    answers = posted(service, *bodies)
    assert [status for status, _ in answers] == [200, 200, 422, 200, 200]
    assert answers[2][1]["error"] == {
        "where": "history[1]",
        "value": "new",
        "remedy": "the model does not know this item; leave it out, or set skip_unknown to true",
    }
    assert "seqrec_batch_size_sum 5.0" in service.metrics.text().decode()


def test_several_are_answered_or_refused_each(tmp_path):
    requests = [{"history": named([1]), "top_k": 2}, {"history": ["new"]}, {"histori": []}]
    [(status, content)] = posted(
        service_of(tmp_path), {"json": {"requests": requests}}, path="/recommend/batch"
    )
    assert status == 200
    good, unknown, faulty = content["answers"]
    assert len(good["items"]) == 2
    assert unknown["error"]["where"] == "requests[1].history[0]"
    assert faulty["error"]["where"].startswith("requests[2].histor")


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"content": b"{"}, 400, "body"),
        ({"json": {"history": [], "top_k": 6}}, 422, "top_k"),
        ({"json": {"history": named(range(5))}}, 422, "history"),
        ({"content": b" " * 300}, 413, "body"),
        ({"content": b'{"history": ["\\ud800"]}'}, 422, "history[0]"),
    ],
)
def test_errors_have_a_place_a_value_and_a_remedy(tmp_path, body, status, where):
    service = service_of(tmp_path, limits=Limits(history=4, top_k=5, body=200))
    [(code, content)] = posted(service, body)
    assert code == status
    assert set(content["error"]) == {"where", "value", "remedy"}
    assert content["error"]["where"] == where
    assert content["error"]["remedy"]


def test_a_body_without_its_length_is_cut_off_where_it_is_too_large(tmp_path):
    async def endless():
        for _ in range(1_000):
            yield b" " * 1_000

    [(status, _)] = posted(service_of(tmp_path, limits=Limits(body=5_000)), {"content": endless()})
    assert status == 413


def test_a_body_that_does_not_come_is_408(tmp_path):
    async def slow():
        yield b'{"history"'
        await asyncio.sleep(5)

    async def talk(client):
        return await client.post("/recommend", content=slow())

    answer = asked(service_of(tmp_path, limits=Limits(seconds=0.05)), talk)
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert answer.json()["error"]["where"] == "body"


def test_lists_within_lists_are_no_item(tmp_path):
    bodies = [
        {"content": b'{"history": ' + b"[" * depth + b"]" * depth + b"}"}
        for depth in range(900, 1_000)
    ]
    answers = posted(service_of(tmp_path), *bodies)
    assert {status for status, _ in answers} == {400, 422}
    assert all(content["error"]["remedy"] for _, content in answers)


def test_other_paths_and_methods_are_errors_of_the_same_form(tmp_path):
    async def talk(client):
        return [await client.get("/nothing"), await client.get("/recommend")]

    nothing, other = asked(service_of(tmp_path), talk)
    assert (nothing.status_code, other.status_code) == (404, 405)
    assert "GET / says what it does" in nothing.json()["error"]["remedy"]
    assert other.json()["error"]["remedy"] == "/recommend takes POST, not GET"


def test_what_it_is_how_it_is_and_what_it_counts(tmp_path):
    service = service_of(tmp_path)

    async def talk(client):
        await client.post("/recommend", json={"history": []})
        paths = ("/", "/health", "/ready", "/metrics", "/docs")
        return [await client.get(path) for path in paths]

    about, health, ready, metrics, docs = asked(service, talk)
    assert {each.status_code for each in (about, health, ready, metrics, docs)} == {200}
    assert about.json()["items"] == 131
    assert about.json()["model"].endswith("sasrec")
    assert ready.json() == {"ready": True, "bundle": service.served.digest, "refused": None}
    assert health.json() == {"alive": True}
    for line in (
        r'seqrec_requests_total{endpoint="/recommend",status="200"} 1\.0',
        r'seqrec_request_seconds_count{endpoint="/recommend"} 1\.0',
        r"seqrec_queue_length 0\.0",
        r"seqrec_batch_size_count 1\.0",
        rf'seqrec_model_info{{bundle="{service.served.digest}",.*}} 1\.0',
        r'seqrec_reloads_total{outcome="refused"} 0\.0',
        r"process_resident_memory_bytes \d",
    ):
        assert re.search(line, metrics.text), line


def test_examples_of_the_description_are_real(tmp_path):
    service = service_of(tmp_path)

    async def talk(client):
        paths = (await client.get("/openapi.json")).json()["paths"]
        for path in ("/recommend", "/recommend/batch"):
            post = paths[path]["post"]
            body = post["requestBody"]["content"]["application/json"]
            answer = (await client.post(path, json=body["example"])).json()
            example = post["responses"]["200"]["content"]["application/json"]["example"]
            assert {"400", "401", "413", "422", "500", "503"} <= set(post["responses"])
            several = answer.get("answers", [answer]), example.get("answers", [example])
            for actual, shown in zip(*several, strict=True):
                names = [row["item"] for row in actual["items"]]
                assert names == [row["item"] for row in shown["items"]]
                assert len(names) == 3

    asked(service, talk)


def test_a_full_line_is_503_and_to_be_asked_again(tmp_path):
    service = service_of(tmp_path, limits=Limits(queue=2), batch_wait_s=0.1)

    async def talk(client):
        post = (client.post("/recommend", json={"history": []}) for _ in range(5))
        return await asyncio.gather(*post)

    answers = asked(service, talk)
    assert sorted(each.status_code for each in answers) == [200, 200, 503, 503, 503]
    assert {each.headers.get("retry-after") for each in answers} == {None, "1"}


def test_no_answer_in_time_is_503(tmp_path, monkeypatch):
    service = service_of(tmp_path, limits=Limits(seconds=0.05))
    slow = service.served.recommender.recommend

    def slower(*arguments, **settings):
        time.sleep(0.2)
        return slow(*arguments, **settings)

    async def talk(client):
        monkeypatch.setattr(service.served.recommender, "recommend", slower)
        return await client.post("/recommend", json={"history": []})

    answer = asked(service, talk)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "no answer within 0.05 s" in answer.json()["error"]["remedy"]


def test_a_fault_of_the_model_is_500_without_its_internals(tmp_path, monkeypatch, caplog):
    service = service_of(tmp_path)

    def failing(*_, **settings):
        if settings.get("candidates") != []:
            raise RuntimeError("/secret/path")
        return [[]]

    async def talk(client):
        monkeypatch.setattr(service.served.recommender, "recommend", failing)
        return await client.post("/recommend", json={"history": []})

    answer = asked(service, talk)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "/secret/path" in caplog.text
