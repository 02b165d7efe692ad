import json
import pickle
import re
import subprocess
import sys
import warnings

import pytest
import torch
from command_line import seqrec
from seqrec_fake.parts import Norm, Rows
from seqrec_fake.specs import FakeDataSpec, FakeLossSpec, FakeModelSpec

from seqrec_core import build, load, registry, resolve
from seqrec_core.build import Built, Runtime
from seqrec_core.errors import Fault, PluginFaultError, SeqrecError, SpecError
from seqrec_core.faults import PluginFaults, failure, origin
from seqrec_core.spec import spec


class Failing:
    """A part whose methods fail, each in its way."""

    def forward(self, batch):
        return [batch[name] for name in ("timestamp",)]

    def deeper(self):
        return torch.zeros(2, 3) @ torch.zeros(2, 3)

    def others(self, other):
        return other.forward({})

    def run(self, name):
        return vars(self)[name]()

    def of_ours(self):
        raise SpecError([Fault("model", "is wrong")])

    def stop(self):
        raise KeyboardInterrupt

    def warn(self):
        warnings.warn("careful", RuntimeWarning, stacklevel=1)


@pytest.fixture
def parts():
    """Two parts of a build: each stands for a component of the fakes."""
    return [
        Built("model.loss", FakeLossSpec(), Failing()),
        Built("model", FakeModelSpec(), Failing()),
    ]


def sentence(parts, call):
    with pytest.raises(PluginFaultError) as caught, PluginFaults(parts, registry):
        call(*(part.product for part in parts))
    assert "\n" not in str(caught.value)
    return str(caught.value), caught.value.__cause__


def test_a_fault_names_path_component_distribution_method_and_what_was_raised(parts):
    said, cause = sentence(parts, lambda loss, model: model.forward({}))
    assert said == (
        "model (model 'fake_model' of local): forward failed: KeyError: 'timestamp'; "
        "seqrec --debug shows the traceback"
    )
    assert isinstance(cause, KeyError)


def test_the_innermost_part_is_named_also_where_a_library_raised(parts):
    said, _ = sentence(parts, lambda loss, model: model.others(loss))
    assert said.startswith("model.loss (loss 'fake_loss' of local): forward failed")
    said, _ = sentence(parts, lambda loss, model: model.deeper())
    assert said.startswith("model (model 'fake_model' of local): deeper failed: RuntimeError")


def test_a_function_of_the_package_of_a_part_is_its(parts, monkeypatch):
    """The caller's own package is not asked for: it is what failed to call, not what was called."""
    code = "def work():\n    raise ValueError('no')\ndef call():\n    return work()\n"
    there, here = {"__name__": "seqrec_fake.further"}, {"__name__": __name__}
    exec(code, there)
    exec(code, here)
    model = [parts[1]]
    said, _ = sentence(model, lambda model: there["call"]())
    assert said.startswith("model (model 'fake_model' of local): work failed: ValueError: no;")
    said, _ = sentence(parts, lambda loss, model: there["call"]())
    assert said.startswith(  # the same package: either may have called it
        "model.loss (loss 'fake_loss' of local) or model (model 'fake_model' of local): work failed"
    )
    parts[1].product.others = there["call"]
    said, _ = sentence(parts, lambda loss, model: model.run("others"))
    assert said.startswith("model (model 'fake_model' of local): work failed: ValueError: no;")
    with pytest.raises(ValueError, match="no"), PluginFaults(parts, registry):
        here["call"]()


@pytest.mark.parametrize(
    ("method", "error"),
    [("of_ours", SpecError), ("stop", KeyboardInterrupt), ("warn", RuntimeWarning)],
)
@pytest.mark.filterwarnings("error")
def test_what_is_no_fault_of_a_plugin_goes_through(parts, method, error):
    with pytest.raises(error), PluginFaults(parts, registry):
        getattr(parts[0].product, method)()


def test_parts_that_are_built_within_count(data):
    runtime = Runtime.of(resolve(load(data)))
    said = r"model\.encoder \(.*'fake_encoder'.*forward failed"
    with pytest.raises(PluginFaultError, match=said), PluginFaults(runtime.trace, registry):
        build(load(data), runtime=runtime).encoder("no tensor")


