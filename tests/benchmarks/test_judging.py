"""The judging benchmark runs small and accounts for its time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "judging.py"


def test_parts_are_shown_and_make_up_no_more_than_the_whole() -> None:
    command = [sys.executable, str(SCRIPT), "--users", "300", "--items", "2000", "--relevant", "2", "--threads", "1"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode in (0, 1), done.stderr
    shares = [float(share) for share in re.findall(r"^  .*s +([\d.]+)%$", done.stdout, re.MULTILINE)]
    assert len(shares) == 4
    assert 0 < sum(shares) <= 100.5
    assert re.search(r"24 metrics: auc@10 .* recall@100$", done.stdout, re.MULTILINE)
    assert re.search(r"peak memory: \d+ MiB \(below 3,072: yes\)", done.stdout)
