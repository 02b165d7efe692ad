"""The lock of a bundle: a resolved recipe as data, and which code it was made with.

components      the version of each component, by canonical name
distributions   version and digest of those with that code: of components, of libraries, of kinds
files           the digest of each other file of the bundle; locks of earlier editions lack it
digest          that of all the rest of the lock
"""

import importlib.metadata
import warnings
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from seqrec_core.digests import data_digest
from seqrec_core.errors import BundleError
from seqrec_core.reading.codec import Reader, dump, specs_below
from seqrec_core.reading.formats import of_this_format, without
from seqrec_core.reading.json_text import object_of_file
from seqrec_core.reading.migrate import versions_of
from seqrec_core.reading.resolve import Resolution, resolve_data
from seqrec_core.registry.component import LOCAL
from seqrec_core.registry.installed import CORE, RENAMES
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.kinds import PostprocessorSpec, TransformSpec
from seqrec_core.spec.recipe import Recipe
from seqrec_core.spec.record import Spec
from seqrec_core.trust import is_distribution

LOCK = "spec.lock.json"
FILES = "files"
_DIGEST = "digest"


def read_lock(folder: Path) -> dict[str, Any]:
    """The plain data of the lock in a folder, as far as the core alone can read older ones.

    Raises SpecError for a file that cannot be read, BundleError for one that is not as written.
    """
    path = folder / LOCK
    lock = object_of_file(path)
    if _DIGEST in lock and lock[_DIGEST] != data_digest(without(lock, _DIGEST)):
        raise BundleError(
            f"{path} is damaged: it is not what was written; restore it from a copy, or, "
            'if you changed it yourself, take out its "digest"'
        )
    files = lock.get(FILES, {})
    if not isinstance(files, dict) or not all(isinstance(each, str) for each in files.values()):
        raise BundleError(f"{path} is damaged: its table of files; restore it from a copy")
    return of_this_format(lock, None)


