"""The documentation names everything a user can reach."""

from pathlib import Path

import pytest

from tip_nlp import cli
from tip_nlp.settings import Settings
from tip_nlp.taxonomy import load_taxonomy

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("indicator", load_taxonomy().ids)
def test_every_indicator_is_documented(indicator):
    assert f"`{indicator}`" in README


@pytest.mark.parametrize("setting", list(Settings.model_fields))
def test_every_setting_is_documented(setting):
    assert f"`TIP_NLP_{setting.upper()}`" in README
    assert Settings.model_fields[setting].description


def test_every_command_is_documented():
    names = {c.name or c.callback.__name__ for c in cli.app.registered_commands}
    for group in cli.app.registered_groups:
        names |= {f"{group.name} {c.name}" for c in group.typer_instance.registered_commands}

    assert {"scan", "rules check", "licences import"} <= names
    for name in names:
        assert f"tip-nlp {name}" in README


def test_every_route_is_documented(analyzer):
    from api.app import create_app

    for path in create_app(analyzer=analyzer).openapi()["paths"]:
        assert path in README


def test_every_make_target_is_documented():
    for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines():
        if "## " in line and line[0].isalpha():
            assert f"make {line.split(':')[0]}" in README, line
