"""Which machines train one network together, as `TF_CONFIG` says; read without TensorFlow, before anything is begun.

The format is TensorFlow's own (see `EXAMPLE`), with the same cluster and an index of its own on each machine. The first
worker is the chief, unless one of the type "chief" is named.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from vae.config import Config
from vae.errors import ClusterError

VARIABLE = "TF_CONFIG"
EXAMPLE = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}'
ADDRESS = re.compile(r"[^:/\s]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5}")  # The latter for IPv6.


@dataclass(frozen=True)
class Cluster:
    """The workers that train one network together, and which of them this process is.

    Attributes:
        addresses: "host:port" of each worker, the chief's first.
        index: This process's place among them.
    """

    addresses: tuple[str, ...]
    index: int

    def require_shares(self, config: Config) -> None:
        """Makes sure that the workers can share each batch evenly.

        Raises:
            ClusterError: They can't.
        """
        count, batch = len(self.addresses), config.training.batch_size
        if batch % count:
            raise ClusterError(
                f"Expected a batch size that {count} workers can share evenly. Received {batch}: set another with "
                f"`--set training.batch_size={-(-batch // count) * count}`."
            )

    def require_free_port(self) -> None:
        """Makes sure that this process can listen at its address.

        Raises:
            ClusterError: Another program does.
        """
        address = self.addresses[self.index]
        with socket.socket() as listener:
            # As a server does that starts again soon after it ended.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("", int(address.rpartition(":")[2])))
            except OSError as error:
                raise ClusterError(
                    f"Expected a free port for this worker in {VARIABLE}. Received {address}: {error.strerror}."
                ) from error


def read_cluster(environment: Mapping[str, str] = os.environ) -> Cluster | None:
    """Reads `TF_CONFIG`.

    Args:
        environment: Where it stands.

    Returns:
        The cluster; None where the variable is not set or names no more than this one worker.

    Raises:
        ClusterError: It makes no sense.
    """
    text = environment.get(VARIABLE, "")
    if not text.strip():
        return None
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ClusterError(
            f"Expected {VARIABLE} to be JSON, such as {EXAMPLE}. Received: {error}."
        ) from error
    try:
        return _cluster(data)
    except (KeyError, TypeError, AttributeError):
        raise ClusterError(
            f"Expected {VARIABLE} to be like {EXAMPLE}. Received {' '.join(text.split())}."
        ) from None


def _cluster(data) -> Cluster | None:
    jobs, task = data["cluster"], data["task"]
    kind, index = task["type"], task["index"]
    unknown = sorted({*jobs, kind} - {"chief", "worker"})
    _require(not unknown, "no tasks but of the types chief and worker", ", ".join(map(repr, unknown)))
    chiefs, workers = jobs.get("chief", []), jobs.get("worker", [])
    addresses = [*chiefs, *workers]
    for address in addresses:
        _require(
            isinstance(address, str)
            and ADDRESS.fullmatch(address) is not None
            and 0 < int(address.rpartition(":")[2]) < 2**16,
            "addresses such as 192.168.0.5:12345",
            repr(address),
        )
    _require(len(set(addresses)) == len(addresses), "an address of its own for each worker", addresses)
    _require(len(chiefs) <= 1, "one chief at most", chiefs)
    own = chiefs if kind == "chief" else workers
    _require(
        type(index) is int and 0 <= index < len(own),
        f"a task index from 0 to {len(own) - 1}" if own else "a task of a type that is in the cluster",
        repr(index) if own else repr(kind),
    )
    if len(addresses) == 1:
        return None
    return Cluster(tuple(addresses), addresses.index(own[index]))


def _require(condition: bool, expected: str, received: object) -> None:
    if not condition:
        raise ClusterError(f"Expected {VARIABLE} to have {expected}. Received {received}.")
