"""What `genre export` costs and gains.

    python -m benchmarks.serving.export                    MovieLens-100k, four draws of new films, one thread
    python -m benchmarks.serving.export --draws 1          a quick look
    python -m benchmarks.serving.export --only start       of accuracy, speed and start, one

accuracy: NDCG@10 of a model that was fitted without its test part, beside that of its int8 export as read from disk;
the hybrid of the recipe ml100k_p1 on known films (leave one out), and its tower on films that training has not seen,
where every list hangs on the encoder (cold_items, the mean over draws of the split).
speed: texts of the catalogue, read by torch in float32 and by the int8 export on the same threads, taking turns; the
median ratio of five.
start: `genre serve` on the exported bundle, from the command to its first answer, in a process where torch cannot be
imported; its memory after it searched, placed a film and answered 200 users.

Ends with exit code 1 where a bar is missed. Needs onnx and onnxruntime.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.serving.asking import Asking
from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.bundle import ids, movielens
from benchmarks.serving.running import Serving

RECIPE = "recipes/ml100k_p1.yaml"
PARTS = ("accuracy", "speed", "start")
LOST, FASTER, START_S, MEMORY_MIB = 0.01, 1.8, 5.0, 600.0
N_USERS, N_TEXTS, REPEATS = 200, 600, 5
BLOCKED = (
    "-c",
    "import sys; sys.modules['torch'] = sys.modules['transformers'] = None; sys.argv[0] = 'genre'; "
    "sys.argv.insert(1, 'serve'); from genre.cli.main import run; run()",
)
"""`genre serve` where torch cannot be imported."""


def main() -> int:
    """Measure and compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=None, help="one that genre fit wrote; default: fitted once")
    parser.add_argument("--draws", type=int, default=4, help="of films that training does not see")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    options = parser.parse_args()
    bars: list[Bar] = []
    if "accuracy" in options.only:
        bars += accuracy(options.draws)
    if {"speed", "start"} & set(options.only):
        with tempfile.TemporaryDirectory() as scratch:
            bundle, out = movielens(options.bundle), Path(scratch) / "exported"
            write(bundle, out)
            bars += speed(bundle, out) if "speed" in options.only else []
            bars += start(out, Path(scratch)) if "start" in options.only else []
    return tell(bars)


def accuracy(n_draws: int) -> Iterator[Bar]:
    """Share of NDCG@10 that is lost, on known films and on new ones."""
    from genre.experiment.exported import judge_export
    from genre.pipeline.export import ExportSettings

    def lost(*overrides: str) -> tuple[float, float]:
        found = judge_export(RECIPE, ExportSettings(), overrides)
        print(f"{found.judged}: {found.ndcg.before:.4f} -> {found.ndcg.after:.4f}, {found.n_users} users", flush=True)
        return found.ndcg.before, found.ndcg.after

    before, after = lost("recommender=hybrid")
    yield Bar("NDCG@10 lost by int8, known films", 1 - after / before, LOST)
    draws = [lost("recommender=tower", "data.splitter=cold_items", f"seed={seed}") for seed in range(42, 42 + n_draws)]
    before, after = (statistics.mean(side) for side in zip(*draws, strict=True))
    yield Bar(f"NDCG@10 lost by int8, new films, mean of {n_draws}", 1 - after / before, LOST)


def write(bundle: Path, out: Path) -> None:
    """The exported bundle, with what it says of itself."""
    from genre.pipeline.export import ExportSettings, export

    report = export(bundle, out, ExportSettings())
    print(f"{report.mib.before:.1f} MiB -> {report.mib.after:.1f} MiB, {report.lists:.1%} of lists' items the same")


def speed(bundle: Path, out: Path) -> Iterator[Bar]:
    """How much faster new texts are read than by torch in float32."""
    import genre
    from genre.core.threads import n_threads
    from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder

    model, exported = genre.load(bundle), genre.load(out)
    (section,) = [one for one in model.recipe.features if isinstance(one.encoder, TransformerConfig)]
    table = model.catalog.items.select(section.read_columns).head(N_TEXTS)
    plain = TransformerEncoder(section.encoder.model_copy(update={"precision": "float32", "backend": "torch"}))
    quick = next(one.encoder for one in exported.features if one.name == section.name)
    seconds: dict[str, list[float]] = {"torch": [], "int8": []}
    for repeat in range(REPEATS + 1):
        for name, encoder in (("torch", plain), ("int8", quick)):
            began = time.perf_counter()
            encoder.encode_anew(table)
            if repeat:
                seconds[name].append(time.perf_counter() - began)
    for name, taken in seconds.items():
        print(f"{name}: {N_TEXTS / statistics.median(taken):.0f} texts a second on {n_threads()} threads")
    ratio = statistics.median(a / b for a, b in zip(seconds["torch"], seconds["int8"], strict=True))
    yield Bar("new texts, torch float32 to int8", ratio, FASTER, " times", most=False)


def start(out: Path, scratch: Path) -> Iterator[Bar]:
    """Seconds to the first answer, and memory after some work."""
    served = Serving(out, scratch, launcher=BLOCKED)
    try:
        served.start()
        asking = Asking(served.url, served.key)
        asking.must("POST", "/v1/search", {"text": "a space opera with robots", "k": 5})
        film = {"item_id": "a new film", "title": "Robots in space", "genres": ["Sci-Fi"]}
        asking.must("PUT", "/v1/items", {"items": [film]})
        for user in ids(out, "user")[:N_USERS]:
            asking.must("POST", "/v1/recommend", {"user_id": user, "k": 10})
        asking.must("POST", "/v1/recommend", {"history": ["a new film"], "k": 10, "explain": True})
        asking.close()
        memory = served.memory_mib("VmHWM")
    finally:
        served.stop()
    yield Bar("start of the exported service", served.seconds[0], START_S, " s")
    yield Bar("its memory at most, without torch", memory, MEMORY_MIB, " MiB")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
