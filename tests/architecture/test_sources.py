"""What the code itself must look like."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "genre"
MODULES = sorted(SRC.rglob("*.py"))
PARAMS = [pytest.param(path, id=str(path.relative_to(SRC))) for path in MODULES]
STAGES = (
    "sources",
    "splitters",
    "encoders",
    "fusion",
    "user_towers",
    "matching",
    "losses",
    "metrics",
    "indexes",
    "recommenders",
    "ranking",
)
MAX_LINES = 400


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def called(node):
    """`a.b` of a call `a.b(...)`, `b` of `b(...)`."""
    function = node.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        return f"{owner.id if isinstance(owner, ast.Name) else ''}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


@pytest.mark.parametrize("path", PARAMS)
def test_module_says_what_it_is(path):
    if path.name != "__init__.py" or path.read_text(encoding="utf-8").strip():
        assert ast.get_docstring(tree(path)), "no module docstring"


@pytest.mark.parametrize("path", PARAMS)
def test_module_is_short_enough_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", PARAMS)
def test_nothing_runs_code_from_data(path):
    """No pickle, eval, exec or unsafe YAML; torch.load only for weights."""
    for node in ast.walk(tree(path)):
        assert not {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"} & {
            name.split(".")[0] for name in imported(node)
        }, f"line {node.lineno}: imports a pickle"
        if not isinstance(node, ast.Call):
            continue
        name, given = called(node), {keyword.arg: keyword.value for keyword in node.keywords}
        assert name not in {"eval", "exec", "yaml.unsafe_load", "yaml.full_load", "os.system"}, f"line {node.lineno}"
        if name == "torch.load":
            safe = given.get("weights_only")
            assert isinstance(safe, ast.Constant) and safe.value is True, f"line {node.lineno}: not weights_only"
        if name in {"np.load", "numpy.load"}:
            allowed = given.get("allow_pickle", ast.Constant(False))
            assert isinstance(allowed, ast.Constant) and allowed.value is False, f"line {node.lineno}: pickled arrays"
        if name == "yaml.load":
            loader = given.get("Loader")
            assert isinstance(loader, ast.Name) and is_safe_loader(path, loader.id), f"line {node.lineno}: unsafe YAML"


def is_safe_loader(path, name):
    """Whether the module defines `name` as a subclass of yaml.SafeLoader."""
    return any(
        isinstance(node, ast.ClassDef)
        and node.name == name
        and any(isinstance(base, ast.Attribute) and base.attr == "SafeLoader" for base in node.bases)
        for node in ast.walk(tree(path))
    )


@pytest.mark.parametrize("path", [p for p in PARAMS if p.values[0].relative_to(SRC).parts[0] in STAGES])
def test_stages_meet_in_contracts_only(path):
    """A module of one stage imports of other stages nothing but `base`."""
    own = path.relative_to(SRC).parts[0]
    for node in ast.walk(tree(path)):
        for name in imported(node):
            parts = name.split(".")
            if parts[0] == "genre" and len(parts) > 1 and parts[1] in STAGES and parts[1] != own:
                assert parts[2:] == ["base"], f"line {node.lineno}: {name}"


@pytest.mark.parametrize("path", PARAMS)
def test_nothing_bare_is_caught(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: bare except"
            names = {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)}
            assert "BaseException" not in names, f"line {node.lineno}"
