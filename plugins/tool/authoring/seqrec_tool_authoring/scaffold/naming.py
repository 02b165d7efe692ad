"""What the name of a new plugin gives: its distribution, its module, its component, its classes."""

import importlib.util
import keyword
import re
import sys

import attrs
from packaging.utils import canonicalize_name

from seqrec_core.errors import SeqrecError
from seqrec_core.spec import KINDS

__all__ = ["Names", "check_free", "names_of"]

_ALLOWED = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FILES = ("conformance", "specs", "tests")
_IMPORTED = (  # class names that a generated module imports
    *("Batch", "Callback", "DataLoader", "ExponentialLR", "FeatureSource", "HeadProto"),
    *("InferenceOutput", "ItemScorer", "LossProto", "Optimizer", "Path", "ScorerProto"),
    *("Tensor", "TensorSchema", "TrainOutput", "Any", "Callable", "Iterable", "Mapping"),
    *("Sequence", "Parabola", "PlainScorer"),
)


@attrs.frozen
class Names:
    """For `acme-gru`: the module `acme_gru`, the component `gru`, the class `Gru`."""

    distribution: str
    component: str

    @property
    def module(self) -> str:
        """Name of the package that is imported."""
        return self.distribution.replace("-", "_")

    @property
    def cls(self) -> str:
        """Name of the class; that of its spec has `Spec` behind it."""
        return _camel(self.component)


def names_of(name: str, kind: str, family: str | None = None) -> Names:
    """Names for a plugin of a kind.

    `name` is that of the distribution or, in a family, which has one of its own, that of the
    component. Raises SeqrecError for what no distribution, module or class can be called.
    """
    for word in (name, family or name):
        _check_allowed(word)
    if family is None:
        return Names(name, _component(name.replace("-", "_"), kind))
    component = name.replace("-", "_")
    if not _is_free(component):
        raise SeqrecError(
            f"{name!r} is what the code of a {kind} needs for something else; choose another "
            f"name, as in 'my-{name}'"
        )
    return Names(f"seqrec-{kind.replace('_', '-')}-{family}", component)


def _check_allowed(name: str) -> None:
    if not _ALLOWED.fullmatch(name):
        close = canonicalize_name(re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-0123456789"))
        hint = f"; did you mean {close!r}?" if _ALLOWED.fullmatch(close) else ""
        raise SeqrecError(
            f"{name!r} is no name for a plugin: use small letters, digits and single "
            f"hyphens, a letter first, as in 'acme-gru'{hint}"
        )


def check_free(names: Names) -> None:
    """Raises SeqrecError if a package of that name is there already, or would hide Python's."""
    module = names.module
    if keyword.iskeyword(module) or module in sys.stdlib_module_names:
        raise SeqrecError(
            f"{names.distribution!r} would hide what Python itself calls {module!r}; put your own "
            f"name in front, as in 'acme-{names.distribution}'"
        )
    if importlib.util.find_spec(module) is not None:
        raise SeqrecError(
            f"a package {module!r} is installed already; choose another name, or uninstall it"
        )


def _component(module: str, kind: str) -> str:
    """The name without its first word and its kind, if what is left can name a file and a class."""
    _, _, rest = module.partition("_")
    short = rest.removeprefix(f"{kind}_")
    return next((name for name in (short, rest) if _is_free(name)), module)


def _is_free(name: str) -> bool:
    reserved = {*_IMPORTED, *(base.__name__ for base in KINDS.values())}
    usable = name.isidentifier() and not keyword.iskeyword(name) and name not in _FILES
    return usable and not reserved & {_camel(name), f"{_camel(name)}Spec"}


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
