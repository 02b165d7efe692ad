"""A spec for each kind of wrong component, and specs that are wrong themselves."""

from seqrec_core.spec import (
    AggregatorSpec,
    CallbackSpec,
    ContextMergerSpec,
    DataModuleSpec,
    EmbedderSpec,
    EncoderSpec,
    HeadSpec,
    LossSpec,
    MaskSpec,
    ModelSpec,
    Needs,
    NormSpec,
    Offers,
    OptimizerSpec,
    PostprocessorSpec,
    ReaderSpec,
    SamplerSpec,
    SchedulerSpec,
    TrackerSpec,
    TrainerSpec,
    TransformSpec,
    inherited,
    param,
    spec,
)


@spec
class Encoder(EncoderSpec):
    """Made for the test."""

    embedding_dim: int = inherited(help="size")
    dropout: float = inherited(ge=0, lt=1, help="share dropped")


@spec
class BidirectionalEncoder(Encoder):
    """Made for the test."""

    target = "seqrec_mutants.encoders:Healthy"

    def is_causal(self):
        return False


@spec
class ItemEncoder(EncoderSpec):
    """Made for the test."""

    serves = ("item",)
    embedding_dim: int = inherited(help="size")


@spec
class Mask(MaskSpec):
    """Made for the test."""


@spec
class BidirectionalMask(Mask):
    """Made for the test."""

    target = "seqrec_mutants.masks:Healthy"

    def is_causal(self):
        return False


@spec
class Embedder(EmbedderSpec):
    """Made for the test."""

    cardinality: int = inherited(help="items")
    embedding_dim: int = inherited(help="size")


@spec
class Aggregator(AggregatorSpec):
    """Made for the test."""

    embedding_dim: int = inherited(help="size")
    max_sequence_length: int = inherited(help="positions")


@spec
class Norm(NormSpec):
    """Made for the test."""


@spec
class Head(HeadSpec):
    """Made for the test."""


@spec
class Loss(LossSpec):
    """Made for the test."""


@spec
class SampledLoss(LossSpec):
    """Made for the test."""

    needs_negatives = True
    negative_labels_ignore_index: int = param(-100, help="no negative")


@spec
class CorrectedLoss(SampledLoss):
    """Made for the test."""

    def needs_logq(self):
        return True


@spec
class Transform(TransformSpec):
    """Made for the test."""

    runtime = ("generator",)


@spec
class TransformThatTells(Transform):
    """Made for the test."""

    target = "seqrec_mutants.transforms:Healthy"

    def needs(self, split):
        return Needs(columns=("query_id",))

    def columns_after(self, columns):
        return columns | {"luck"}


@spec
class NeedsTooMuch(TransformThatTells):
    """Made for the test."""

    def needs(self, split):
        return Needs(columns=("query_id", "price"))


@spec
class NeedsTooLittle(TransformThatTells):
    """Made for the test."""

    target = "seqrec_mutants.transforms:ReadsThePrice"


@spec
class NeedsWhatIsNotThere(TransformThatTells):
    """Made for the test."""

    def needs(self, split):
        return Needs(columns=("query_id", "colour"))


@spec
class MakesLess(TransformThatTells):
    """Made for the test."""

    def columns_after(self, columns):
        return columns | {"luck", "fortune"}


@spec
class MakesMore(TransformThatTells):
    """Made for the test."""

    def columns_after(self, columns):
        return columns


@spec
class Postprocessor(PostprocessorSpec):
    """Made for the test."""


@spec
class CallbackOf(CallbackSpec):
    """Made for the test."""


@spec
class NeutralMetric(CallbackSpec):
    """Made for the test."""

    api = ""


@spec
class ForeignCallback(CallbackSpec):
    """Made for the test."""

    api = "acme"


@spec
class Optimizer(OptimizerSpec):
    """Made for the test."""

    lr: float = param(0.1, gt=0, help="rate")


@spec
class Scheduler(SchedulerSpec):
    """Made for the test."""


@spec
class Sampler(SamplerSpec):
    """Made for the test."""

    runtime = ("generator",)


@spec
class Tracker(TrackerSpec):
    """Made for the test."""


