"""From a file of interactions to a data folder: the stages of a preparation, one after another."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from seqrec_tool_prepare.buckets import Buckets, scatter
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.event_encodings import EventEncodings
from seqrec_tool_prepare.feature_choice import FeatureChoice, choose_features
from seqrec_tool_prepare.interactions import Interactions, Survey, interactions, survey_events
from seqrec_tool_prepare.kcore import Core, core_times, nonempty_core
from seqrec_tool_prepare.kept_features import KeptFeatures
from seqrec_tool_prepare.option_checks import check_choices, refuse_idle, refuse_untimed
from seqrec_tool_prepare.ordering import put_in_order
from seqrec_tool_prepare.preparation_report import Report, preparation_report
from seqrec_tool_prepare.publication import unfinished
from seqrec_tool_prepare.side_features import SideRows
from seqrec_tool_prepare.splits import moments
from seqrec_tool_prepare.stage_line import StageProto, stage_line
from seqrec_tool_prepare.tables import open_table
from seqrec_tool_prepare.writing import write_catalogue, write_splits

__all__ = ["write_data_folder"]

_ROLES = ("user", "item", "timestamp", "rating")


def write_data_folder(options: Mapping[str, Any], changed: set[str]) -> Report:
    """Write the data folder that the options of the command ask for, and return its report.

    `changed` names the options that are not their defaults. Raises DataError for options that
    cannot do what they say, and for input that cannot be used.
    """
    check_choices(options)
    choice = choose_features(options)
    columns = {role: options[role] for role in _ROLES}
    trust_file = options["order"] == "file"
    table = open_table(options["file"], options["format"])
    events = interactions(
        table,
        columns,
        guess_time=not trust_file,
        features=choice.events,
        separator=options["list_separator"],
    )
    refuse_idle(changed)
    refuse_untimed(changed, events)
    files = (options["file"], options["items"], options["users"])
    inputs = [path for path in files if path is not None]
    with unfinished(options["out"], inputs) as folder, stage_line() as stage:
        return _stages(options, events, choice, folder, stage)


def _stages(
    options: Mapping[str, Any],
    events: Interactions,
    choice: FeatureChoice,
    folder: Path,
    stage: StageProto,
) -> Report:
    stage("counting users and items")
    survey = survey_events(
        events,
        min_rating=options["min_rating"],
        time_format=options["time_format"],
        drop_incomplete=options["drop_incomplete"],
    )
    stage("encoding their ids")
    buckets, order = put_in_order(
        scatter(events, survey, folder / "buckets"),
        events,
        survey.clock,
        trust_file=options["order"] == "file",
        drop_repeated=options["drop_repeated"],
        progress=partial(stage, "sorting"),
    )
    stage("filtering")
    counts = options["min_user_count"], options["min_item_count"]
    core = nonempty_core(events, survey, buckets, *counts)
    catalogue = _catalogue(options, events, survey, core, choice)
    begins = None
    if options["split"] == "global-time" and survey.clock is not None:
        times = core_times(buckets, core)
        begins = moments(times, survey.clock, options["validate_from"], options["test_from"])
    stage("encoding features")
    kept = _kept(options, events, survey, buckets, catalogue, begins, choice)
    progress = partial(stage, "writing")
    tally = write_splits(folder, buckets, catalogue, survey.clock, begins, kept, progress)
    report = preparation_report(options, events, survey, order, catalogue, begins, tally)
    report |= kept.report()
    write_catalogue(folder, catalogue, tally.train_counts, report, kept)
    return report


def _catalogue(
    options: Mapping[str, Any],
    events: Interactions,
    survey: Survey,
    core: Core,
    choice: FeatureChoice,
) -> Catalogue:
    """What the core holds, with the side features of its items."""
    catalogue = Catalogue.of(survey, core)
    if options["items"] is None:
        return catalogue
    side = SideRows.of(
        open_table(options["items"]),
        choice.items,
        key=options["items_id"],
        key_of_events=events.columns["item"],
        separator=options["list_separator"],
    )
    of_events = catalogue.items
    if options["all_items"]:
        catalogue = catalogue.with_items(side.ids)
    return attrs.evolve(catalogue, features=side.encoded(catalogue.items, of_events))


def _kept(
    options: Mapping[str, Any],
    events: Interactions,
    survey: Survey,
    buckets: Buckets,
    catalogue: Catalogue,
    begins: list[float] | None,
    choice: FeatureChoice,
) -> KeptFeatures:
    """What is kept beside ids and item features; the buckets are read only where it needs them."""
    kept = KeptFeatures(choice, clock=survey.clock)
    if choice.events or choice.gaps or choice.request_time:
        encodings = EventEncodings.of(
            buckets, catalogue, survey.clock, begins, events.features, gaps=choice.gaps
        )
        kept = attrs.evolve(kept, events=encodings)
    if options["users"] is None:
        return kept
    side = SideRows.of(
        open_table(options["users"]),
        choice.users,
        noun="user",
        key=options["users_id"],
        key_of_events=events.columns["user"],
        separator=options["list_separator"],
    )
    return attrs.evolve(kept, users=side.encoded(catalogue.users))
