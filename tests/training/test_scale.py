from training.scale import DUPLICATES, planted_rows, render


def test_rows_repeat_as_many_texts_as_asked():
    rows = list(planted_rows(2_000))

    assert [number for number, *_ in rows] == list(range(2_000))
    assert abs(1 - len({text for *_, text in rows}) / len(rows) - DUPLICATES) < 0.05
    assert rows == list(planted_rows(2_000))


def test_the_report_has_a_row_a_size():
    found = {
        "seconds": {"reading": 1.2, "assessing": 60.0, "linking": 3.0, "writing": 4.0},
        "peak": 1053.7,
        "counts": {"texts": 3_969},
        "sizes": {"ads.csv": 4.8, "found.csv": 7.0, "found.xlsx": 3.1},
    }

    assert render([10_000], [found]).splitlines()[-1] == "| 10,000 | 3,969 | 1,054 | 5 | 7 | 3 | 1 | 60 | 3 | 4 |"
