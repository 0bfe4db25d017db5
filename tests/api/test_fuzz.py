"""Whatever is sent, the answer fits the OpenAPI document and is never a 500."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from api.app import create_app

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
ROUTES = [
    ("POST", "/v1/assessments"),
    ("POST", "/v1/assessments/batch"),
    ("POST", "/v1/guidance"),
    ("GET", "/v1/indicators"),
    ("GET", "/health"),
    ("GET", "/ready"),
]


@pytest.fixture(scope="module")
def schema(analyzer):
    app = create_app(analyzer=analyzer)
    app.state.analyzer = analyzer
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_service_answers_anything(schema, method, path):
    operation = schema[path][method]
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    # What has no parameters cannot be asked wrongly.
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) if method == "POST" else right

    @given(case=st.one_of(right, wrong))
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def fuzz(case):
        case.call_and_validate(checks=CHECKS)

    fuzz()


def test_every_route_is_fuzzed(schema):
    found = {(result.ok().method.upper(), result.ok().path) for result in schema.get_all_operations()}

    assert found == set(ROUTES)
