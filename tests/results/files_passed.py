"""Which of our files and distributions a spec, a build and a training batch pass through.

python tests/results/files_passed.py SPEC: SPEC names a prepared data folder. A file counts when one
of its functions runs, not when it is imported.
"""

import collections
import contextlib
import inspect
import sys
import threading
from pathlib import Path

from seqrec_core import build, load, resolve
from seqrec_core.build import Runtime, build_part


@contextlib.contextmanager
def passed(files):
    """Collects the files of ours whose functions run."""

    def see(frame, event, argument):
        code = frame.f_code
        is_function = code.co_flags & inspect.CO_OPTIMIZED  # bodies of modules and classes are not
        if event == "call" and is_function and "/seqrec_" in code.co_filename:
            files.add(code.co_filename)

    threading.setprofile(see)
    sys.setprofile(see)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def package_of(file):
    """The package of ours that a file stands in."""
    return next(part for part in Path(file).parent.parts if part.startswith("seqrec_"))


def main(path):
    """Prints a row for each way, and the files of each."""
    files = collections.defaultdict(set)
    with passed(files["spec to resolved recipe"]):
        recipe = resolve(load(path))
    with passed(files["recipe to model"]):
        model = build(recipe)
    data = build_part(recipe.data, Runtime.of(recipe, model=model), "data")
    with passed(files["parquet to loss"]):
        data.setup("fit")
        batch = next(iter(data.train_dataloader()))
        for transform in data.transforms["train"]:
            batch = transform(batch)
        arguments = set(model.forward.__code__.co_varnames)
        model.train()(**{name: value for name, value in batch.items() if name in arguments})
    for way, used in files.items():
        packages = {package_of(file) for file in used}
        print(f"{way}: {len(used)} files in {len(packages)} distributions")
        if "--files" in sys.argv:
            print("\n".join(f"    {file.partition('seqrec_')[2]}" for file in sorted(used)))


if __name__ == "__main__":
    main(sys.argv[1])
