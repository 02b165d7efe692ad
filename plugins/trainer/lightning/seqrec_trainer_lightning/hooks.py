"""Refuses a recipe whose item ids are shifted by padding: metrics and writers count from 0."""

from seqrec_core.errors import Fault, SpecError
from seqrec_core.hookspecs import hookimpl
from seqrec_core.schema import FeatureHint
from seqrec_core.spec import Recipe
from seqrec_trainer_lightning.specs import LightningTrainerSpec


@hookimpl
def seqrec_spec_resolved(recipe: Recipe) -> None:
    """Raises SpecError where padding shifts item ids: column j of the logits must be item j."""
    if not isinstance(recipe.trainer, LightningTrainerSpec):
        return
    for index, feature in enumerate(recipe.schema.features):
        padding = feature.padding_value
        if feature.hint is FeatureHint.ITEM_ID and padding not in (None, feature.cardinality):
            path = f"schema.features[{index}].padding_value"
            message = (
                f"is {padding}; metrics and recommendations need the items 0 to "
                f"{(feature.cardinality or 0) - 1} and padding after them: remove it, and count "
                "items from 0"
            )
            raise SpecError([Fault(path, message)])
