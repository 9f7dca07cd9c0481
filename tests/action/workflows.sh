#!/usr/bin/env bash
# The action itself, run by act: where the binary comes from, what stands in an input, and
# the exit code as an output.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=runner.sh
. "$(dirname "$0")/runner.sh"
init_content

say "without a released binary the source is built, once"
build=(--env CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" --env RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
  --env CARGO_TARGET_DIR="$root/target" --env MERGECAST_TEST_PROFILE=dev --env CARGO_PROFILE_DEV_DEBUG=0)
run workflow_dispatch inputs.yml "${build[@]}" || fail "the inputs workflow"
logged "is built from source: no release is pinned"
logged "Build mergecast from the action's own source"
built=("$cache"/*/mergecast)
[ ${#built[@]} = 1 ] && "${built[0]}" --version | grep -q "$version" || fail "${built[*]}"

say "the exit code is an output; what stands in an input never runs"
logged "the exit code was 64"
logged "the exit code was 0 for a strange folder"
[ ! -e "$content/owned" ] && [ ! -e "$work/owned" ] || fail "an input was run as shell text"
[ -z "$(find "$work/home" -name owned)" ] || fail "an input was run as shell text"

say "the next time it comes from the cache"
# The compiler and its settings are part of the name, so the runner is the same one.
run workflow_dispatch inputs.yml "${build[@]}" || fail "with the cache"
! grep -q "Success - Main Build mergecast" "$work/log" || fail "it was built again"

say "a released binary takes its place, and a tampered one ends the job"
release "$mergecast"
run workflow_dispatch inputs.yml || fail "with a release"
logged ", as pinned"
printf 'x' >>"$work/releases/v$version/$archive"
! run workflow_dispatch mistyped.yml || fail "a tampered binary passed"

say "a mistyped command is refused where it is seen, before anything is fetched"
logged 'the input `command` is `aply`'
! grep -q "Fetch the released mergecast" "$work/log" || fail "it was fetched"
! run workflow_dispatch inputs.yml || fail "a tampered binary passed"
logged "is not what was released"
! grep -q "the exit code was 0" "$work/log" || fail "it was run"

echo "the action holds"
