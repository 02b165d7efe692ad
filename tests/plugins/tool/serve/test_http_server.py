"""Sockets; what the running server does is told in test_commands."""

import pytest
from seqrec_tool_serve.http_server import listening

from seqrec_core.errors import DataError


def test_a_port_is_free_or_shared_or_refused():
    with listening("127.0.0.1", 0, reuse_port=True) as first:
        port = first.getsockname()[1]
        with listening("127.0.0.1", port, reuse_port=True) as second:
            assert second.getsockname() == first.getsockname()
        first.listen()
        with pytest.raises(DataError, match=f"cannot listen on 127.0.0.1:{port}: .*--port"):
            listening("127.0.0.1", port)
