"""What starting up costs."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "transformers", "implicit", "onnxruntime", "lightning_fabric", "sklearn", "plotly")


def loaded_after(code):
    """Which heavy packages a fresh interpreter holds after `code`."""
    report = f"\nimport sys\nprint('LOADED', *(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.rpartition("LOADED")[2].split()


def test_import_genre_is_light():
    assert loaded_after("import genre") == []


def test_reading_a_recipe_is_light():
    code = "from genre.config.loading import load_recipe\nimport genre.values, genre.core.artifacts, genre.core.slot"
    assert loaded_after(code) == []


def test_help_is_light():
    code = (
        "from genre.cli import main\nimport sys\nsys.argv = ['genre', '--help']\n"
        "try:\n    main.run()\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert loaded_after(code) == []


@pytest.mark.parametrize("name", ["genre.testing", "genre.recommenders.ease", "genre.recommenders.item_knn"])
def test_closed_form_recommenders_need_no_torch(name):
    assert "torch" not in loaded_after(f"import {name}")


def test_every_module_of_the_package_is_importable():
    root = Path(__file__).parents[2] / "src"
    names = [".".join(path.relative_to(root).with_suffix("").parts) for path in (root / "genre").rglob("*.py")]
    names = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    code = f"import importlib\nfor name in {sorted(names)!r}:\n    importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
