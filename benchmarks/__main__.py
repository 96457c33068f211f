"""Run every benchmark that needs no tables beside the built-in example, one after the other; takes about an hour."""

import subprocess
import sys

RUNS = (
    ("large_csv",),
    ("judging",),
    ("text_encoding",),
    ("time_to_accuracy",),
    ("cold_items",),
    ("accuracy", "p1"),
    ("accuracy", "p2"),
)


def main() -> None:
    """Run all, and say at the end which missed their bars."""
    missed = []
    for name, *arguments in RUNS:
        print(f"\n== {name} {' '.join(arguments)}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=False)
        if done.returncode:
            missed.append(name)
    print(f"\nmissed: {', '.join(missed) or 'none'}")
    raise SystemExit(bool(missed))


if __name__ == "__main__":
    main()
