"""Goal: what the server answers is what its OpenAPI page says. Method: each documented status of each
operation is made to happen over HTTP, against a host that answers as it is told, and validated against the
page's schemas."""

import copy
import http.client
import json
import os
import subprocess
import sys
import unittest

try:
    import jsonschema
except ImportError:
    print("skipped: there is no python3-jsonschema here (./dev test installs it)")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)

SERVER = os.environ["SHOAL_SCRIPTED_SERVER"]
LARGE = "x" * (1024 * 1024 + 1)

# What makes a call of the host fail, by status.
FAILURES = {
    404: ["fail-not_found"],
    409: ["fail-already_exists"],
    422: ["fail-refused", "fail-bad_config"],
    500: ["fail-failed"],
    503: ["fail-unavailable", "fail-overloaded", "fail-unreachable"],
    504: ["fail-deadline"],
}
# Every shoal_status of an entity's reply that is not OK (sdk/include/shoal/abi/base.h).
REPLIES = range(1, 13)


def strict(schema):
    """The schema with no room for members it does not name."""
    if isinstance(schema, dict):
        made = {key: strict(value) for key, value in schema.items()}
        if "properties" in made and made.get("type") == "object":
            made["additionalProperties"] = False
        return made
    return [strict(item) for item in schema] if isinstance(schema, list) else schema


