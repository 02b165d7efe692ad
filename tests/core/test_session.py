import importlib
import multiprocessing
import sys

import pytest
from seqrec_fake.specs import FakeLossSpec, FakeNormSpec

from seqrec_core import Bundle, Session, build, dump, load, resolve
from seqrec_core.build import Runtime
from seqrec_core.errors import BrokenPluginError, Fault, SpecError, UnknownComponentError
from seqrec_core.hookspecs import hookimpl
from seqrec_core.registry import Registry
from seqrec_core.session import load_raw, load_resolved, read, registry
from seqrec_core.spec import LossSpec, NormSpec, spec


class Watch:
    """Notes the events it is told of."""

    def __init__(self):
        self.events = []

    @hookimpl
    def seqrec_spec_resolved(self, recipe):
        self.events.append("resolved")

    @hookimpl
    def seqrec_model_built(self, model, recipe):
        self.events.append("built")


@pytest.fixture
def session():
    """One of its own: the same components, another listener."""
    own = Session(Registry(registry.points))
    for component in registry:
        if component.local_spec is not None:
            own.registry.register(component.name, component.local_spec)
    return own


@pytest.fixture
def watch(session):
    listener = Watch()
    session.listeners.manager.register(listener)
    return listener


def test_reading_tells_nobody_and_resolving_its_own_listeners(data, session, watch):
    recipe = load(data, session=session)
    assert watch.events == []
    assert resolve(recipe, session) == load_resolved(data, (), session).recipe
    assert watch.events == ["resolved", "resolved"]
    resolve(recipe)  # that of the process has other listeners
    assert len(watch.events) == 2


def test_a_session_of_ones_own_builds_and_loads(data, session, watch, tmp_path):
    extra = session.registry.register("only_here", FakeLossSpec)
    data["model"]["loss"] = {"type": "local:only_here"}
    with pytest.raises(SpecError, match="only_here"):
        load(data)
    recipe = load(data, session=session)
    model = build(recipe, session)
    assert watch.events[-1] == "built"
    path = Bundle.write(tmp_path / "bundle", model, recipe, session=session).path
    assert Bundle.load(path, session).model
    assert Bundle.load(path, session).serving().model
    session.registry.unregister(extra)


def test_a_target_that_does_not_import_is_named_by_the_registry_of_the_session(data, session):
    @spec
    class Broken(LossSpec):
        """Cannot be built."""

        target = "seqrec_nowhere:Loss"

    session.registry.register("broken", Broken)
    data["model"]["loss"] = {"type": "local:broken"}
    with pytest.raises(BrokenPluginError, match="loss 'broken' of local"):
        build(load(data, session=session), session=session)


def test_dumping_names_components_by_the_registry_of_the_session(data, session):
    recipe = load(data, session=session)
    assert dump(recipe, session) == dump(recipe)
    with pytest.raises(UnknownComponentError):
        dump(recipe, Session(Registry([])))


def test_raw_data_of_a_file_is_read_without_a_check(tmp_path):
    path = tmp_path / "spec.json"
    path.write_text('{"model": {"type": "nobody has it"}, "$schema": "s.json"}')
    assert load_raw(path) == {"seqrec": 2, "model": {"type": "nobody has it"}}


def test_a_listener_of_one_session_rejects_there_only(data, session):
    class Policy:
        @hookimpl
        def seqrec_spec_resolved(self, recipe):
            raise SpecError([Fault("model", "not here")])

    session.listeners.manager.register(Policy())
    with pytest.raises(SpecError, match="not here"):
        load_resolved(data, session=session)
    assert load_resolved(data)


def test_parts_are_read_by_the_type_that_holds_them():
    types = dict[str, tuple[NormSpec, ...]]
    parts = read({"a": [{"type": "fake_norm", "dim": 3}]}, types, "place")
    assert parts == {"a": (FakeNormSpec(dim=3),)}
    with pytest.raises(SpecError, match=r"place\.a\[0\]\.dim: expected a whole number"):
        read({"a": [{"type": "fake_norm", "dim": "3"}]}, types, "place")


def test_an_outermost_function_tells_of_each_event_once(data, session, watch, tmp_path):
    recipe = load(data, (), session)
    model = build(recipe, session)
    assert watch.events == ["resolved", "built"]
    bundle = Bundle.write(tmp_path / "bundle", model, recipe, session=session)
    assert watch.events == ["resolved", "built"]  # it is no reason to resolve anything
    again = Bundle.load(bundle.path, session)
    assert again.model is again.model
    assert watch.events == ["resolved", "built"] * 2
    again.serving()
    assert watch.events == ["resolved", "built"] * 3


def test_a_runtime_brings_its_session(data, session, watch):
    recipe = load(data, (), session)
    build(recipe, runtime=Runtime.of(recipe, session=session))
    assert watch.events == ["resolved", "built"]


PLUGIN = """
from seqrec_core.hookspecs import hookimpl
from seqrec_core.spec import ModelSpec, param, spec

@spec
class AcmeSpec(ModelSpec):
    "A table."
    target = "acme_there:build_table"
    size: int = param(3, help="rows")

    def default_transforms(self, schema):
        return {}

def build_table(size):
    import torch
    return torch.nn.Embedding(size, 2)

@hookimpl
def seqrec_model_built(model):
    model.seen = True

def work(data, queue, *session):
    from seqrec_core import build, load
    model = build(load(data, (), *session), *session)
    queue.put((model.seen, model.weight.tolist()))
"""


@pytest.fixture
def acme(tmp_path, monkeypatch, data):
    """The module of a third party's distribution that is installed, and a spec that uses it."""
    info = tmp_path / "acme_there-1.0.dist-info"
    info.mkdir()
    (tmp_path / "acme_there.py").write_text(PLUGIN)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-there\nVersion: 1.0\nRequires-Dist: seqrec-core\n"
    )
    points = "[seqrec.model]\nacme = acme_there:AcmeSpec\n[seqrec.hooks]\nacme = acme_there\n"
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    yield (
        importlib.import_module("acme_there"),
        {"schema": data["schema"], "model": {"type": "acme"}},
    )
    del sys.modules["acme_there"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "is_handed"), [("spawn", False), ("spawn", True), ("fork", True)]
)  # a fork has what its parent found
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_another_process_finds_a_third_partys_plugin_by_itself(acme, method, is_handed):
    module, spec = acme
    own = Session()
    expected = build(load(spec, (), own), own)
    processes = multiprocessing.get_context(method)
    queue = processes.Queue()
    handed = (own,) if is_handed else ()
    process = processes.Process(target=module.work, args=(spec, queue, *handed))
    process.start()
    seen, weight = queue.get(timeout=60)
    process.join()
    assert seen
    assert weight == expected.weight.tolist()


def test_a_spec_may_be_resolved_without_an_event(data, session, watch):
    quiet = load_resolved(data, session=session, quietly=True)
    assert watch.events == []
    assert quiet == load_resolved(data, session=session)
