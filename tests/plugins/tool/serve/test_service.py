"""A new bundle takes over while questions are answered; a broken one does not."""

import asyncio
import json
import shutil

import pytest
from seqrec_library_nearest.index_folder import write_index
from seqrec_library_nearest.item_index import ItemIndex
from seqrec_tool_recommend.recommender import Recommender
from seqrec_tool_serve.item_titles import ItemTitles
from seqrec_tool_serve.questions import Limits
from seqrec_tool_serve.served_bundle import BundleSource
from seqrec_tool_serve.service import Service
from served import asked, service_of
from untrained_bundle import named, written

from seqrec_core.bundle import Bundle

HISTORY = named([1, 2, 3])


def other_bundle(folder):
    """A bundle with other weights."""
    (folder / "other").mkdir()
    return written(folder / "other", embedding_dim=16)


def items(answer):
    return [row["item"] for row in answer.json()["items"]]


def replace(bundle, other):
    for path in other.iterdir():
        shutil.copy(path, bundle / path.name)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


def test_a_new_bundle_takes_over_while_all_are_answered(tmp_path):
    service = service_of(tmp_path)
    other = other_bundle(tmp_path)
    before = service.served.digest
    right = {
        BundleSource(path).digest(): [
            row.item for row in Recommender.load(path).recommend([HISTORY])[0]
        ]
        for path in (tmp_path / "run", other)
    }
    assert len({*map(tuple, right.values())}) == 2

    async def talk(client):
        answers, is_done = [], False

        async def ask():
            while not is_done:
                answers.append(await client.post("/recommend", json={"history": HISTORY}))

        asking = [asyncio.create_task(ask()) for _ in range(4)]
        await asyncio.sleep(0.05)
        same = await client.post("/reload")
        replace(tmp_path / "run", other)
        new = await client.post("/reload")
        await asyncio.sleep(0.05)
        is_done = True
        await asyncio.gather(*asking)
        return answers, same.json(), new.json(), (await client.get("/metrics")).text

    answers, same, new, metrics = asked(service, talk)
    assert same == {"reloaded": False, "bundle": before}
    assert new == {"reloaded": True, "bundle": BundleSource(other).digest()}
    assert {each.status_code for each in answers} == {200}
    for each in answers:
        assert items(each) == right[each.json()["bundle"]]
    assert {each.json()["bundle"] for each in answers} == set(right)
    assert 'seqrec_reloads_total{outcome="loaded"} 1.0' in metrics
    assert new["bundle"] in metrics
    assert before not in metrics


def break_weights(bundle):
    (bundle / "model.safetensors").write_bytes(b"no weights")


def break_lock(bundle):
    (bundle / "spec.lock.json").write_text("{")


def remove(bundle):
    shutil.rmtree(bundle)


@pytest.mark.parametrize("break_it", [break_weights, break_lock, remove])
def test_a_broken_new_bundle_is_refused_and_the_old_one_goes_on(tmp_path, break_it, caplog):
    service = service_of(tmp_path)
    bundle, other = tmp_path / "run", other_bundle(tmp_path)

    async def talk(client):
        before = await client.post("/recommend", json={"history": HISTORY})
        replace(bundle, other)
        break_it(bundle)
        refused = await client.post("/reload")
        after = await client.post("/recommend", json={"history": HISTORY})
        ready, metrics = await client.get("/ready"), await client.get("/metrics")
        bundle.mkdir(exist_ok=True)
        replace(bundle, other)
        mended = await client.post("/reload")
        return before, refused, after, ready, metrics, mended, await client.get("/ready")

    before, refused, after, ready, metrics, mended, at_last = asked(service, talk)
    assert refused.status_code == 503
    assert "the old one goes on" in refused.json()["error"]["remedy"]
    assert after.json() == before.json()
    assert ready.status_code == 200
    assert ready.json()["refused"]["why"] in caplog.text
    assert "seqrec_bundle_refused 1.0" in metrics.text
    assert 'seqrec_reloads_total{outcome="refused"} 1.0' in metrics.text
    assert mended.json()["reloaded"] is True
    assert at_last.json()["refused"] is None


