#!/usr/bin/env bash
# Adds the checksums of target/packed/*.tar.gz to action/checksums.txt, which pins what the
# action runs: packaging/pin.sh VERSION. A version is pinned once, and every platform of it.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
cd target/packed
for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl aarch64-apple-darwin \
  x86_64-apple-darwin x86_64-pc-windows-msvc; do
  [ -f "mergecast-$version-$target.tar.gz" ] || { echo "there is no archive for $target"; exit 1; }
done
if grep -qF "  mergecast-$version-" ../../action/checksums.txt; then
  echo "$version is pinned already"
  exit 1
fi
sha256sum "mergecast-$version"-*.tar.gz >checksums.txt
cat checksums.txt >>../../action/checksums.txt
