#!/usr/bin/env bash
# Installs LinkedIn's Python client into a temporary environment and drives the sandbox with it.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$PWD/${1:-target/debug/mergecast}
work=$(mktemp -d)
trap 'kill %1 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check linkedin-api-client==0.3.0
mkdir "$work/content"
printf 'version: 1\nauthors: { acme: "urn:li:organization:42" }\n' >"$work/content/mergecast.yaml"
"$program" -C "$work/content" sandbox --ephemeral --port 0 >"$work/said" &
for _ in $(seq 50); do grep -q http "$work/said" && break; sleep 0.1; done
"$work/venv/bin/python" tests/independent/drive.py "$(grep -o 'http://[0-9.:]*' "$work/said" | head -1)"
