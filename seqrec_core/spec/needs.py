"""What parts ask of the data, and what the data has: compared before anything runs."""

from collections.abc import Mapping

import attrs

SPLITS = ("train", "validate", "test", "predict")


@attrs.frozen(kw_only=True)
class Needs:
    """What a part asks of the data.

    `features` are names in the schema; `columns` are those of the batch that it is handed, in a
    group as `group.column`; `files` are columns of files in the data folder, as `file:column`, or
    `file:` for whatever it holds. `*` stands for each feature of events, all but query id and
    timestamp.
    """

    features: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Offers:
    """What a data module has, as far as it is known without reading the data.

    `columns` are those of raw batches, for each split that is there; `cardinalities` are the
    numbers of ids of categorical features; `files` are the columns of each file in the folder.
    None where nothing is known.
    """

    columns: Mapping[str, frozenset[str]] | None = None
    cardinalities: Mapping[str, int] | None = None
    files: Mapping[str, frozenset[str]] | None = None
