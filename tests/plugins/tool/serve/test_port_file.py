"""The file that says where a service answers."""

import pytest
from seqrec_tool_serve.port_file import PortFile

from seqrec_core.errors import DataError


def test_it_is_there_while_the_service_answers(tmp_path):
    path = tmp_path / "port"
    path.write_text("1\n")  # of one that was killed
    with PortFile(path) as file:
        assert not path.exists()
        file.write(8000)
        assert path.read_text() == "8000\n"
    assert not path.exists()
    with PortFile(None) as file:
        file.write(8000)


@pytest.mark.parametrize("holding", [b"id,title\n", b"", b"123456789012"])
def test_a_file_with_something_else_is_left_alone(tmp_path, holding):
    path = tmp_path / "port"
    path.write_bytes(holding)
    with pytest.raises(DataError, match="holds something else than a port"), PortFile(path):
        pass
    assert path.read_bytes() == holding


def test_a_folder_is_no_file_and_has_to_be_there(tmp_path):
    for path, message in ((tmp_path, "something else"), (tmp_path / "a" / "b", "no folder")):
        with pytest.raises(DataError, match=message), PortFile(path):
            pass