@spec
class Merger(ContextMergerSpec):
    """Made for the test."""


@spec
class Model(ModelSpec):
    """Made for the test."""

    runtime = ("schema",)
    embedding_dim: int = param(8, ge=1, help="size")

    def default_transforms(self, schema):
        columns = [name for name in schema.names if name != "query_id"]
        names = {"item_id_mask": "padding_mask", "positive_labels_mask": "target_padding_mask"}
        group = {"type": "group", "mapping": {"feature_tensors": columns}}
        rename = {"type": "rename", "mapping": names}
        labels = [
            {"type": "unsqueeze", "column_name": name, "dim": -1}
            for name in ("positive_labels", "target_padding_mask")
        ]
        train, evaluate = [{"type": "next_token"}, rename, *labels, group], [rename, group]
        return {"train": train, "validate": evaluate, "test": evaluate, "predict": evaluate}


@spec
class ForgetsToRename(Model):
    """Made for the test."""

    target = "seqrec_mutants.models:Healthy"

    def default_transforms(self, schema):
        every = super().default_transforms(schema)
        return every | {"predict": every["predict"][1:]}


@spec
class BidirectionalModel(Model):
    """Made for the test."""

    target = "seqrec_mutants.models:Healthy"

    def is_causal(self):
        return False


@spec
class Trainer(TrainerSpec):
    """Made for the test."""

    checkpoint = "last.pt"
    callback_apis = ("",)
    max_epochs: int = param(3, ge=1, help="passes")


@spec
class Reader(ReaderSpec):
    """Made for the test."""


@spec
class Data(DataModuleSpec):
    """Made for the test."""


@spec
class DataThatTells(Data):
    """Made for the test."""

    target = "seqrec_mutants.datamodules:Healthy"

    def offers(self, schema):
        features = [name for name in schema.names if name != "query_id"]
        read = {"query_id", "seen_ids", *features, *(f"{name}_mask" for name in features)}
        truth = {"ground_truth", "train"}
        columns = {"train": read - {"seen_ids"}, "predict": read}
        columns |= dict.fromkeys(("validate", "test"), read | truth)
        sizes = {"item_id": schema["item_id"].cardinality}
        return Offers(columns=columns, cardinalities=sizes)


@spec
class OffersTooMuch(DataThatTells):
    """Made for the test."""

    def offers(self, schema):
        columns = super().offers(schema).columns
        return Offers(columns=columns | {"test": columns["test"] | {"colour"}})


@spec
class OffersTooLittle(DataThatTells):
    """Made for the test."""

    def offers(self, schema):
        columns = super().offers(schema).columns
        return Offers(columns=columns | {"predict": columns["predict"] - {"seen_ids"}})


@spec
class ForgetsASplit(DataThatTells):
    """Made for the test."""

    def offers(self, schema):
        columns = super().offers(schema).columns
        return Offers(columns={s: columns[s] for s in ("train", "validate", "predict")})


@spec
class CountsOneItemMore(DataThatTells):
    """Made for the test."""

    def offers(self, schema):
        return Offers(cardinalities={"item_id": schema["item_id"].cardinality + 1})


@spec
class WithoutHelp(Encoder):
    """Made for the test."""

    target = "seqrec_mutants.encoders:Healthy"
    dropout: float = param(0.0, help=" ")


@spec
class WithoutMigration(Encoder):
    """Made for the test."""

    target = "seqrec_mutants.encoders:Healthy"
    version = 2


@spec
class ReadsOtherValuesThanItDumps(Optimizer):
    """Made for the test."""

    target = "seqrec_mutants.optimizers:Healthy"
    lr: float = param(0.1, gt=0, help="rate")

    def __attrs_post_init__(self):
        object.__setattr__(self, "lr", self.lr / 2)


@spec
class WithoutDocstring(Encoder):
    target = "seqrec_mutants.encoders:Healthy"


def of(base, target):
    """A spec like another one, for another target."""
    name = target.rpartition(":")[2]
    body = {"target": f"seqrec_mutants.{target}", "__doc__": "Made for the test."}
    return spec(type(name, (base,), {"__module__": __name__, **body}))
