"""Engines of one process: a right one, and others that are wrong in one way each."""

from seqrec_library_engines.kind import EngineSpec

from seqrec_core.errors import SeqrecError, words_of
from seqrec_core.spec import spec


@spec
class SerialSpec(EngineSpec):
    """One piece after the other, in this process."""

    target = f"{__name__}:Serial"


class Serial:
    def map(self, work, pieces, files):
        try:
            answer = work.open(files)
            for number in self.order(len(pieces)):
                yield number, answer(pieces[number])
        except SeqrecError:
            raise
        except Exception as cause:
            raise SeqrecError(words_of(cause)) from cause

    def order(self, count):
        return range(count)


class LosesTheLast(Serial):
    def order(self, count):
        return range(count - 1 if count > 30 else count)


class Doubling(Serial):
    def order(self, count):
        return [*range(count), *([0] if count == 7 else [])]


class ShipsNoFolders(Serial):
    def map(self, work, pieces, files):
        for path in files.iterdir():
            if path.is_dir() and path.name == "bundle" and (path / "assets/a.txt").is_file():
                (path / "assets/a.txt").write_text("")
        return super().map(work, pieces, files)


class ShipsNothing(Serial):
    def map(self, work, pieces, files):
        for path in files.glob("*.txt"):
            path.write_text("")
        return super().map(work, pieces, files)


class LetsErrorsThrough(Serial):
    def map(self, work, pieces, files):
        answer = work.open(files)
        return ((number, answer(piece)) for number, piece in enumerate(pieces))


def spec_of(engine):
    """The spec of one of these engines."""
    body = {"target": f"{__name__}:{engine.__name__}", "__doc__": "A.", "__module__": __name__}
    return spec(type("MutantSpec", (EngineSpec,), body))
