"""The schemas of the cases, as our objects."""

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)


def info(description):
    given = dict(description)
    source = FeatureSource(given.pop("source", "interactions"))
    hint = given.pop("feature_hint", None)
    return TensorFeatureInfo(
        **{**given, "feature_type": FeatureType(given["feature_type"])},
        feature_hint=hint and FeatureHint(hint),
        feature_sources=[TensorFeatureSource(source, given["name"])],
    )


def schema(descriptions):
    return TensorSchema([info(each) for each in descriptions])
