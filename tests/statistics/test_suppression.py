"""What a reader can work out is tried without the code that suppresses: by linear algebra, and by trying all tables."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tip_nlp.statistics.suppression import Grid, suppress


def grid(rows, *, column_totals=False, caps=None):
    names = tuple(f"r{n}" for n in range(len(rows))), tuple(f"c{n}" for n in range(len(rows[0])))
    counts = {(r, c): rows[i][j] for i, r in enumerate(names[0]) for j, c in enumerate(names[1])}
    return Grid(*names, counts, column_totals, caps or {})


def determined(table, marks):
    """Suppressed cells that the published totals determine as a system of linear equations."""
    cells = list(marks)
    lines = [("row", name) for name in table.rows] + [("column", name) for name in table.columns if table.column_totals]
    equations = np.array([[cell in set(table.line(line)) for cell in cells] for line in lines], dtype=float)
    rank = np.linalg.matrix_rank(equations)
    return [
        cell
        for n, cell in enumerate(cells)
        if np.linalg.matrix_rank(np.vstack([equations, np.eye(len(cells))[n]])) == rank
    ]


def possible(table, marks, least):
    """For each suppressed cell every value it has in a table that agrees with the totals, the marks and the caps."""
    columns = table.columns
    top = max(sum(table.counts[row, column] for column in columns) for row in table.rows)
    bounds = {"small": range(1, least), "withheld": range(least, top + 1), "left out": range(top + 1)}
    seen = {cell: set() for cell in marks}
    choices = []
    for row in table.rows:
        free = [bounds[marks[row, c]] if (row, c) in marks else (table.counts[row, c],) for c in columns]
        total = sum(table.counts[row, c] for c in columns)
        choices.append(
            [
                line
                for line in product(*free)
                if sum(line) == total and all(n <= table.caps.get(c, n) for n, c in zip(line, columns, strict=True))
            ]
        )
    sums = [sum(table.counts[row, c] for row in table.rows) for c in columns]
    for lines in product(*choices):
        if not table.column_totals or [sum(column) for column in zip(*lines, strict=True)] == sums:
            for row, line in zip(table.rows, lines, strict=True):
                for column, number in zip(columns, line, strict=True):
                    if (row, column) in seen:
                        seen[row, column].add(number)
    return seen


def width(row, marks, least, cell, caps=None):
    """How many values a cell of a single row can have for a reader who knows that the smallest count is withheld first."""
    shown = [count for n, count in enumerate(row) if ("r0", f"c{n}") not in marks and count]
    free = {}
    for (_, column), mark in marks.items():
        most = min([*shown, (caps or {}).get(column, 10**6)]) if mark == "withheld" else 10**6
        free[column] = {"small": (1, least - 1), "withheld": (least, most), "left out": (0, most)}[mark]
    rest = sum(row) - sum(shown)
    low = rest - sum(high for column, (_, high) in free.items() if column != cell)
    high = rest - sum(low for column, (low, _) in free.items() if column != cell)
    return min(high, free[cell][1]) - max(low, free[cell][0]) + 1


def tables(rows, columns, highest):
    return st.integers(2, columns).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, highest), min_size=width, max_size=width), min_size=1, max_size=rows
        )
    )


@settings(max_examples=150, deadline=None)
@given(tables(8, 7, 40), st.booleans(), st.sampled_from([3, 5, 10]))
def test_no_suppressed_cell_follows_from_the_totals(rows, column_totals, least):
    table = grid(rows, column_totals=column_totals)

    marks = suppress(table, least)

    assert all(cell in marks for cell, count in table.counts.items() if 0 < count < least)
    if not all(marks.get(cell) == "left out" for cell in table.counts):
        exposed = [
            cell for cell in determined(table, marks) if marks[cell] != "left out" or 0 < table.counts[cell] < least
        ]
        assert exposed == []


@settings(max_examples=150, deadline=None)
@given(tables(3, 3, 7), st.booleans(), st.sampled_from([3, 4]))
def test_every_small_count_could_be_another_number(rows, column_totals, least):
    """Bounds of the marks included: what "<4" and "withheld" say."""
    table = grid(rows, column_totals=column_totals)

    marks = suppress(table, least)

    if not all(marks.get(cell) == "left out" for cell in table.counts):
        seen = possible(table, marks, least)
        assert all(len(seen[cell]) > 1 for cell, count in table.counts.items() if 0 < count < least)


@pytest.mark.parametrize(
    ("row", "small"),
    [
        ([3, 50, 60], 0),  # alone it is the total less the rest
        ([1, 1, 50], 0),  # two of them sum up to 2, so both are 1
        ([9, 9, 50], 0),  # and these to 18, so both are 9
        ([3, 10, 10, 400], 0),  # the reader knows that the smallest was withheld, so it is 10
        ([1, 10, 300], 0),  # 11 is 1 and 10 only
    ],
)
def test_known_leaks_are_closed(row, small):
    marks = suppress(grid([row]), 10)

    assert set(marks.values()) == {"left out"} or width(row, marks, 10, f"c{small}") >= 5


def test_a_cap_that_would_fix_a_withheld_count_is_heeded():
    row, caps = [3, 12, 500, 40], {"c1": 12}

    marks = suppress(grid([row], caps=caps), 10)

    assert width(row, marks, 10, "c0", caps) >= 5


def test_a_cycle_hidden_in_rows_and_columns_is_heeded():
    """Each line has none or two suppressed cells, and yet equations of several lines might meet in one cell."""
    table = grid([[2, 3, 50, 60], [4, 70, 3, 80], [90, 2, 5, 60], [75, 65, 85, 95]], column_totals=True)

    marks = suppress(table, 10)

    assert set(marks.values()) == {"small"} or "withheld" in marks.values()
    assert determined(table, marks) == []


def test_nothing_is_withheld_where_nothing_is_small():
    assert suppress(grid([[10, 0, 30], [0, 50, 99]], column_totals=True), 10) == {}


def test_the_smallest_is_withheld_and_zeros_stay():
    assert suppress(grid([[4, 0, 90, 40]]), 10) == {("r0", "c0"): "small", ("r0", "c3"): "withheld"}


def test_the_checks_of_this_file_find_a_lone_suppressed_count():
    table = grid([[3, 50, 60], [20, 30, 40]], column_totals=True)
    marks = {("r0", "c0"): "small"}

    assert determined(table, marks) == [("r0", "c0")]
    assert possible(grid([[1, 1, 3]]), {("r0", "c0"): "small", ("r0", "c1"): "small"}, 3) == {
        ("r0", "c0"): {1},
        ("r0", "c1"): {1},
    }
    assert width([3, 50, 60], marks, 10, "c0") == 1
