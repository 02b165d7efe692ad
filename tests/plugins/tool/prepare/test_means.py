"""A preparation does with other means what it does on this machine."""

import polars as pl
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.means import OneMachine
from seqrec_tool_prepare.option_checks import changed
from seqrec_tool_prepare.preparation import write_data_folder


class Noted(OneMachine):
    """A machine which notes what it is asked."""

    def __init__(self):
        self.steps = []

    def counted(self, plan):
        self.steps.append("counted")
        return super().counted(plan)

    def core(self, *args):
        self.steps.append("core")
        return super().core(*args)

    def times(self, *args):
        self.steps.append("times")
        return super().times(*args)


def test_the_steps_over_events_are_asked_of_the_means(tmp_path, write_log):
    events = [(user, item, user + 9 * item) for user in range(4) for item in range(5)]
    log = write_log(tmp_path, events)
    report = prepare(log, tmp_path / "one", split="global-time", min_user_count=2)
    means, out = Noted(), tmp_path / "other"
    options = {"file": log, "out": out, "engine": "noted", "engine_fields": None}
    asked = report["settings"] | {"columns": None, "separator": None, "ids_from": None}
    asked |= dict.fromkeys(("users", "users_id", "items", "items_id"))
    asked |= dict.fromkeys(("user_features", "event_features", "item_features"), "")
    asked |= dict.fromkeys(("all_items", "keep_time", "time_gaps", "request_time"), False)
    asked |= {"new_items": "drop"}
    del asked["bucket_events"]
    assert write_data_folder(options | asked, changed({}, prepare), means) == report
    assert means.steps == ["counted", "core", "times"]
    for name in ("train", "items", "users"):
        one, other = (pl.read_parquet(tmp_path / f / f"{name}.parquet") for f in ("one", "other"))
        assert one.equals(other)
