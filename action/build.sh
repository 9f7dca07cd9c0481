#!/usr/bin/env bash
# Builds mergecast from the action's own source with the locked dependencies.
#
# MERGECAST_TEST_PROFILE: another profile of Cargo than `release`, for tests.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=words.sh
. "$MERGECAST_ACTION/action/words.sh"
command -v cargo >/dev/null ||
  refuse 69 "no release of mergecast is pinned for this runner, and there is no Rust to build it; install it, or use a runner that has it"
profile=${MERGECAST_TEST_PROFILE:-release}
target=${CARGO_TARGET_DIR:-${RUNNER_TEMP:-/tmp}/mergecast-target}
cd "$MERGECAST_ACTION"
cargo build --quiet --profile "$profile" --locked --bin mergecast --target-dir "$target"
[ "$profile" != dev ] || profile=debug # where Cargo puts it
cp "$target/$profile/$(basename "$MERGECAST_BINARY")" "$MERGECAST_BINARY"
