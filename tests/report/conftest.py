"""Result files as a scan writes them."""

import json

import pytest


@pytest.fixture
def write(tmp_path):
    def write(*lines):
        path = tmp_path / "result.jsonl"
        path.write_text("".join(json.dumps(each) + "\n" for each in lines), "utf-8")
        return path

    return write
