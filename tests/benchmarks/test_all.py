"""`python -m benchmarks`: every benchmark is run, or named with what it needs."""

from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks

FOLDER = Path(benchmarks.__file__).parent


def words(runs):
    return {run.split()[0] for run in runs}


def test_every_benchmark_is_run_or_named():
    scripts = {path.stem for path in FOLDER.glob("*.py") if "ArgumentParser(" in path.read_text(encoding="utf-8")}
    assert words((*benchmarks.RUNS, *benchmarks.OTHERS)) == scripts


def test_what_is_run_needs_no_folder():
    assert not [run for run in benchmarks.RUNS if "--data" in run]
    assert words(benchmarks.OTHERS) >= {"ablation", "alignment"}


@pytest.mark.parametrize("code", [0, 1])
def test_all_are_run_and_those_that_miss_their_bars_are_said(monkeypatch, capsys, code):
    asked = []

    class Done:
        returncode = code

    monkeypatch.setattr(benchmarks.subprocess, "run", lambda command, check: asked.append(command[2:]) or Done())
    assert benchmarks.main([]) == code
    assert asked == [f"benchmarks.{run}".split() for run in benchmarks.RUNS]
    shown = capsys.readouterr().out
    assert all(f"python -m benchmarks.{run}\n    {needs}" in shown for run, needs in benchmarks.OTHERS.items())
    assert ("missed: none" in shown) == (code == 0)


def test_the_list_runs_nothing(monkeypatch, capsys):
    monkeypatch.setattr(benchmarks.subprocess, "run", lambda *_, **__: pytest.fail("ran"))
    assert benchmarks.main(["--list"]) == 0
    assert "python -m benchmarks.judging" in capsys.readouterr().out
