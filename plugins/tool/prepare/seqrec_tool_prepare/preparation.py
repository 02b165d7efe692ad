"""From a file of interactions to a data folder: the stages of a preparation, one after another."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.places import local
from seqrec_tool_prepare.buckets import BucketsProto
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.continued_catalogue import ContinuedCatalogue
from seqrec_tool_prepare.continued_features import ContinuedFeatures, check_clock, user_values
from seqrec_tool_prepare.event_encodings import TIME_GAP, EventEncodings
from seqrec_tool_prepare.feature_choice import FeatureChoice, choose_features
from seqrec_tool_prepare.interactions import Interactions, interactions
from seqrec_tool_prepare.kcore import Core
from seqrec_tool_prepare.kept_features import KeptFeatures
from seqrec_tool_prepare.known_data import KnownData, refuse_foreign
from seqrec_tool_prepare.known_encodings import KnownEncoder, event_encodings_as
from seqrec_tool_prepare.means import MeansProto, OneMachine
from seqrec_tool_prepare.option_checks import check_choices, refuse_idle, refuse_untimed
from seqrec_tool_prepare.preparation_report import Report, preparation_report
from seqrec_tool_prepare.publication import unfinished
from seqrec_tool_prepare.side_features import SideRows
from seqrec_tool_prepare.splits import moments
from seqrec_tool_prepare.stage_line import StageProto, stage_line
from seqrec_tool_prepare.survey import Survey, survey_events
from seqrec_tool_prepare.tables import open_table
from seqrec_tool_prepare.writing import write_catalogue, write_splits

__all__ = ["write_data_folder"]

_ROLES = ("user", "item", "timestamp", "rating")


def write_data_folder(
    options: Mapping[str, Any], changed: set[str], means: MeansProto | None = None
) -> Report:
    """Write the data folder that the options of the command ask for, and return its report.

    `changed` names the options that are not their defaults; `means` are what events are read,
    counted and sorted by, by default this machine. Raises DataError for options that
    cannot do what they say, and for input that cannot be used.
    """
    means = means or OneMachine()
    check_choices(options)
    known = None if options["ids_from"] is None else KnownData.of(local(options["ids_from"]))
    refuse_foreign(changed, options["ids_from"])
    choice = choose_features(options) if known is None else known.choice()
    refuse_idle(changed)
    files = means.paths(options["file"])
    others = (options["items"], options["users"], options["ids_from"])
    inputs = [*files, *(path for path in others if path is not None)]
    with unfinished(options["out"], inputs) as folder, stage_line() as stage:
        events = _interactions(options, files, choice, folder / "unpacked", means)
        refuse_untimed(changed, events)
        return _stages(options, events, choice, known, folder, stage, means)


def _interactions(
    options: Mapping[str, Any],
    files: Sequence[str | Path],
    choice: FeatureChoice,
    scratch: Path,
    means: MeansProto,
) -> Interactions:
    """The events of the files; `scratch` is for copies."""
    columns = options["columns"]
    columns = columns.split(",") if isinstance(columns, str) else columns
    table = means.open(
        files,
        options["format"],
        columns=columns and [name.strip() for name in columns],
        separator=options["separator"],
        scratch=scratch,
    )
    return interactions(
        table,
        {role: options[role] for role in _ROLES},
        guess_time=options["order"] != "file",
        features=choice.events,
        separator=options["list_separator"],
    )


def _stages(
    options: Mapping[str, Any],
    events: Interactions,
    choice: FeatureChoice,
    known: KnownData | None,
    folder: Path,
    stage: StageProto,
    means: MeansProto,
) -> Report:
    stage("counting users and items")
    survey = survey_events(
        events,
        min_rating=options["min_rating"],
        time_format=options["time_format"],
        drop_incomplete=options["drop_incomplete"],
        counted=means.counted,
    )
    lost: Report = {}
    if known is not None:
        check_clock(known, survey.clock)
        survey, lost = known.arranged(survey, append=options["new_items"] == "append")
    stage("encoding their ids")
    buckets, order = means.in_order(
        events,
        survey,
        folder / "buckets",
        trust_file=options["order"] == "file",
        drop_repeated=options["drop_repeated"],
        progress=partial(stage, "sorting"),
    )
    stage("filtering")
    counts = options["min_user_count"], options["min_item_count"]
    core, buckets = means.core(events, survey, buckets, *counts)
    catalogue = _catalogue(options, events, survey, core, choice, known)
    begins = None
    if options["split"] == "global-time" and survey.clock is not None:
        times = means.times(buckets, core)
        begins = moments(times, survey.clock, options["validate_from"], options["test_from"])
    stage("encoding features")
    kept = _kept(options, events, survey, buckets, catalogue, begins, choice, known)
    progress = partial(stage, "writing")
    tally = write_splits(folder, buckets, catalogue, survey.clock, begins, kept, progress)
    report = preparation_report(options, events, survey, order, catalogue, begins, tally, lost)
    report |= kept.report()
    write_catalogue(folder, catalogue, tally.train_counts, report, kept)
    return report


def _catalogue(
    options: Mapping[str, Any],
    events: Interactions,
    survey: Survey,
    core: Core,
    choice: FeatureChoice,
    known: KnownData | None,
) -> Catalogue:
    """What the core holds, with the side features of its items; all known items, where known."""
    if known is not None:
        continued = ContinuedCatalogue.continued(known, survey, core)
        if options["items"] is None or not len(continued.new_items):
            return continued
        encoder = KnownEncoder({each.name: known.entry(each.name) for each in choice.items})
        encoded = _items_file(options, events, choice).encoded(continued.new_items, encoder=encoder)
        return attrs.evolve(continued, features=attrs.evolve(encoded, without_events=0))
    catalogue = Catalogue.of(survey, core)
    if options["items"] is None:
        return catalogue
    side = _items_file(options, events, choice)
    of_events = catalogue.items
    if options["all_items"]:
        catalogue = catalogue.with_items(side.ids)
    return attrs.evolve(catalogue, features=side.encoded(catalogue.items, of_events))


def _items_file(
    options: Mapping[str, Any], events: Interactions, choice: FeatureChoice
) -> SideRows:
    return SideRows.of(
        open_table(options["items"], scratch=events.table.scratch),
        choice.items,
        key=options["items_id"],
        key_of_events=events.columns["item"],
        separator=options["list_separator"],
    )


def _kept(
    options: Mapping[str, Any],
    events: Interactions,
    survey: Survey,
    buckets: BucketsProto,
    catalogue: Catalogue,
    begins: list[float] | None,
    choice: FeatureChoice,
    known: KnownData | None,
) -> KeptFeatures:
    """What is kept beside ids and item features; the buckets are read only where it needs them."""
    kept = KeptFeatures(choice, clock=survey.clock)
    if known is not None:
        names = [*(each.name for each in choice.events), *([TIME_GAP] * choice.gaps)]
        entries = {name: known.entry(name) for name in names}
        encodings = event_encodings_as(entries, buckets, catalogue, survey.clock, events.features)
        kept = ContinuedFeatures(
            choice, encodings, clock=survey.clock, known=known, new_ids=catalogue.new_ids()
        )
    elif choice.events or choice.gaps or choice.request_time:
        encodings = EventEncodings.of(
            buckets, catalogue, survey.clock, begins, events.features, gaps=choice.gaps
        )
        kept = attrs.evolve(kept, events=encodings)
    if options["users"] is None:
        if known is not None and choice.users:
            kept = attrs.evolve(kept, users=user_values(known, None, None, catalogue.users))
        return kept
    side = SideRows.of(
        open_table(options["users"], scratch=events.table.scratch),
        choice.users,
        noun="user",
        key=options["users_id"],
        key_of_events=events.columns["user"],
        separator=options["list_separator"],
    )
    if known is None:
        return attrs.evolve(kept, users=side.encoded(catalogue.users))
    encoder = KnownEncoder({each.name: known.entry(each.name) for each in choice.users})
    encoded = side.encoded(catalogue.users, encoder=encoder)
    return attrs.evolve(kept, users=user_values(known, encoded, side.ids, catalogue.users))
