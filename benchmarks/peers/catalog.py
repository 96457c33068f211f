"""Which models of which libraries are compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """One model of one library: `library` names the environment and the script, `model` its `--model`."""

    library: str
    model: str
    title: str

    @property
    def name(self) -> str:
        """What `--only` takes and what the lists are marked with."""
        return self.library if self.library == self.model else f"{self.library}-{self.model}"

    @property
    def script(self) -> Path:
        return FOLDER / f"run_{self.library}.py"

    @property
    def requirements(self) -> Path:
        return FOLDER / "requirements" / f"{self.library}.txt"


PEERS = (
    Peer("popularity", "popularity", "most popular"),
    Peer("implicit", "item_knn", "TF-IDF item-KNN, K = 20"),
    Peer("implicit", "als", "ALS, default"),
    Peer("irspack", "slim", "SLIM, default"),
    Peer("irspack", "ease", "EASE, 10 trials"),
    Peer("irspack", "ials", "iALS, 10 trials"),
    Peer("lenskit", "slim", "SLIM, default"),
    Peer("lenskit", "ease", "EASE, weight by validation"),
    Peer("lenskit", "ease_default", "EASE, default"),
    Peer("rectools", "ease_default", "EASE, default"),
    Peer("rectools", "pure_svd", "PureSVD, default"),
    Peer("rectools", "sasrec_default", "SASRec, default"),
    Peer("rectools", "sasrec", "SASRec, 64 wide, 40 epochs"),
)

COLD_PEERS = (
    Peer("lightfm", "warp", "WARP over words, categories and numbers"),
    Peer("cornac", "ctr", "CTR over words"),
)
"""Those that rank items which training lacks, on the same columns as they read them; they ask for `--features`."""
COLD_PEERS_ON_VECTORS = (
    Peer("lightfm", "warp_vectors", "WARP over our vectors"),
    Peer("cornac", "vbpr", "VBPR over our vectors"),
)
"""The same, handed what our encoders made of the columns."""


def peer_named(name: str) -> Peer:
    """The peer of this name, `rectools-sasrec` for one."""
    return next(peer for peer in (*PEERS, *COLD_PEERS, *COLD_PEERS_ON_VECTORS) if peer.name == name)
