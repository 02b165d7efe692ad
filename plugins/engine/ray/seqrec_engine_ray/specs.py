"""The Ray engine: which cluster, and what each of its actors gets."""

from collections.abc import Iterable

from seqrec_library_engines.kind import EngineSpec

from seqrec_core.spec import param, spec

__all__ = ["RayEngineSpec"]

_CLIENT = "ray://"


@spec
class RayEngineSpec(EngineSpec):
    """Pieces go to actors of a Ray cluster, each of which has a core or a GPU."""

    target = "seqrec_engine_ray.ray_engine:RayEngine"
    source = "https://docs.ray.io/en/latest/data/data.html"
    address: str | None = param(
        None, help="address of a cluster; null: that of RAY_ADDRESS, or one started here"
    )
    num_cpus: float = param(1.0, ge=0, help="cores of each actor")
    num_gpus: float = param(0.0, ge=0, help="GPUs of each actor")
    concurrency: int | None = param(None, ge=1, help="actors; null: as many as there is room for")

    def check(self) -> Iterable[tuple[str, str]]:
        """An actor uses something; the driver is in the cluster."""
        if not self.num_cpus and not self.num_gpus:
            yield "num_cpus", "an actor without a core needs a GPU; set num_gpus"
        if (self.address or "").startswith(_CLIENT):
            yield (
                "address",
                f"{self.address!r} is Ray Client, which Ray Data does not work through; run this "
                "on a node of the cluster (ray job submit) with address 'auto'",
            )
