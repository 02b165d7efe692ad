import pytest
from seqrec_fake.specs import FakeLossSpec, FakeNormSpec

from seqrec_core import Bundle, Session, build, dump, load, resolve
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
    assert resolve(recipe, session) == load_resolved(data, session=session).recipe
    assert watch.events == ["resolved", "resolved"]
    resolve(recipe)  # that of the process has other listeners
    assert len(watch.events) == 2


def test_a_session_of_ones_own_builds_and_loads(data, session, watch, tmp_path):
    extra = session.registry.register("only_here", FakeLossSpec)
    data["model"]["loss"] = {"type": "local:only_here"}
    with pytest.raises(SpecError, match="only_here"):
        load(data)
    recipe = load(data, session=session)
    model = build(recipe, session=session)
    assert watch.events[-1] == "built"
    path = Bundle.write(tmp_path / "bundle", model, recipe, session=session).path
    assert Bundle.load(path, session=session).model
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
    assert load_raw(path) == {"model": {"type": "nobody has it"}}


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
