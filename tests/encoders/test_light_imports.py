"""Looking at the encoders there are loads no network library."""

import subprocess
import sys
from pathlib import Path

import genre.encoders


def test_no_encoder_loads_torch_before_it_is_needed():
    root = Path(genre.encoders.__file__).parent
    paths = [path.relative_to(root).with_suffix("") for path in root.glob("*/[a-z]*.py")]
    names = [".".join(("genre.encoders", *path.parts)) for path in paths]
    code = (
        f"import importlib, sys\nheavy = {{}}\nfor name in {sorted(names)!r}:\n    importlib.import_module(name)\n"
        "    heavy.setdefault(('torch' in sys.modules, 'transformers' in sys.modules), name)\nprint(heavy)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "genre.encoders.audio.pretrained_audio" in names
    assert done.stdout.startswith("{(False, False): ") and done.stdout.count("(") == 1, done.stdout
