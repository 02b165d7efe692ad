"""Kinds by entry points: the core's, a stranger's, and those that cannot be used."""

import sys

import acme_rerank
import pytest
from strangers import BOOST, KIND, MMR, MODEL, POINTS, RIVAL, point

from seqrec_core import spec
from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    ForbiddenPluginError,
    IncompatiblePluginError,
    UnknownComponentError,
)
from seqrec_core.registry import Kind, Registry
from seqrec_core.registry.component import spec_fault
from seqrec_core.registry.kind import kind_fault

LOSS = point("loss", "ce", "seqrec_fake.specs:FakeLossSpec", "seqrec-loss-ce")
CORE = (
    "model embedder aggregator mask encoder norm head loss transform callback postprocessor "
    "reader context_merger datamodule trainer optimizer scheduler"
)


def test_the_core_declares_every_kind_that_it_has_a_base_of_in_their_order():
    registry = Registry([])
    assert [k for k in registry.kinds() if k in CORE.split()] == CORE.split()
    bases = [registry.kind(name).base for name in registry.kinds()]
    offered = {base for base in vars(spec).values() if isinstance(base, type)}
    assert {b for b in offered if issubclass(b, spec.Spec) and b.kind} == set(bases)
    assert [base.kind for base in bases] == registry.kinds()
    assert {registry.kind(name).distribution for name in registry.kinds()} == {"seqrec-core"}


def test_others_come_after_those_of_the_core_and_sorted():
    zebra = point("kinds", "a_zebra", "acme_zebra:Zebra", "acme-zebra")
    core = Registry([]).kinds()
    assert Registry([KIND, zebra, LOSS]).kinds() == [*core, "a_zebra", "reranker"]


def test_a_kind_of_a_stranger_says_where_it_is_from_and_has_its_base():
    kind = Registry(POINTS).kind("reranker")
    assert isinstance(kind, Kind)
    assert (kind.name, kind.distribution, kind.version) == ("reranker", "acme-rerank", "1.0")
    assert kind.base is acme_rerank.RerankerSpec


def test_components_of_a_kind_come_from_any_distribution():
    registry = Registry(POINTS)
    assert registry.names("reranker") == ["boost", "mmr"]
    assert [c.canonical for c in registry][-2:] == ["acme-rerank:boost", "acme-mmr:mmr"]
    assert registry["reranker", "mmr"].spec.embedding_dim
    assert {registry.state(c, load=True) for c in registry} == {"ok"}


def test_listing_kinds_and_their_components_imports_nothing(monkeypatch):
    for module in ("acme_rerank", "acme_mmr", "acme_model"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    registry = Registry(POINTS)
    assert registry.kinds()[-1] == registry.kind("reranker").name
    assert [registry.state(component) for component in registry] == ["ok"] * 3
    assert not {"acme_rerank", "acme_mmr", "acme_model"} & set(sys.modules)


def test_without_its_kind_a_component_is_not_read():
    registry = Registry([BOOST, MMR, LOSS])
    assert [component.name for component in registry] == ["ce"]
    told = r"unknown kind 'reranker'.* under \[project\.entry-points\.\"seqrec\.kinds\"\]"
    with pytest.raises(UnknownComponentError, match=told):
        registry["reranker", "boost"]


def test_two_distributions_with_one_kind_are_named_where_it_is_used_and_nowhere_else():
    registry = Registry([*POINTS, RIVAL, LOSS])
    told = "the kind 'reranker' is declared by acme-rerank and by other-rerank; uninstall one"
    [boost] = [component for component in registry if component.name == "boost"]
    for use in (
        lambda: registry.kind("reranker"),
        lambda: registry["reranker", "boost"],
        lambda: boost.spec,
        lambda: registry.register("mine", acme_rerank.BoostSpec),
    ):
        with pytest.raises(AmbiguousNameError, match=told):
            use()
    assert registry.kinds().count("reranker") == 1
    assert registry.state(boost) == f"unusable: {told} of them"
    assert registry["loss", "ce"].spec
    assert registry.state(registry["loss", "ce"], load=True) == "ok"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("acme_nowhere:Base", r"does not load: ModuleNotFoundError.*Reinstall or remove acme-bad"),
        ("acme_rerank:Boost", "is not a subclass of Spec; the entry point names the wrong object"),
        ("acme_rerank:RerankerSpec", "has kind = 'reranker'; set kind = 'bad'"),
        ("acme_rerank", "is not a subclass of Spec"),
    ],
)
def test_a_broken_kind_names_its_distribution_and_the_cause(value, reason):
    part = point("bad", "part", "acme_rerank:BoostSpec", "acme-part")
    registry = Registry([LOSS, part, point("kinds", "bad", value, "acme-bad")])
    with pytest.raises(BrokenPluginError, match=rf"the kind 'bad' of acme-bad 1\.0.*{reason}"):
        _ = registry.kind("bad").base
    with pytest.raises(BrokenPluginError, match="the kind 'bad' of acme-bad"):
        _ = registry["bad", "part"].spec
    assert registry.state(registry["bad", "part"]) == "ok"
    assert registry.state(registry["bad", "part"], load=True).startswith("unusable: the kind 'bad'")
    assert registry["loss", "ce"].spec


