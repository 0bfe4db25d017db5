import json
import logging

import pytest
from fastapi.testclient import TestClient

from api.app import MAX_BODY, create_app
from tip_nlp.guidance import advise
from tip_nlp.normalize import MAX_BYTES
from tip_nlp.types import KINDS

JSON = {"content-type": "application/json"}
TEXT = "My employer has kept my passport for five months and does not pay my salary."


@pytest.fixture(scope="module")
def client(analyzer):
    with TestClient(create_app(analyzer=analyzer), raise_server_exceptions=False) as made:
        yield made


def assert_error(response, status, code, *fields):
    """The one error body: {"error": {"code", "message", "fields": [{"field", "problem"}]}}."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "fields"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    named = [each["field"] for each in body["error"]["fields"]]
    assert all(field in named for field in fields), named


def test_assess_gives_the_librarys_assessment(client, analyzer):
    response = client.post("/v1/assessments", json={"text": TEXT, "kind": "message", "id": "a-1"})

    assert response.status_code == 200
    assert response.json() == json.loads(json.dumps(analyzer.assess(TEXT, kind="message", id="a-1").to_dict()))


def test_guidance_gives_the_librarys_assessment_and_guidance(client, analyzer):
    response = client.post("/v1/guidance", json={"text": TEXT, "kind": "message", "language": "ur"})

    assessment = analyzer.assess(TEXT, kind="message")
    both = {"assessment": assessment.to_dict(), "guidance": advise(assessment, language="ur").to_dict()}
    assert response.status_code == 200
    assert response.json() == json.loads(json.dumps(both))


def test_guidance_in_a_language_without_questions_is_refused(client):
    assert_error(client.post("/v1/guidance", json={"text": TEXT, "language": "ps"}), 422, "invalid_request", "language")


def test_batch_keeps_order_and_reports_each_bad_document(client):
    documents = [
        {"id": "x", "text": TEXT},
        {"id": "y", "text": ""},
        {"text": 3},
        {"id": "z", "text": "نوکری", "colour": 1},
    ]

    body = client.post("/v1/assessments/batch", json={"documents": documents}).json()

    assert [item["id"] for item in body["results"]] == ["x", "y", None, "z"]
    assert [item["assessment"] is None for item in body["results"]] == [False, True, True, True]
    assert [item["error"]["fields"][0]["field"] for item in body["results"][1:]] == ["text", "text", "colour"]
    assert body["failed"] == 3


# fmt: off
@pytest.mark.parametrize(("body", "status", "code", "field"), [
    ({}, 422, "invalid_request", "text"),
    ({"text": ""}, 422, "invalid_request", "text"),
    ({"text": None}, 422, "invalid_request", "text"),
    ({"text": ["a"]}, 422, "invalid_request", "text"),
    ({"text": "a", "kind": "poem"}, 422, "invalid_request", "kind"),
    ({"text": "a", "txet": "b"}, 422, "invalid_request", "txet"),
    ({"text": "a", "id": ""}, 422, "invalid_request", "id"),
    ([], 422, "invalid_request", "body"),
    ({"text": "x" * (MAX_BYTES + 1)}, 413, "too_large", "text"),
    ({"text": "پ" * (MAX_BYTES // 2 + 1)}, 413, "too_large", "text"),
])
# fmt: on
def test_assess_refuses_what_it_cannot_use_and_names_the_field(client, body, status, code, field):
    assert_error(client.post("/v1/assessments", json=body), status, code, field)


@pytest.mark.parametrize("raw", [b"", b"{", b'{"text": "\xff"}', b'{"text": "\\ud800"}'])
def test_assess_refuses_a_malformed_body(client, raw):
    response = client.post("/v1/assessments", content=raw, headers=JSON)

    assert 400 <= response.status_code < 500
    assert set(response.json()) == {"error"}


def test_batch_numbers_documents_without_an_id_and_survives_a_bad_one(client):
    documents = [{"text": "a"}, {"text": "b", "id": "\ud800"}, {"text": "c"}, {"text": "x" * (MAX_BYTES + 1)}]

    response = client.post("/v1/assessments/batch", content=json.dumps({"documents": documents}), headers=JSON)

    assert [item["id"] for item in response.json()["results"]] == ["0", None, "2", None]
    assert response.json()["results"][3]["error"]["code"] == "too_large"


def test_malformed_json_names_the_body(client):
    assert_error(client.post("/v1/assessments", content=b"{", headers=JSON), 422, "invalid_request", "body")


def test_batch_refuses_too_many_documents(client):
    assert_error(client.post("/v1/assessments/batch", json={"documents": [{"text": "a"}] * 1001}), 413, "too_large", "documents")


def test_body_over_the_limit_is_refused_unread(client):
    raw = b'{"text": "' + b"x" * MAX_BODY + b'"}'

    assert_error(client.post("/v1/assessments", content=raw), 413, "too_large")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/v1/assessments", 405)])
def test_other_failures_have_the_same_body(client, method, path, status):
    assert_error(client.request(method, path), status, "not_found" if status == 404 else "method_not_allowed")


def test_indicators_lists_the_taxonomy(client, analyzer):
    body = client.get("/v1/indicators").json()

    assert [each["id"] for each in body["indicators"]] == list(analyzer.taxonomy.ids)
    assert body["version"] == analyzer.taxonomy.version


def test_health_and_ready(client, analyzer):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json()["versions"]["model"] == analyzer.versions.model


def test_ready_says_when_it_is_not(analyzer):
    app = create_app(analyzer=analyzer)  # no lifespan: nothing is loaded

    response = TestClient(app).get("/ready")

    assert_error(response, 503, "not_ready")
    assert response.headers["retry-after"]


def test_unforeseen_failure_is_answered_and_logged_without_the_text(client, caplog, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError(TEXT)

    monkeypatch.setattr(client.app.state.analyzer.classifier, "read_passages", fail)
    with caplog.at_level(logging.DEBUG):
        assert_error(client.post("/v1/assessments", json={"text": TEXT}), 500, "internal_error")

    assert "RuntimeError" in caplog.text
    assert "passport" not in caplog.text


def test_nothing_of_the_text_is_logged(client, caplog):
    with caplog.at_level(logging.DEBUG):
        client.post("/v1/assessments", json={"text": TEXT})
        client.post("/v1/assessments", json={"text": TEXT, "kind": TEXT})

    assert "passport" not in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_accepted(client, kind):
    assert client.post("/v1/assessments", json={"text": TEXT, "kind": kind}).json()["kind"] == kind


def test_openapi_has_examples_and_the_error_body(client):
    spec = client.get("/openapi.json").json()

    assert spec["components"]["schemas"]["DocumentIn"]["examples"]
    assert "422" in spec["paths"]["/v1/assessments"]["post"]["responses"]
    assert spec["paths"]["/v1/assessments"]["post"]["responses"]["422"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/ErrorOut"
    }
