# shellcheck shell=bash
# What the tests of the action share. Sourced; needs a built target/debug/mergecast.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=${MERGECAST_TOOLS:-$root/target/tools}
expected=$root/tests/action/expected
work=$(mktemp -d)
children=()
cleanup() {
  [ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
  [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap cleanup EXIT

say() { printf -- '-- %s\n' "$1"; }
fail() {
  printf 'FAILED: %s\n' "$1"
  [ ! -f "$work/log" ] || tail -60 "$work/log"
  exit 1
}
# golden NAME: standard input is what tests/action/expected/NAME has. UPDATE_GOLDEN=1 writes it.
golden() {
  cat >"$work/found"
  if [ -n "${UPDATE_GOLDEN:-}" ]; then
    mkdir -p "$(dirname "$expected/$1")"
    cp "$work/found" "$expected/$1"
  fi
  diff -u "$expected/$1" "$work/found" || fail "$1 is not what was expected"
}

# python [PACKAGE…]: makes sure that the tools' Python has them.
python() {
  [ -x "$tools/bin/python3" ] || python3 -m venv "$tools"
  local package
  for package in "$@"; do
    "$tools/bin/pip" show --quiet "$package" 2>/dev/null || "$tools/bin/pip" install --quiet "$package"
  done
}

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org
unset CI GITHUB_ACTIONS GITHUB_EVENT_NAME GITHUB_OUTPUT GITHUB_STEP_SUMMARY RUNNER_TEMP

# The action's source as somebody who uses it gets it: without what git ignores.
source=$work/source
mkdir "$source"
git -C "$root" ls-files -co --exclude-standard -z | tar -C "$root" --null -T - -c | tar -C "$source" -x
mergecast=$work/mergecast
cp "$root/target/debug/mergecast" "$mergecast"

platform=$(uname -m)-unknown-linux-musl
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
archive=mergecast-$version-$platform.tar.gz
# release FILE: makes FILE the released binary, and pins it in the action's source.
release() {
  local folder=$work/releases/v$version
  mkdir -p "$folder" "$work/packed"
  cp "$1" "$work/packed/mergecast"
  chmod +x "$work/packed/mergecast"
  tar -C "$work/packed" -czf "$folder/$archive" mergecast
  (cd "$folder" && sha256sum "$archive") >"$source/action/checksums.txt"
}

# A sandbox of its own; sets `sandbox`.
start_sandbox() {
  "$mergecast" -C "${1:-$work}" sandbox --ephemeral --port 0 >"$work/sandbox-address" &
  children+=($!)
  for _ in $(seq 200); do grep -q http "$work/sandbox-address" 2>/dev/null && break; sleep 0.05; done
  sandbox=$(grep -o 'http://[0-9.:]*' "$work/sandbox-address" | head -1)
}
posts() { curl -sS "$sandbox/__sandbox/posts" | grep -o '"urn": *"urn:li:[a-zA-Z]*:[0-9]*"' | wc -l; }
