"""Writes what the reference computes, for the tests of parity to compare with.

An interpreter that has replay-rec runs this: `python tests/parity/peer FOLDER`.
"""

import sys
import warnings
from pathlib import Path

import columns
import data
import losses
import models
import parts
import ranking
import torch

GROUPS = (parts, models, losses, columns, ranking, data)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for group in GROUPS:
        cases = list(group.cases(folder))
        torch.save(cases, folder / f"{group.__name__}.pt")
        print(f"{group.__name__}: {len(cases)} cases")


main()
