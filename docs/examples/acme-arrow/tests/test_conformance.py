"""What seqrec asks of every data module, over a folder of its own files."""

import pyarrow as pa
import pyarrow.parquet as pq
from seqrec_tool_conformance import DataModuleConformance


class TestArrow(DataModuleConformance):
    component = "acme-arrow:arrow"

    def data_folder(self):
        folder = super().data_folder()
        write(folder / "items.arrow", pq.read_table(folder / "items.parquet"))
        users = pq.read_table(folder / "users.parquet")
        histories = pq.read_table(folder / "predict.parquet", columns=["item_id"])
        write(folder / "sequences.arrow", users.append_column("item_id", histories["item_id"]))
        return folder


def write(path, table):
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)
