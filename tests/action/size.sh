#!/usr/bin/env bash
# Prints the size of a release binary, and fails beyond the budget. Without an argument it
# looks at target/release/mergecast, and says so when nobody built it.
set -euo pipefail
cd "$(dirname "$0")/../.."
budget=${MERGECAST_SIZE_BUDGET:-13500000} # 12.9 MiB, stripped; docs/releasing.md says what is in it
binary=${1:-target/release/mergecast}
[ -f "$binary" ] || binary=$binary.exe
[ -f "$binary" ] || { echo "no release binary to measure; build one with: cargo build --release --locked"; exit 0; }
"$binary" --version
case "$binary" in
  *-linux-musl/*) ! ldd "$binary" 2>/dev/null | grep -q '=>' || { echo "it is not static"; exit 1; } ;;
esac
size=$(wc -c <"$binary")
packed=$(gzip -c "$binary" | wc -c)
awk -v size="$size" -v packed="$packed" -v budget="$budget" 'BEGIN {
  printf "%.1f MiB, %.1f MiB packed; the budget is %.1f MiB\n", size / 1048576, packed / 1048576, budget / 1048576
  exit size > budget
}'
