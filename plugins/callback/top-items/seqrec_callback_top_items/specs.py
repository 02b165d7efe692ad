"""Callbacks that collect the best items of each user, as tensors or as a pandas frame."""

from seqrec_core.spec import CallbackSpec, inherited, param, spec


@spec
class TorchTopItemsSpec(CallbackSpec):
    """Recommendations as tensors."""

    target = "seqrec_callback_top_items.tensors:TorchTopItemsCallback"
    runtime = ("postprocessors",)
    top_k: int = param(10, ge=1, help="items recommended to each user")

    def measures(self) -> tuple[str, ...]:
        """Nothing."""
        return ()


@spec
class PandasTopItemsSpec(CallbackSpec):
    """Recommendations as a pandas frame."""

    target = "seqrec_callback_top_items.pandas_frame:PandasTopItemsCallback"
    runtime = ("postprocessors",)
    top_k: int = param(10, ge=1, help="items recommended to each user")
    query_column: str = inherited(help="column of users, in the batch and in the frame")
    item_column: str = inherited("item_feature_name", help="column of items in the frame")
    rating_column: str = param("rating", help="column of logits in the frame")

    def measures(self) -> tuple[str, ...]:
        """Nothing."""
        return ()