def test_an_error_that_came_from_a_worker_is_told_by_its_last_line():
    cause = RuntimeError("Caught KeyError in worker 0.\nOriginal Traceback\n...\nKeyError: 'x'\n")
    assert failure("work", cause).startswith("work failed: KeyError: 'x'; seqrec --debug")
    assert failure("work", ValueError()).startswith("work failed: ValueError; seqrec --debug")
    assert failure("work", ValueError("\n a\n b")).startswith("work failed: ValueError: a; seqrec")


def test_a_component_in_words_has_its_distribution_and_version():
    cls = registry["loss", "seqrec-loss-ce:ce"].spec
    assert re.fullmatch(r"loss 'ce' of seqrec-loss-ce [\d.]+", origin(cls, registry))
    assert origin(type("Unknown", (FakeLossSpec,), {}), registry) == "Unknown"


@spec
class Impatient(FakeModelSpec):
    """Fails where it should say what to do with a batch."""

    def default_transforms(self, schema):
        return {"train": [{"type": "local:fake_transform", "column": {}["timestamp"]}]}


@pytest.fixture
def impatient(data):
    component = registry.register("impatient", Impatient)
    data["model"]["type"] = "impatient"
    yield data
    registry.unregister(component)


def test_default_transforms_that_fail_are_a_fault_of_the_spec(impatient):
    impatient["model"]["tags"] = "a"
    with pytest.raises(SpecError, match="tags"):
        resolve(load(impatient))
    impatient["model"]["tags"] = []
    with pytest.raises(SpecError) as caught:
        resolve(load(impatient))
    assert str(caught.value) == (
        "model: default_transforms of model 'impatient' of local failed: KeyError: 'timestamp'; "
        "seqrec --debug shows the traceback"
    )
    assert isinstance(caught.value.__cause__, KeyError)


def test_debug_shows_the_traceback_before_the_sentence(impatient, tmp_path):
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(impatient))
    plain, debug = seqrec("validate", path), seqrec("--debug", "validate", path)
    assert plain.returncode == debug.returncode == 2
    assert len(plain.stderr.splitlines()) == 1
    assert debug.stderr.endswith(plain.stderr)
    assert "Traceback" in debug.stderr
    assert "in default_transforms" in debug.stderr
    assert seqrec("validate", path).stderr == plain.stderr  # the option is of one command


def test_errors_come_whole_from_another_process():
    cause = KeyError("a")
    error = SpecError([Fault("model", "is wrong"), Fault("seed", "too", cause)])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.faults) == (str(error), error.faults)
    assert isinstance(pickle.loads(pickle.dumps(PluginFaultError("one"))), SeqrecError)


def test_faults_need_no_torch():
    code = "import sys, seqrec_core.faults; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


class UnreadableError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize("place", ["forward", "build", "default_transforms", "check"])
def test_an_exception_that_cannot_say_what_it_is_is_told_by_its_type(
    parts, data, place, monkeypatch
):
    def fail(self, *arguments, **settings):
        raise UnreadableError

    owner = {"forward": Failing, "build": Norm}.get(place, FakeModelSpec)
    monkeypatch.setattr(owner, "__init__" if place == "build" else place, fail)
    with (
        pytest.raises(SeqrecError, match=r"failed(:| with) Unreadable"),
        PluginFaults(parts, registry),
    ):
        parts[0].product.forward({}) if place == "forward" else build(load(data))


@pytest.mark.slow
def test_what_fails_in_a_worker_is_the_fault_of_the_part_whose_code_it_is():
    """The traceback here ends in torch; that of the worker stands in the message."""
    data = Built("data", FakeDataSpec(), object())
    said, _ = sentence([data], lambda _: list(torch.utils.data.DataLoader(Rows(), num_workers=1)))
    assert said == (
        "data (datamodule 'fake_data' of local): __getitem__ failed: KeyError: 'no column'; "
        "seqrec --debug shows the traceback"
    )


@pytest.mark.filterwarnings("error")
def test_warnings_that_are_errors_go_through_wherever_they_are_raised(data, monkeypatch):
    def warn(*arguments, **settings):
        warnings.warn("careful", RuntimeWarning, stacklevel=1)

    monkeypatch.setattr(FakeModelSpec, "default_transforms", warn)
    with pytest.raises(RuntimeWarning, match="careful"):
        resolve(load(data))
    monkeypatch.undo()
    monkeypatch.setattr(Norm, "__init__", warn)
    with pytest.raises(RuntimeWarning, match="careful"):
        build(load(data))
