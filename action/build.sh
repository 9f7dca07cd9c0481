#!/usr/bin/env bash
# Builds mergecast from the action's own source with the locked dependencies.
# MERGECAST_BUILD_PROFILE: another profile of Cargo than `release`, for tests.
set -euo pipefail
cd "$MERGECAST_SOURCE"
cargo build --profile "${MERGECAST_BUILD_PROFILE:-release}" --locked --bin mergecast
