#!/usr/bin/env bash
# Packs one built binary: packaging/pack.sh VERSION TARGET → target/packed/*.tar.gz.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 target=$2
binary=mergecast
case "$target" in *-windows-*) binary=mergecast.exe ;; esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "target/$target/release/$binary" LICENSE-APACHE LICENSE-MIT README.md "$folder"
mkdir -p target/packed
archive=$PWD/target/packed/mergecast-$version-$target.tar.gz
(cd "$folder" && tar -czf - "$binary" LICENSE-APACHE LICENSE-MIT README.md) >"$archive"
printf '%s\n' "$archive"
