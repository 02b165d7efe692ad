"""Sequential recommenders from Python: prepare a frame, fit a preset, evaluate, recommend."""

from seqrec.fitting import fit
from seqrec.loaded_run import Metrics, Run, load
from seqrec.prepared_data import Data, prepare
from seqrec.preset_choices import Presets, presets
from seqrec_core.session import registry

__all__ = ["Data", "Metrics", "Presets", "Run", "fit", "load", "prepare", "presets", "registry"]
