"""Public libraries on the same split, each in an environment of its own.

`python -m benchmarks.peers SPLIT.parquet --protocol p1 --out DIR` runs them all and prints one table.
"""

from benchmarks.peers.catalog import PEERS, Peer, peer_named
from benchmarks.peers.runner import PeerRun, Settings, joined_lists, run_peer, run_peers
from benchmarks.peers.table import as_frame, printed, results_document

__all__ = [
    "PEERS",
    "Peer",
    "PeerRun",
    "Settings",
    "as_frame",
    "joined_lists",
    "peer_named",
    "printed",
    "results_document",
    "run_peer",
    "run_peers",
]
