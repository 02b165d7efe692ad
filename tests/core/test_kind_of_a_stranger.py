"""A kind, two components and a model of three distributions, none ours, from JSON to a bundle."""

import json

import attrs
import pytest
from acme_mmr import MMRSpec
from acme_rerank import BoostSpec
from other_rerank import OtherModelSpec
from strangers import KIND, POINTS, RIVAL, point, recipe

from seqrec_core import Bundle, Session, build, dump, load, resolve
from seqrec_core.errors import SpecError
from seqrec_core.registry import Registry
from seqrec_core.session import read
from seqrec_core.spec import LossSpec


@pytest.fixture
def session():
    return Session(Registry(POINTS))


def test_it_is_read_resolved_and_dumped_as_any_other(session):
    data = recipe(reranker={"type": "mmr"}, others=[{"type": "acme-rerank:boost", "factor": 3}])
    spec = load(data, session=session)
    assert spec.model.others == (BoostSpec(factor=3.0),)
    resolved = resolve(spec, session)
    assert resolved.model.reranker == MMRSpec(embedding_dim=4)
    dumped = json.loads(json.dumps(dump(resolved, session)))
    assert dumped["model"]["reranker"] == {"type": "acme-mmr:mmr", "embedding_dim": 4}
    assert load(dumped, session=session) == resolved


def test_its_default_is_filled_and_built(session):
    spec = load(recipe(), session=session)
    assert resolve(spec, session).model.reranker == BoostSpec()
    model = build(spec, session=session)
    assert [stage.factor for stage in model.stages] == [2.0]


def test_it_is_locked_and_loaded(session, tmp_path):
    spec = load(recipe(others=[{"type": "mmr"}]), session=session)
    path = Bundle.write(tmp_path, build(spec, session=session), spec, session=session).path
    lock = json.loads((path / "spec.lock.json").read_text())
    assert lock["components"].keys() == {"acme-model:reranked", "acme-rerank:boost", "acme-mmr:mmr"}
    assert lock["distributions"].keys() >= {"acme-model", "acme-rerank", "acme-mmr"}
    boost, mmr = Bundle.load(path, session=session).model.stages
    assert (boost.factor, mmr.embedding_dim) == (2.0, 4)


def faults(data, *points):
    with pytest.raises(SpecError) as error:
        load(data, session=Session(Registry(points)))
    return {fault.path: fault.message for fault in error.value.faults}


def test_a_wrong_part_is_a_fault_with_its_place():
    found = faults(recipe(reranker={"type": "mmrr"}, others=[{}]), *POINTS)
    assert "did you mean 'mmr'?" in found["model.reranker.type"]
    assert found["model.others[0].type"] == (
        "missing; installed for reranker are boost, mmr: "
        'add "type": "boost", or --set model.others.0.type=boost'
    )


def test_where_two_declare_the_kind_the_field_says_so():
    [(path, message)] = faults(recipe(reranker={"type": "mmr"}), *POINTS, RIVAL).items()
    assert path == "model.reranker.type"
    assert "declared by acme-rerank and by other-rerank" in message


def test_where_nobody_declares_the_kind_the_field_says_so():
    others = [point for point in POINTS if point is not KIND]
    for part in ({"type": "mmr"}, {}):
        [(path, message)] = faults(recipe(reranker=part), *others).items()
        assert path == "model.reranker.type"
        assert message.startswith("unknown kind 'reranker'")


def test_a_component_of_another_class_with_that_kind_is_a_fault():
    model = point("model", "other", "other_rerank:OtherModelSpec", "other-rerank")
    data = recipe() | {"model": {"type": "other", "reranker": {"type": "mmr"}}}
    [(path, message)] = faults(data, *POINTS, model).items()
    assert path == "model.reranker.type"
    assert message.startswith("reranker 'mmr' comes from acme-mmr; its MMRSpec is no RerankerSpec")
    assert "RerankerSpec of other_rerank, which is expected here" in message


def test_one_that_python_puts_there_is_a_fault_too(session):
    model = point("model", "other", "other_rerank:OtherModelSpec", "other-rerank")
    spec = load(recipe(), session=session)
    mixed = attrs.evolve(spec, model=OtherModelSpec(reranker=BoostSpec()))
    with pytest.raises(SpecError, match=r"model\.reranker\.type: reranker .* from acme-rerank"):
        resolve(mixed, Session(Registry([*POINTS, model])))


def test_what_does_not_use_a_clashing_kind_is_read():
    loss = point("loss", "ce", "seqrec_fake.specs:FakeLossSpec", "acme-loss")
    own = Session(Registry([*POINTS, RIVAL, loss]))
    assert read({"type": "ce"}, LossSpec, session=own).scale == 1.0
