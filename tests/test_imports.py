"""Imports run one way, and serving needs neither torch nor transformers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STAGES = {"normalize", "language", "segments", "lexicon", "classifier", "combination", "fusion", "explanation"}
PARTS = {"classifier": {"lexicon"}, "fusion": {"combination"}}  # what a stage is made of
BELOW = {"types", "errors", "taxonomy", "tokens", "_version"}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


BLOCK = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "sklearn", "datasets", "training"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Block())
"""
SERVE = """
import api.app, tip_nlp.cli
from tip_nlp import Analyzer
print(Analyzer.load().assess("They keep my passport and do not pay me.").tier)
"""


def test_serving_works_where_torch_and_transformers_cannot_be_imported():
    # Blocked rather than looked for in sys.modules: spaCy itself picks torch up wherever it is installed.
    done = subprocess.run([sys.executable, "-c", BLOCK + SERVE], capture_output=True, text=True, cwd=ROOT)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("none", "watch", "elevated", "high")


@pytest.mark.parametrize("package", ["tip_nlp", "api"])
def test_nothing_served_asks_for_training_libraries(package):
    for path in (ROOT / package).rglob("*.py"):
        names = {name.split(".")[0] for name in imports_of(path)}
        assert not names & {"torch", "transformers", "sklearn", "datasets", "nncf", "onnxruntime"}, path.name


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [("tip_nlp", ("api", "training")), ("api", ("training",)), ("training", ("api",))],
)
def test_packages_import_one_way(package, forbidden):
    for path in (ROOT / package).rglob("*.py"):
        for name in imports_of(path):
            assert name.split(".")[0] not in forbidden, f"{path.name} imports {name}"


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_stages_stand_on_types_and_not_on_one_another(stage):
    names = set(imports_of(ROOT / "tip_nlp" / f"{stage}.py"))

    assert {n.removeprefix("tip_nlp.") for n in names if n.startswith("tip_nlp")} <= BELOW | PARTS.get(stage, set())


def test_rules_stand_on_types_and_not_on_the_stages():
    for path in (ROOT / "tip_nlp" / "rules").glob("*.py"):
        names = {n.removeprefix("tip_nlp.").split(".")[0] for n in imports_of(path) if n.startswith("tip_nlp")}
        allowed = BELOW | {"rules"} | ({"normalize"} if path.name == "check.py" else set())
        assert names <= allowed, path.name


def test_only_the_rules_know_spacy():
    users = {p.name for p in (ROOT / "tip_nlp").rglob("*.py") if any(n.split(".")[0] == "spacy" for n in imports_of(p))}

    assert users == {"ruler.py"}


def test_nothing_imports_the_analyzer_but_the_edges():
    users = {
        p.stem for p in (ROOT / "tip_nlp").rglob("*.py") if any(name == "tip_nlp.analyzer" for name in imports_of(p))
    }

    assert users == {"__init__", "batch", "ray_engine", "scan", "scanning", "spark", "using", "verification"}


def test_no_command_but_stats_waits_for_its_solver():
    code = "import sys, tip_nlp.cli; sys.exit('scipy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