def test_a_watched_folder_is_taken_when_it_has_settled_and_a_broken_one_tried_once(tmp_path):
    service = service_of(tmp_path, watch_s=0.05)
    bundle, other = tmp_path / "run", other_bundle(tmp_path)

    async def talk(_):
        lock = (bundle / "spec.lock.json").read_text()
        (bundle / "spec.lock.json").write_text(json.dumps({**json.loads(lock), "seed": 5}))
        await until(lambda: service.refused)
        when = service.refused
        await asyncio.sleep(0.4)
        assert service.refused is when
        replace(bundle, other)
        await until(lambda: service.served.digest == BundleSource(other).digest())
        assert service.refused is None

    asked(service, talk)
    text = service.metrics.text().decode()
    assert 'seqrec_reloads_total{outcome="loaded"} 1.0' in text
    assert 'seqrec_reloads_total{outcome="refused"} 1.0' in text


def test_a_folder_that_cannot_be_looked_at_is_looked_at_again(tmp_path, monkeypatch, caplog):
    service, other = service_of(tmp_path, watch_s=0.05), other_bundle(tmp_path)
    look, faults = BundleSource.signature, [OSError("assets went away")] * 2

    def signature(source):
        if faults:
            raise faults.pop()
        return look(source)

    async def talk(_):
        monkeypatch.setattr(BundleSource, "signature", signature)
        replace(tmp_path / "run", other)
        await until(lambda: service.served.digest == BundleSource(other).digest())

    asked(service, talk)
    assert "assets went away" in caplog.text


def test_it_closes_whatever_the_watch_did(tmp_path, monkeypatch, caplog):
    service = service_of(tmp_path, watch_s=0.02)

    async def talk(_):
        monkeypatch.setattr(BundleSource, "signature", lambda _: 1 / 0)
        await until(lambda: service._watcher.done())

    asked(service, talk)
    assert "ZeroDivisionError" in caplog.text
    with pytest.raises(RuntimeError, match="after shutdown"):
        service._loader.submit(print)


def test_a_token_keeps_why_a_bundle_is_refused(tmp_path):
    service = service_of(tmp_path)

    async def talk(client):
        break_lock(tmp_path / "run")
        bearer = {"Authorization": "Bearer abc"}
        await client.post("/reload", headers=bearer)
        return [(await client.get("/ready", headers=h)).json()["refused"] for h in ({}, bearer)]

    hidden, shown = asked(service, talk, token="abc")
    assert hidden is True
    assert "spec.lock.json" in shown["why"]


def test_a_table_of_titles_that_changed_is_read_anew_and_only_then(tmp_path):
    table = tmp_path / "titles.csv"
    table.write_text("id,title\nitem 5,Old\n")
    service = service_of(tmp_path, titles=ItemTitles(table, "id", "title"))
    ask = {"history": [], "candidates": ["item 5"]}

    async def talk(client):
        first = await client.post("/reload")
        table.write_text("id,title\nitem 5,Quite new\n")
        second = await client.post("/reload")
        answer = await client.post("/recommend", json=ask)
        return first.json()["reloaded"], second.json()["reloaded"], answer.json()["items"]

    same, changed, [row] = asked(service, talk)
    assert (same, changed, row["title"]) == (False, True, "Quite new")


def test_a_new_bundle_goes_without_the_index_of_the_old_one_until_it_has_its_own(tmp_path, caplog):
    bundle, folder = written(tmp_path), tmp_path / "index"
    other = other_bundle(tmp_path)
    exact = [row.item for row in Recommender.load(other).recommend([HISTORY])[0]]
    index_of(bundle, folder)
    service = Service(BundleSource(bundle, index=folder), Limits())

    async def talk(client):
        first = (await client.get("/ready")).json()["index"]
        replace(bundle, other)
        reloads = [(await client.post("/reload")).json()["reloaded"]]
        second = (await client.get("/ready")).json()["index"]
        answer = await client.post("/recommend", json={"history": HISTORY})
        index_of(bundle, folder)
        reloads += [(await client.post("/reload")).json()["reloaded"] for _ in range(2)]
        return first, second, items(answer), reloads, (await client.get("/ready")).json()["index"]

    first, second, answered, reloads, third = asked(service, talk)
    assert first == third == {"used": True, "why": None}
    assert second["used"] is False
    assert "is the index of another bundle" in second["why"]
    assert second["why"] in caplog.text
    assert answered == exact
    assert reloads == [True, True, False]


def index_of(bundle, folder):
    """Writes the index of a bundle."""
    loaded = Bundle.load(bundle)
    weights = loaded.serving().model.scorer().item_weights()
    write_index(folder, ItemIndex.build(weights, "flat"), loaded, {})
