"""The presets by name, as a mapping and as a table."""

import seqrec


def test_presets_are_a_mapping_of_what_the_command_lists():
    presets = seqrec.presets()
    assert {"sasrec", "esasrec", "bert4rec"} <= set(presets)
    assert presets["esasrec"]["distribution"] == "seqrec-preset-standard"
    assert len(repr(presets).splitlines()) == len(presets)


def test_a_notebook_has_a_row_for_each():
    page = seqrec.presets()._repr_html_()
    assert page.count("<tr>") == len(seqrec.presets()) + 1
    assert "<td>esasrec</td>" in page
