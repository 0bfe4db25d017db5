from training.scale import DUPLICATES, Ledger, planted_rows, render


def test_rows_repeat_as_many_texts_as_asked():
    rows = list(planted_rows(2_000))

    assert [number for number, *_ in rows] == list(range(2_000))
    assert abs(1 - len({text for *_, text in rows}) / len(rows) - DUPLICATES) < 0.05
    assert rows == list(planted_rows(2_000))


def test_the_report_has_a_row_a_size():
    found = {
        "rows": 10_000,
        "stand_in": False,
        "runs": 2,
        "seconds": {"reading": 1.2, "assessing": 60.0, "linking": 3.0, "writing": 4.0},
        "peak": 1053.7,
        "counts": {"texts": 3_969},
        "sizes": {"ads.csv": 4.8, "found.csv": 7.0, "found.xlsx": 3.1},
    }

    assert render([found]).splitlines()[-1] == "| 10,000 | 3,969 | 3,969 | 2 | 1,054 | 5 | 7 | 3 | 1 | 60 | 3 | 4 |"


def test_a_ledger_adds_up_the_runs_of_one_scan(tmp_path):
    first = Ledger(tmp_path / "ledger.json")
    first.stage("reading")
    found = first.save()
    again = Ledger(tmp_path / "ledger.json")
    again.stage("assessing")
    total = again.save()

    assert (found["runs"], total["runs"]) == (1, 2)
    assert total["seconds"]["reading"] == found["seconds"]["reading"]
    assert set(total["seconds"]) == {"opening", "reading", "assessing"}
    assert total["peak"] >= found["peak"] > 0