class Exchange:
    """One request to the scripted server and its response."""

    def __init__(self, port, method, target, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            self.status = response.status
            self.content_type = response.getheader("Content-Type", "")
            self.body = response.read()
            self.allow = response.getheader("Allow")
        finally:
            connection.close()


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.port = int(cls.server.stdout.readline())
        cls.page = json.loads(Exchange(cls.port, "GET", "/v1/openapi.json").body)
        cls.seen = set()
        cls.codes = set()

    @classmethod
    def tearDownClass(cls):
        cls.server.communicate(timeout=20)

    # --- Reading the page -------------------------------------------------------------------------

    def operations(self):
        """(path, method, operation) of each."""
        for path, item in self.page["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    yield path, method.upper(), operation

    def response_of(self, operation, status):
        response = operation["responses"][str(status)]
        if "$ref" not in response:
            return response
        return self.page["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]

    def validator(self, schema):
        components = strict(copy.deepcopy(self.page["components"]))
        return jsonschema.Draft202012Validator({**strict(schema), "components": components})

    def check(self, path, method, operation, exchange):
        """The response has a documented status, content type and body."""
        where = f"{method} {path}: {exchange.status} {exchange.body[:300]!r}"
        self.assertIn(str(exchange.status), operation["responses"], where)
        content = self.response_of(operation, exchange.status).get("content", {})
        self.seen.add((method, path, exchange.status))
        if not content:
            self.assertEqual((b"", ""), (exchange.body, exchange.content_type), where)
            return
        self.assertIn(exchange.content_type, content, where)
        is_json = exchange.content_type.split(";")[0].endswith("json")
        value = json.loads(exchange.body) if is_json else exchange.body.decode()
        self.validator(content[exchange.content_type]["schema"]).validate(value)
        if exchange.content_type == "application/problem+json":
            self.codes.add(value["code"])
            self.assertEqual(exchange.status, value["status"], where)

    # --- Making things happen ---------------------------------------------------------------------

    def ask_for(self, path, method, name="m", headers=None, body=None, query="", entity_type="aircraft"):
        target = path.replace("{type}", entity_type).replace("{id}", "N1").replace("{node}", name) + query
        sent = {"Content-Type": "application/json"} if method in ("POST", "PUT") else {}
        if method == "PUT" and body is None:
            body = '{"operation": "down"}'
        if method == "POST" and body is None:
            member = {"/v1/modules": "path", "/cluster/members": "address"}.get(path, "message")
            body = json.dumps({member: name})
            if path == "/v1/types/{type}":
                body = '{"active_entities_max": 5}'
            if path.endswith("/unpark"):
                body = "{}"
        sent.update(headers or {})
        return Exchange(self.port, method, target, sent, body)

    def of_every_route(self, path, method):
        """What any route can answer."""
        yield self.ask_for(path, method)
        yield self.ask_for(path, method, query="?no-such-parameter=1")
        yield self.ask_for(path, method, headers={"Host": "evil.example"})
        yield self.ask_for(path, method, headers={"Filling": "x" * 9000})
        yield self.ask_for(path, method, body=LARGE)
        if method == "DELETE":
            yield self.ask_for(path, method, headers={"Origin": "http://127.0.0.1"})
        if method in ("POST", "PUT"):
            yield self.ask_for(path, method, headers={"Origin": "http://127.0.0.1"})
            yield self.ask_for(path, method, headers={"Content-Type": "text/plain"})
            for body in ("", "{", "[]", '{"no_such_member": 1}', '{"message": 5}', '{"path": 5}'):
                yield self.ask_for(path, method, body=body)

    def of_calls(self, path, method, operation):
        """What a call of the host can end with."""
        for status, names in FAILURES.items():
            if str(status) not in operation["responses"]:
                continue
            for name in names:
                by_type = method == "GET" or path.endswith("/unpark") or path == "/v1/types/{type}"
                if "{type}" in path and by_type:
                    yield self.ask_for(path, method, entity_type=name)
                elif method == "POST" or "{node}" in path:
                    yield self.ask_for(path, method, name=name)

    def test_every_documented_status_happens_and_no_other(self):
        documented = set()
        for path, method, operation in self.operations():
            documented |= {(method, path, int(status)) for status in operation["responses"]}
            exchanges = list(self.of_every_route(path, method))
            exchanges += self.of_calls(path, method, operation)
            if path == "/readyz":
                exchanges += [self.ask_for(path, method, query=q) for q in ("", "", "?verbose", "?verbose")]
            if path.endswith("/ask"):
                exchanges += [self.ask_for(path, method, f"reply-{number}") for number in REPLIES]
            if path in ("/v1/entities/{type}", "/v1/parked/{type}"):
                exchanges += [self.ask_for(path, method, query=f"?limit={limit}") for limit in (1, 0, "x")]
            if path.endswith("/history"):
                exchanges += [self.ask_for(path, method, query=q) for q in ("?from=1&limit=1", "?from=x")]
            if path.endswith("/tell"):
                for name in ("m", *(f"reply-{number}" for number in REPLIES)):
                    body = json.dumps({"message": name, "receipt": "processed"})
                    exchanges.append(self.ask_for(path, method, body=body))
            if path == "/v1/dead-letters":
                exchanges += [self.ask_for(path, method, query=q) for q in ("?after=1&limit=2", "?after=x")]
            if path in ("/v1/cluster/events", "/cluster/domain-events"):
                exchanges += [self.ask_for(path, method, query=q) for q in ("?after=1", "?type=MemberUp")]
            if method == "PUT":
                form = {"Content-Type": "application/x-www-form-urlencoded"}
                for body in ("operation=Leave", "a"):
                    exchanges.append(self.ask_for(path, method, headers=form, body=body))
            if "cluster" in path:
                self.ask_for("/cluster/members", "POST", name="go-alone")
                exchanges.append(self.ask_for(path, method))
            if "{type}" in path:
                exchanges.append(self.ask_for(path, method, entity_type="No-Type"))
            for exchange in exchanges:
                self.check(path, method, operation, exchange)
        self.assertEqual(documented, self.seen)
        self.check_what_is_no_operation()
        schema = self.page["components"]["schemas"]["Problem"]
        self.assertEqual(set(schema["properties"]["code"]["enum"]), self.codes)

    def check_what_is_no_operation(self):
        for path in self.page["paths"]:
            wrong = self.ask_for(path, "PATCH", headers={"Content-Type": "application/json"})
            self.check_problem(wrong, 405)
            self.assertTrue(wrong.allow)
        self.check_problem(self.ask_for("/no/such/path", "GET"), 404)
        self.check_problem(Exchange(self.port, "GET", "/livez", {"Content-Length": "many"}), 400)

    def check_problem(self, exchange, status):
        self.assertEqual((status, "application/problem+json"), (exchange.status, exchange.content_type))
        value = json.loads(exchange.body)
        self.validator({"$ref": "#/components/schemas/Problem"}).validate(value)
        self.codes.add(value["code"])

    # --- The page itself --------------------------------------------------------------------------

    def test_schemas_are_schemas_and_references_lead_somewhere(self):
        for name, schema in self.page["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)
        text = json.dumps(self.page)
        for kind in ("schemas", "responses"):
            for name in self.page["components"][kind]:
                self.assertIn(f'"#/components/{kind}/{name}"', text, "nobody refers to it")
        self.assert_references(self.page)

    def assert_references(self, value):
        if isinstance(value, list):
            for item in value:
                self.assert_references(item)
        if not isinstance(value, dict):
            return
        if "$ref" in value:
            _, _, kind, name = value["$ref"].split("/")
            self.assertIn(name, self.page["components"][kind])
        for item in value.values():
            self.assert_references(item)

    def test_operations_have_names_and_their_path_parameters(self):
        names = [operation["operationId"] for _, _, operation in self.operations()]
        self.assertEqual(len(names), len(set(names)))
        for path, item in self.page["paths"].items():
            in_path = {part[1:-1] for part in path.split("/") if part.startswith("{")}
            described = {p["name"] for p in item.get("parameters", []) if p["in"] == "path"}
            self.assertEqual(in_path, described, path)

    def test_requests_that_the_page_allows_are_taken_and_others_refused(self):
        path = "/v1/entities/{type}/{id}/ask"
        validator = self.validator({"$ref": "#/components/schemas/Message"})
        bodies = [
            '{"message": "m"}',
            '{"message": "m", "body": null, "timeout_ms": 1}',
            '{"message": ""}',
            '{"message": "m", "timeout_ms": 0}',
            '{"message": "m", "timeout_ms": 86400001}',
            '{"message": "m", "timeout_ms": 1.5}',
            '{"body": 1}',
            '{"message": "m", "more": 1}',
            "5",
        ]
        for body in bodies:
            allowed = validator.is_valid(json.loads(body))
            self.assertEqual(200 if allowed else 400, self.ask_for(path, "POST", body=body).status, body)


if __name__ == "__main__":
    unittest.main()
