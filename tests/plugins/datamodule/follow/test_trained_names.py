"""Names that were trained on are known for good, and in little room."""

from seqrec_datamodule_follow.trained_names import TrainedNames


def test_names_and_lengths_are_known_after_they_were_text():
    names = TrainedNames()
    for number in range(20_000):
        names.add(f"{number:08d}.parquet", number)
    again = TrainedNames(str(names))
    assert str(again) == str(names)
    assert len(str(names)) < 11 * 20_000 + 3
    for number in range(0, 20_000, 7):
        name = f"{number:08d}.parquet"
        assert name in again
        assert not again.has_other(name, number)
        assert again.has_other(name, number + 1)
        assert f"{number:08d}b.parquet" not in again
        assert not again.has_other(f"{number:08d}b.parquet", number)
