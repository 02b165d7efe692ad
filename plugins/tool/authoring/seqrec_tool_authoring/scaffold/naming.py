"""What the name of a new plugin gives: its distribution, its module, its component, its classes."""

import importlib.util
import keyword
import re
import sys
from collections.abc import Collection

import attrs
from packaging.utils import canonicalize_name

from seqrec_core import spec
from seqrec_core.errors import SeqrecError

__all__ = ["Names", "check_free", "component_of", "names_of"]

_ALLOWED = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FILES = ("conformance", "specs", "tests")


@attrs.frozen
class Names:
    """For `acme-gru`: the module `acme_gru`, the component `gru`, the class `Gru`.

    `folder` is where the module lies in its project, such as `src`.
    """

    distribution: str
    component: str
    module: str = attrs.Factory(lambda self: self.distribution.replace("-", "_"), takes_self=True)
    folder: str = ""

    @property
    def package(self) -> str:
        """Folder of the package that is imported, in the project."""
        return f"{self.folder}/{self.module}" if self.folder else self.module

    @property
    def cls(self) -> str:
        """Name of the class; that of its spec has `Spec` behind it."""
        return _camel(self.component)


def names_of(
    name: str,
    kind: str,
    family: str | None = None,
    component: str | None = None,
    taken: Collection[str] = (),
) -> Names:
    """Names for a plugin of a kind, in a project of its own.

    `name` is that of the distribution or, in a family, which has one of its own, that of the
    component. The component of a distribution follows from its name, unless `component` says it.
    `taken` are names that classes cannot have. Raises SeqrecError for what no distribution,
    module or class can be called.
    """
    if family is not None:
        _check_allowed(family)
        return Names(f"seqrec-{kind.replace('_', '-')}-{family}", component_of(name, kind, taken))
    _check_allowed(name)
    if component is not None:
        return Names(name, component_of(component, kind, taken))
    module = name.replace("-", "_")
    _, _, rest = module.partition("_")
    short = rest.removeprefix(f"{kind}_")
    return Names(name, next((each for each in (short, rest) if _is_free(each, taken)), module))


def component_of(name: str, kind: str, taken: Collection[str] = ()) -> str:
    """The component with a name, hyphens or not; SeqrecError where its code cannot be called so."""
    words = name.replace("_", "-")
    _check_allowed(words)
    component = words.replace("-", "_")
    if not _is_free(component, taken):
        raise SeqrecError(
            f"{name!r} is what the code of a {kind} needs for something else; choose another "
            f"name, as in 'my-{name}'"
        )
    return component


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


def _is_free(name: str, taken: Collection[str]) -> bool:
    reserved = {*taken, *spec.__all__}
    usable = name.isidentifier() and not keyword.iskeyword(name) and name not in _FILES
    return usable and not reserved & {_camel(name), f"{_camel(name)}Spec"}


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