def with_files(lock: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """A lock with these digests of the files beside it."""
    lock = {**without(lock, FILES, _DIGEST), FILES: dict(files)}
    return {**lock, _DIGEST: data_digest(lock)}


def lock_of(recipe: Recipe, registry: Registry) -> dict[str, Any]:
    """A resolved recipe as data, with its tables."""
    specs = [spec for _, spec in specs_below(recipe)]
    components = {(c := registry.of_spec(type(s))).canonical: (c, s.version) for s in specs}
    owners = {component.distribution for component, _ in components.values()}
    owners |= {registry.kind(spec.kind).distribution for spec in specs}
    return {
        **dump(recipe, registry),
        "components": {
            name: {"version": version, "distribution": component.version}
            for name, (component, version) in sorted(components.items())
        },
        "distributions": {
            name: {"version": _metadata(name)[1], "digest": registry.digest(name)}
            for name in sorted(_with_libraries(owners - {LOCAL, CORE}))
        },
    }


def resolve_serving(lock: Mapping[str, Any], registry: Registry) -> Resolution:
    """What answers need: schema and model as recipe, beside it transforms and postprocessors.

    Nothing else of the lock is read. Raises SpecError, or BundleError for a table that is none.
    """
    recipe = {key: lock[key] for key in ("seqrec", "seed", "schema", "model") if key in lock}
    reader = Reader(registry, versions_of(lock.get("components", {})))
    return resolve_data(recipe, reader, _raw_parts(lock))


def _raw_parts(lock: Mapping[str, Any]) -> dict[str, tuple[type[Spec], Any]]:
    """Class of the kind and data of each part besides the model, by path."""
    try:
        transforms = ((lock.get("data") or {}).get("transforms") or {}).get("predict", ())
        filters = lock.get("postprocessors", Recipe.default_postprocessors())
        if "serving" in lock:  # of format 1, which says under which path a filter kept its files
            paths = lock["serving"]["paths"]
        else:
            paths = [f"postprocessors[{i}]" for i in range(len(filters))]
        parts: dict[str, tuple[type[Spec], Any]] = {
            f"data.transforms.predict[{i}]": (TransformSpec, raw)
            for i, raw in enumerate(transforms)
        }
        named = zip(map(str, paths), filters, strict=True)
        return parts | {path: (PostprocessorSpec, raw) for path, raw in named}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BundleError("the lock is damaged: what answers need; restore the file") from None


def check_code(
    lock: Mapping[str, Any],
    folder: Path,
    registry: Registry,
    but: Collection[str] = (),
    *,
    to_serve: bool = False,
) -> set[str]:
    """Compares the code that a bundle in a folder was made with and what is installed.

    `to_serve` leaves out what answers do without. Raises BundleError, with the `pip install` line,
    for distributions that are missing; other code costs a warning. What was renamed since has moved
    elsewhere and is left alone. Gives the names of those compared, all that need be `but` these.
    """
    try:
        table = lock.get("distributions", {})
        locked = {name: (entry["version"], entry["digest"]) for name, entry in table.items()}
        names = set(lock.get("components", {}))
    except (AttributeError, KeyError, TypeError):
        shape = "needs a version and a digest for each; restore the file, or remove the table"
        raise BundleError(
            f"{folder / LOCK} is damaged: its table of distributions {shape}"
        ) from None
    if strange := [name for name, row in locked.items() if not is_distribution(name, row[0])]:
        named = f"{strange[0][:80]!r}, version {str(locked[strange[0]][0])[:80]!r}"
        raise BundleError(
            f"{folder / LOCK} names a distribution that can be none: {named}; restore the file"
        )
    if to_serve:
        names &= {*_types([lock.get("model"), list(_raw_parts(lock).values())])}
    renames = {p.name.partition(".")[2] for p in registry.points if p.group == RENAMES}
    owners = {name.partition(":")[0] for name in names if name.replace(":", ".") not in renames}
    owners &= locked.keys()
    needed = _with_libraries(owners, locked) & locked.keys()
    declaring = {point.distribution for point in registry.points}
    libraries = {name for name in needed - owners if _metadata(name)[1]}
    if missing := sorted(needed - declaring - libraries):
        line = " ".join(f"{name}=={locked[name][0]}".removesuffix("==") for name in missing)
        raise BundleError(f"{folder} needs plugins that are not installed: pip install {line}")
    names = needed - {*but}
    for name in sorted(names):
        version, digest = locked[name]
        if registry.digest(name) != digest:
            warnings.warn(
                f"{folder} was made with other code of {name} than is installed "
                f"(then {version}, now {_metadata(name)[1]}); "
                f"for the same: pip install {name}=={version}",
                RuntimeWarning,
                stacklevel=3,
            )
    return names


def _types(raw: Any) -> Iterator[str]:
    """Every name of a component in plain data, and perhaps other texts that are called `type`."""
    is_table = isinstance(raw, Mapping)
    if is_table:
        yield str(raw.get("type"))
    for item in raw.values() if is_table else raw if isinstance(raw, list | tuple) else ():
        yield from _types(item)


def _with_libraries(distributions: Collection[str], locked: Collection[str] = ()) -> set[str]:
    """Distributions, and all that they require, in turn, if that needs the core or is locked."""
    reached: set[str] = set()
    queue = list(distributions)
    while queue:
        name, _, needs = _metadata(queue.pop())
        is_ours = CORE in needs or name in distributions or name in locked
        if is_ours and name not in reached:
            reached.add(name)
            queue += needs
    return reached


@cache
def _metadata(distribution: str) -> tuple[str, str, frozenset[str]]:
    """Name and version of a distribution, and what it requires; as given if it is not installed."""
    try:
        metadata = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return distribution, "", frozenset()
    needs = map(Requirement, metadata.requires or ())
    here = [n for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})]
    return metadata.name, metadata.version, frozenset(canonicalize_name(need.name) for need in here)
