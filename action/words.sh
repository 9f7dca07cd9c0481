# shellcheck shell=bash disable=SC2016 # backquotes are for readers
# What every script of the action says, and how. Sourced.

# A value for one line of a workflow command: no control characters, no `%`, at most 100 bytes.
quoted() {
  local text
  text=$(printf '%s' "$1" | LC_ALL=C tr -d '\000-\037\177' | cut -c 1-100)
  printf '`%s`' "${text//%/%25}"
}

# Ends the step with an annotation. The first argument is the exit code.
refuse() {
  local code=$1
  shift
  printf '::error title=mergecast::%s\n' "$*"
  printf 'exit-code=%d\n' "$code" >>"${GITHUB_OUTPUT:-/dev/null}"
  exit "$code"
}

# SHA-256 of standard input. `sha256sum` is not on every Mac, `shasum` not in every container.
sha256() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

# The version of the action's own source.
own_version() {
  sed -n 's/^version = "\([0-9A-Za-z.+-]*\)"$/\1/p' "$MERGECAST_ACTION/Cargo.toml" | head -n 1
}
