"""Plain pandas frames through the function, sent as Spark would send it."""

import cloudpickle
import pandas as pd
import pyarrow
import pytest

from tip_nlp.engines import spark
from tip_nlp.engines.spark import SCHEMA, spark_function
from tip_nlp.errors import InputError
from tip_nlp.scan import CHUNK

RISKY = "Malik ne pasport apne paas rakh lia hai, 4 mahine se tankhwah nahi di"


@pytest.fixture
def send(analyzer, monkeypatch):
    """Pickled and read again, with the model already loaded."""
    monkeypatch.setattr(spark, "_analyzer", lambda settings: analyzer)
    return lambda function: cloudpickle.loads(cloudpickle.dumps(function))


def test_frames_come_back_with_their_own_columns_and_those_of_the_schema(send, analyzer):
    frame = pd.DataFrame({"ad": ["a-1", "a-2"], "body": [RISKY, "Driver wanted in Lahore"], "price": [1.5, None]})
    assess = send(spark_function("body", "ad", kind="message"))

    (found,) = assess(iter([frame]))

    expected = analyzer.assess(RISKY, kind="message", id="a-1")
    assert list(found.columns) == ["ad", "body", "price", *(part.split()[0] for part in SCHEMA.split(", "))]
    assert found[["ad", "body", "price"]].equals(frame)
    assert (found.tip_id[0], found.tip_tier[0]) == ("a-1", expected.tier)
    assert found.tip_trafficking[0] == expected.scores["trafficking"]
    assert found.tip_urgent[0] == expected.urgent
    assert '"id": "a-1"' in found.tip_assessment[0]


@pytest.mark.parametrize("missing", [None, float("nan"), "", "  ", pd.NA])
def test_a_row_without_a_text_says_so_and_costs_only_itself(send, missing):
    frame = pd.DataFrame({"text": ["Driver wanted", missing]})

    (found,) = send(spark_function())(iter([frame]))

    assert pd.isna(found.tip_error[0])
    assert "empty text" in found.tip_error[1]
    assert pd.isna(found.tip_assessment[1])


def test_long_frames_come_back_in_chunks_with_their_index(send):
    frame = pd.DataFrame({"text": ["Driver wanted"] * (CHUNK + 1)}, index=range(7, CHUNK + 8))

    found = list(send(spark_function())(iter([frame])))

    assert [len(part) for part in found] == [CHUNK, 1]
    assert pd.concat(found).index.equals(frame.index)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [({"body": ["x"]}, "no column 'text'"), ({"text": ["x"], "tip_tier": ["high"]}, "'tip_tier'")],
)
def test_a_frame_with_the_wrong_columns_is_refused(send, columns, complaint):
    with pytest.raises(InputError, match=complaint):
        list(send(spark_function())(iter([pd.DataFrame(columns)])))


def test_the_columns_have_the_types_that_the_schema_says(send):
    frame = pd.DataFrame({"text": [RISKY, None]})
    types = {"string": pyarrow.string(), "double": pyarrow.float64(), "boolean": pyarrow.bool_()}
    schema = pyarrow.schema([(name, types[type_]) for name, type_ in map(str.split, SCHEMA.split(", "))])

    (found,) = send(spark_function())(iter([frame]))

    # As Spark turns a frame into its own rows.
    assert pyarrow.Table.from_pandas(found[schema.names], schema, preserve_index=False).num_rows == 2
