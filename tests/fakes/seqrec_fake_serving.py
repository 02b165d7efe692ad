"""A trainer with callbacks, and postprocessors that read the training data."""

import json

import pyarrow.parquet as pq

from seqrec_core.spec import CallbackSpec, PostprocessorSpec, TrainerSpec, inherited, param, spec


@spec
class ForgetfulSpec(PostprocessorSpec):
    """Reads the training data whenever it is made."""

    target = "seqrec_fake_serving:Forgetful"
    runtime = ("data_dir",)
    length: int = inherited("max_sequence_length", help="length of the model")


@spec
class KeepingSpec(ForgetfulSpec):
    """Keeps what it read in the bundle."""

    target = "seqrec_fake_serving:Keeping"


@spec
class WatchSpec(CallbackSpec):
    """Watches another trainer."""

    target = "seqrec_fake_serving:Nothing"
    api = "acme"


@spec
class NeutralSpec(WatchSpec):
    """Watches any trainer."""

    target = "seqrec_fake_serving:Nothing"
    api = ""


@spec
class FakeTrainerSpec(TrainerSpec):
    """Runs callbacks of its own."""

    target = "seqrec_fake_serving:Nothing"
    callback_apis = ("plain",)
    callbacks: tuple[CallbackSpec, ...] = param((), help="callbacks")


class Forgetful:
    def __init__(self, length, data_dir):
        self.length, self.data_dir = length, data_dir
        file = None if data_dir is None else data_dir / "train.parquet"
        self.items = None if file is None else pq.read_table(file)["item"].to_pylist()


class Keeping(Forgetful):
    def save_assets(self, folder):
        (folder / "items.json").write_text(json.dumps(self.items))

    def load_assets(self, folder):
        self.items = json.loads((folder / "items.json").read_text())


class Nothing:
    def __init__(self, **settings):
        self.settings = settings


REGISTERED = {
    "forgetful": ForgetfulSpec,
    "keeping": KeepingSpec,
    "watch": WatchSpec,
    "neutral": NeutralSpec,
    "fake_trainer": FakeTrainerSpec,
}
