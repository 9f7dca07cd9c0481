"""GitHub's published description of its API, as a judge of requests and answers.

Owns matching a request to an operation and saying what is wrong with it. Knows nothing of
the fake that asks."""

import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft4Validator


def _dialect(node):
    """OpenAPI 3.0's `nullable` in words of JSON Schema."""
    if isinstance(node, list):
        return [_dialect(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _dialect(value) for key, value in node.items()}
    if made.pop("nullable", None) is True:
        made = {"anyOf": [{"type": "null"}, made]}
    return made


class Description:
    """The description, read once."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)
        self.components = {"components": {"schemas": _dialect(self.document["components"]["schemas"])}}
        self.operations = []
        for template, operations in self.document["paths"].items():
            # `{path}` of a file's contents is the only parameter that holds slashes.
            slashes = template.endswith("/contents/{path}")
            parts = re.split(r"(\{[^}]*\})", template)
            pattern = "".join(
                f"({'.+' if slashes and part == '{path}' else '[^/]+'})"
                if part.startswith("{")
                else re.escape(part)
                for part in parts
            )
            for method, operation in operations.items():
                shared = operations.get("parameters", [])
                if method != "parameters":
                    self.operations.append((template.count("{"), method.upper(), re.compile(pattern), template, operation, shared))
        self.operations.sort(key=lambda found: found[0])

    def example(self, name):
        """A published example, to be changed at will."""
        return json.loads(json.dumps(self.document["components"]["examples"][name]["value"]))

    def _resolve(self, node):
        while "$ref" in node:
            found = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def _wrong(self, schema, value, what):
        schema = {**_dialect(schema), **self.components}
        errors = sorted(Draft4Validator(schema).iter_errors(value), key=lambda error: list(error.path))
        return [f"{what}: /{'/'.join(map(str, e.path))}: {e.message[:300]}" for e in errors[:3]]

    def operation(self, method, path):
        """The operation of a request, the most concrete first."""
        for _, its_method, pattern, template, operation, shared in self.operations:
            if its_method == method and pattern.fullmatch(path):
                return template, operation, shared
        return None, None, None

    def request_problems(self, method, target, headers, body):
        """What GitHub's description has against a request."""
        split = urlsplit(target)
        template, operation, shared = self.operation(method, unquote(split.path))
        if operation is None:
            return [f"{method} {split.path}: there is no such operation"]
        wrong = []
        parameters = [self._resolve(p) for p in shared + operation.get("parameters", [])]
        known = {p["name"]: p for p in parameters if p["in"] == "query"}
        for name, value in parse_qsl(split.query, keep_blank_values=True):
            if name not in known:
                wrong.append(f"{template}: there is no parameter `{name}`")
                continue
            schema = self._resolve(known[name]["schema"])
            if schema.get("type") == "integer" and value.isdigit():
                value = int(value)
            wrong += self._wrong(schema, value, f"{template}: `{name}`")
        if not headers.get("user-agent"):
            wrong.append("no User-Agent: GitHub refuses such requests")
        if headers.get("x-github-api-version") not in ("2022-11-28", "2026-03-10"):
            wrong.append("no X-GitHub-Api-Version that exists")
        if not headers.get("accept", "").startswith("application/vnd.github"):
            wrong.append("Accept is not GitHub's")
        wanted = operation.get("requestBody")
        if body is not None and wanted is None:
            wrong.append(f"{template}: it takes no body")
        elif wanted is not None:
            wanted = self._resolve(wanted)
            if body is None:
                wrong += [f"{template}: a body is required"] if wanted.get("required") else []
            else:
                schema = wanted["content"]["application/json"]["schema"]
                allowed = self._resolve(schema).get("properties", {})
                wrong += [f"{template}: the body has no `{name}`" for name in body if allowed and name not in allowed]
                wrong += self._wrong(schema, body, f"{template}: the body")
        return wrong

    def answer_problems(self, method, target, status, body):
        """What it has against an answer: the fake's own mistakes."""
        template, operation, _ = self.operation(method, unquote(urlsplit(target).path))
        if operation is None:
            return []
        answer = operation["responses"].get(str(status))
        if answer is None:
            # Refusals are not listed everywhere; their form is one.
            if status in (401, 403, 404):
                return self._wrong({"$ref": "#/components/schemas/basic-error"}, body, f"{template}: {status}")
            return [f"{template}: {status} is no answer of it"]
        content = self._resolve(answer).get("content", {})
        if isinstance(body, bytes):
            return []  # a file as it is; its description is of the JSON form
        if body is None:
            return [f"{template}: {status} has a body"] if content else []
        if "application/json" not in content:
            return [f"{template}: {status} has no JSON"]
        return self._wrong(content["application/json"]["schema"], body, f"{template}: {status}")
