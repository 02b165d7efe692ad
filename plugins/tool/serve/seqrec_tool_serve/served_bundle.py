"""A bundle that is loaded, warmed, and ready to answer; and the place that it comes from."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
from seqrec_tool_recommend.index_reading import index_in
from seqrec_tool_recommend.nearest_items import NearestItems
from seqrec_tool_recommend.recommender import Recommender

from seqrec_core.bundle import LOCK, WEIGHTS, Bundle
from seqrec_core.errors import BundleError, DataError
from seqrec_core.session import DEFAULT, Session
from seqrec_tool_serve.item_titles import ItemTitles

__all__ = ["BundleSource", "ServedBundle"]

_TRIES = 3
_WARM = (1, 1, 4, 16, 64)  # histories of each pass: torch plans for new shapes
Signature = tuple[tuple[str, int, int], ...]


@attrs.frozen(eq=False)
class ServedBundle:
    """A model that answers, and what is known of it.

    `digest` is that of the lock, which has those of all other files; `example` is a history that
    the model answers; `unindexed` says why an index that is there is not used.
    """

    recommender: Recommender
    digest: str
    model: str
    items: int
    trained: str
    example: list[Any]
    titles: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    unindexed: str | None = None

    def facts(self) -> dict[str, Any]:
        """What a client may know of the model."""
        return {
            "model": self.model,
            "items": self.items,
            "trained": self.trained,
            "bundle": self.digest,
        }


@attrs.frozen
class BundleSource:
    """The folder of a bundle, the table of titles, and the folder of an index of its items.

    What is there may be another one later.
    """

    path: Path
    titles: ItemTitles | None = None
    trust: bool = False
    session: Session = DEFAULT
    index: Path | None = None

    def load(self, *, needs_index: bool = True) -> ServedBundle:
        """The bundle that is there now, after it has answered a few histories.

        Raises a SeqrecError where it is no bundle, is damaged, keeps changing, or does not answer;
        and where its index is missing, damaged or that of another bundle, unless it goes without.
        """
        for _ in range(_TRIES):
            before = self.signature()
            served = self._loaded(needs_index)
            if self.signature() == before:
                break
        else:
            raise BundleError(f"{self.path} keeps changing; load it when it is written")
        for count in _WARM:
            served.recommender.recommend([served.example] * count)
        return served

    def digest(self) -> str:
        """The digest of the bundle that is there now."""
        return _digest(Bundle.open(self.path, self.session))

    def signature(self) -> Signature:
        """Size and time of each file: equal where nothing was written in between."""
        kinds = ("*.json", "*.safetensors", "*.parquet", "assets/**/*")
        files = [path for kind in kinds for path in self.path.glob(kind)]
        files += [self.titles.file] if self.titles else []
        files += [] if self.index is None else self.index.glob("*")
        return tuple(
            (str(path), stat.st_size, stat.st_mtime_ns)
            for path in sorted(files)
            if (stat := _stat(path)) is not None
        )

    def _loaded(self, needs_index: bool) -> ServedBundle:
        bundle = Bundle.load(self.path, self.session, trust=self.trust)
        index, unindexed = self._index(bundle, needs_index)
        recommender = Recommender(bundle, index=index)
        items = [] if bundle.item_table is None else bundle.item_table["item"]
        written = (self.path / WEIGHTS).stat().st_mtime
        model = bundle.lock.get("model")
        return ServedBundle(
            recommender=recommender,
            digest=_digest(bundle),
            model=str(model.get("type")) if isinstance(model, Mapping) else "",
            items=len(items),
            trained=datetime.fromtimestamp(written, UTC).isoformat(timespec="seconds"),
            example=_example(recommender, [item.as_py() for item in items[:3]]),
            titles=self.titles.read() if self.titles else {},
            unindexed=unindexed,
        )

    def _index(self, bundle: Bundle, needs_index: bool) -> tuple[NearestItems | None, str | None]:
        """The index of a bundle, or why there is none."""
        if self.index is None:
            return None, None
        try:
            return index_in(self.index, bundle), None
        except DataError as cause:
            if needs_index:
                raise
            return None, str(cause)


def _example(recommender: Recommender, items: list[Any]) -> list[Any]:
    """A history that can be read: the items, or none for a model that reads more of events."""
    try:
        recommender.check(items)
    except DataError:
        return []
    return items


def _digest(bundle: Bundle) -> str:
    """That of the lock; one of an earlier edition has none, and its bytes are taken."""
    own = bundle.lock.get("digest")
    return str(own or f"sha256:{hashlib.sha256((bundle.path / LOCK).read_bytes()).hexdigest()}")


def _stat(path: Path) -> Any:
    """What the system says of a file; None where it went away meanwhile."""
    try:
        return path.stat()
    except OSError:
        return None
