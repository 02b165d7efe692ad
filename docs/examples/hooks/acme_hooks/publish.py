"""Posts each finished run, as JSON, to the address in ACME_RUNS."""

import json
import os
import urllib.request
import warnings
from typing import TYPE_CHECKING

from seqrec_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from seqrec_core.bundle import Bundle


@hookimpl
def seqrec_run_finished(bundle: "Bundle") -> None:
    """Sends metrics and spec; the run is complete already, so a failure is a warning."""
    address = os.environ.get("ACME_RUNS")
    if not address:
        return
    spec = json.loads((bundle.path / "spec.lock.json").read_text(encoding="utf-8"))
    body = {"run": str(bundle.path), "metrics": bundle.metrics, "spec": spec}
    request = urllib.request.Request(address, json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except OSError as cause:
        message = f"{bundle.path} was not published to {address}: {cause}"
        warnings.warn(message, RuntimeWarning, stacklevel=2)
