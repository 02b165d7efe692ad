"""An object store on loopback that speaks the protocol of S3."""

import logging
from contextlib import contextmanager
from urllib.request import urlopen

__all__ = ["running_s3"]


@contextmanager
def running_s3():
    """An empty store: the variables of the environment that lead to it."""
    from moto.server import ThreadedMotoServer
    from s3fs import S3FileSystem

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        S3FileSystem.clear_instance_cache()  # those of an earlier server
        with urlopen(f"{endpoint}/moto-api/reset", b""):  # servers of one process share a store
            pass
        yield {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
    finally:
        server.stop()
