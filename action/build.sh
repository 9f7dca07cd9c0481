#!/usr/bin/env bash
# Builds mergecast from the action's own source with the locked dependencies.
set -euo pipefail
cd "$MERGECAST_SOURCE"
cargo build --release --locked --bin mergecast
