#!/usr/bin/env bash
# Builds the container image of both Linux archives:
# packaging/image.sh VERSION IMAGE [ARGUMENT OF docker buildx build…]
# Leaves the image's digest in target/packed/image-digest.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 image=$2
shift 2
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
for platform in amd64:x86_64 arm64:aarch64; do
  mkdir -p "$context/${platform%%:*}"
  tar -xzf "target/packed/mergecast-$version-${platform##*:}-unknown-linux-musl.tar.gz" \
    -C "$context/${platform%%:*}" mergecast
done
docker buildx create --use --name mergecast >/dev/null 2>&1 || docker buildx use mergecast
docker buildx build --platform linux/amd64,linux/arm64 --file packaging/Containerfile \
  --tag "$image:$version" --metadata-file "$context/metadata.json" "$@" "$context"
sed -n 's/.*"containerimage.digest": *"\([^"]*\)".*/\1/p' "$context/metadata.json" >target/packed/image-digest
