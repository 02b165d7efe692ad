"""Trackers: one is right, each of the others wrong in one way."""

from pathlib import Path


class Healthy:
    """Adds a line of text for each value."""

    def start(self, folder, recipe, resumed):
        self.path = folder / "values.txt"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not resumed:
            self.path.write_text("")

    def log(self, values, step):
        with self.path.open("a") as file:
            file.writelines(f"{step} {name} {value}\n" for name, value in values.items())

    def finish(self, state):
        self.log({state: 0.0}, -1)


class WritesElsewhere(Healthy):
    def start(self, folder, recipe, resumed):
        super().start(Path("elsewhere"), recipe, resumed)


class WritesWhenItIsBuilt(Healthy):
    def __init__(self):
        Path("early.txt").write_text("")


class BeginsAnew(Healthy):
    def start(self, folder, recipe, resumed):
        super().start(folder, recipe, resumed=False)


class MovesWhatWasWritten(Healthy):
    def start(self, folder, recipe, resumed):
        super().start(folder, recipe, resumed)
        if resumed:
            self.path = self.path.rename(folder / "more.txt")


class TakesTheHistory(Healthy):
    def start(self, folder, recipe, resumed):
        super().start(folder / "logs", recipe, resumed)
        self.path = folder / "logs" / "history.csv"


class KnowsNoFailure(Healthy):
    def finish(self, state):
        super().finish({"finished": "done", "interrupted": "cut short"}[state])


class NeedsValues(Healthy):
    def start(self, folder, recipe, resumed):
        super().start(folder, recipe, resumed)
        self.last = None

    def log(self, values, step):
        self.last = step
        super().log(values, step)

    def finish(self, state):
        self.log({state: 0.0}, self.last + 1)


class StopsTheRun(Healthy):
    def log(self, values, step):
        raise RuntimeError("the disk is full")


class ChangesValues(Healthy):
    def log(self, values, step):
        values["seen"] = 1.0
        super().log(values, step)
