"""Documents of an older format, in what they say of this trainer."""

from typing import Any

from seqrec_core.errors import RegistryError
from seqrec_core.registry import Registry
from seqrec_trainer_lightning.specs import LightningTrainerSpec

TENSORBOARD = {"type": "tensorboard"}


def from_format_1(document: dict[str, Any], registry: Registry) -> dict[str, Any]:
    """The document without `trainer.tensorboard`, for which there are trackers now.

    One that extends another may have a trainer without `type`: no other trainer has that field.
    """
    trainer = document.get("trainer")
    if not isinstance(trainer, dict) or not _is_ours(trainer, registry):
        return document
    wish = trainer.get("tensorboard")
    if not isinstance(wish, bool):  # anything else is a fault where the document is read
        return document
    rest = {name: value for name, value in trainer.items() if name != "tensorboard"}
    if wish and "extends" not in document:
        return {**document, "trainer": rest}
    return {"trackers": [TENSORBOARD] if wish else [], **document, "trainer": rest}


def _is_ours(trainer: dict[str, Any], registry: Registry) -> bool:
    """Whether the type of a trainer, short or canonical, is this one."""
    name = trainer.get("type")
    if name is None:
        return True
    try:
        return isinstance(name, str) and registry["trainer", name].spec is LightningTrainerSpec
    except RegistryError:
        return False