def test_a_base_without_its_decorator_is_broken(tmp_path, monkeypatch):
    text = "from seqrec_core.spec import Spec\nclass Plain(Spec):\n    kind = 'plain'\n"
    (tmp_path / "acme_plain.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BrokenPluginError, match="decorate it with @spec"):
        _ = Registry([point("kinds", "plain", "acme_plain:Plain", "acme")]).kind("plain").base


def test_a_kind_for_another_core_is_not_imported():
    old = point("kinds", "old", "acme_nowhere:Base", "acme-old", ">=7")
    registry = Registry([old, point("old", "part", "acme_nowhere:Part", "acme-part")])
    with pytest.raises(IncompatiblePluginError, match=r"'old' of acme-old 1\.0 asks for"):
        _ = registry.kind("old").base
    assert registry.state(registry["old", "part"]).startswith(
        "unusable: the kind 'old' of acme-old"
    )


RESERVED = "kinds hooks commands groups suites templates presets renames known migrations"


@pytest.mark.parametrize("name", [*RESERVED.split()])
def test_a_reserved_name_is_no_kind(name):
    registry = Registry([point("kinds", name, "acme_rerank:RerankerSpec", "acme")])
    assert name not in registry.kinds()
    with pytest.raises(UnknownComponentError):
        registry.kind(name)


def test_the_allow_list_refuses_a_kind_as_it_refuses_components():
    registry = Registry([*POINTS, LOSS])
    registry.allow_only(["acme-mmr", "seqrec-loss-ce"])
    told = "the kind 'reranker' comes from acme-rerank, which the allow list leaves out"
    with pytest.raises(ForbiddenPluginError, match=told):
        registry["reranker", "mmr"]
    [mmr] = [component for component in registry if component.name == "mmr"]
    assert registry.state(mmr).startswith(f"unusable: {told}")
    assert registry["loss", "ce"]  # kinds of the core need no permission
    registry.allow_only(["acme-rerank", "acme-mmr"])
    assert registry["reranker", "mmr"].spec


def test_a_component_of_another_class_of_that_name_is_broken():
    registry = Registry([KIND, point("reranker", "shuffle", "other_rerank:ShuffleSpec", "other")])
    told = r"other 1\.0: .* is not a subclass of RerankerSpec of acme_rerank"
    with pytest.raises(BrokenPluginError, match=told):
        _ = registry["reranker", "shuffle"].spec


def test_a_component_that_calls_itself_of_another_kind_is_broken():
    cls = spec.spec(type("Odd", (spec.LossSpec,), {"kind": "norm", "target": "x:y"}))
    assert spec_fault(spec.LossSpec, cls) == "has kind = 'norm', and its base 'loss'; leave it out"
    with pytest.raises(BrokenPluginError, match="is not a subclass of NormSpec"):
        Registry([]).register("odd", cls)


def test_local_components_may_be_of_any_kind_that_is_declared():
    from acme_mmr import MMRSpec

    registry = Registry([KIND, MODEL])
    component = registry.register("mine", MMRSpec)
    assert registry["reranker", "local:mine"] is component
    assert registry.names("reranker") == ["mine"]
    told = r"unknown kind 'reranker'.* declares another by its base class.*seqrec\.kinds"
    with pytest.raises(UnknownComponentError, match=told):
        Registry([]).register("mine", MMRSpec)
    with pytest.raises(BrokenPluginError, match="has no kind"):
        registry.register("none", spec.Spec)


def test_a_kind_that_one_distribution_declares_twice_names_both_classes():
    again = point("kinds", "reranker", "other_rerank:RerankerSpec", "acme-rerank")
    said = "by acme-rerank as reranker = acme_rerank:RerankerSpec and as reranker = other_rerank:"
    with pytest.raises(AmbiguousNameError, match=f"{said}RerankerSpec; keep one of them"):
        Registry([*POINTS, again]).kind("reranker")
    assert Registry([*POINTS, KIND]).kind("reranker").base is acme_rerank.RerankerSpec


@pytest.mark.parametrize("name", ["", "re-rank", "re rank", "a.b", "a:b"])
def test_a_kind_has_a_name_that_may_stand_in_code(name):
    base = spec.spec(type("Base", (spec.Spec,), {"kind": name}))
    assert kind_fault(name, base).startswith(f"has a name, {name!r}, that is none in Python; use")
    assert kind_fault("reranker", acme_rerank.RerankerSpec) is None
