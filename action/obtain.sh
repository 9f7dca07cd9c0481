#!/usr/bin/env bash
# Fetches the released binary for this runner, if its checksum is pinned in checksums.txt,
# and tells where it is. Nothing is unpacked or run before its checksum is right. Without a
# pinned checksum: tells that the action's own source must be built, and, for a job that only
# looks, under which name such a build is cached. A cache is written by every run of the
# repository's workflows and says nothing about who wrote it, so what is in it never runs
# where the secrets are.
#
# MERGECAST_TEST_RELEASES: another place of releases, for tests: a file: or loopback address.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=words.sh
. "$MERGECAST_ACTION/action/words.sh"
checksums=$MERGECAST_ACTION/action/checksums.txt
temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/stdout}"; }

executable=mergecast
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=x86_64-unknown-linux-musl ;;
  Linux-aarch64 | Linux-arm64) platform=aarch64-unknown-linux-musl ;;
  Darwin-arm64) platform=aarch64-apple-darwin ;;
  Darwin-x86_64) platform=x86_64-apple-darwin ;;
  MINGW*-x86_64 | MSYS*-x86_64) platform=x86_64-pc-windows-msvc executable=mergecast.exe ;;
  *) platform= ;;
esac

own=$(own_version)
version=${MERGECAST_INPUT_VERSION:-$own}
archive=mergecast-$version-$platform.tar.gz
pinned=
[ -z "$platform" ] || [ "$version" = source ] ||
  pinned=$(awk -v name="$archive" '$2 == name { print $1 }' "$checksums")

if [ -z "$pinned" ]; then
  case "$version" in
    source | "$own") ;;
    *) refuse 69 "no checksum of mergecast $(quoted "$version") for $(quoted "$(uname -s) $(uname -m)") is pinned in this version of the action ($own); leave \`version\` out, or use the action's release of that version" ;;
  esac
  source_digest=$({
    cd "$MERGECAST_ACTION"
    # Names count as well as contents: the same bytes in another file are another program.
    for input in Cargo.toml Cargo.lock build.rs rust-toolchain rust-toolchain.toml .cargo src action/build.sh; do
      [ ! -e "$input" ] || find "$input" -type f
    done | LC_ALL=C sort | while IFS= read -r file; do
      printf '%s %s\n' "$file" "$(sha256 <"$file")"
    done
    cargo --version --verbose 2>/dev/null || true
    rustc --version --verbose 2>/dev/null || true
    env | LC_ALL=C sort | grep -E '^(RUST|CARGO_(BUILD|PROFILE|TARGET|ENCODED)|CFLAGS|CC=|MERGECAST_TEST_PROFILE)' || true
  } | sha256 | cut -c 1-32)
  folder=$temporary/mergecast-$source_digest
  mkdir -p "$folder"
  output folder "$folder"
  output binary "$folder/$executable"
  output build true
  case "${MERGECAST_INPUT_COMMAND:-}" in
    check | plan) ;;
    *)
      printf 'mergecast %s is built from source: no release is pinned; where the secrets are, nothing comes from a cache\n' "$own"
      exit 0 ;;
  esac
  output cache-key "mergecast-$(uname -s)-$(uname -m)-${ImageOS:-own}-$source_digest"
  printf 'mergecast %s is built from source: no release is pinned\n' "$own"
  exit 0
fi

releases=https://github.com/mergecast/mergecast/releases/download
protocol='=https'
case "${MERGECAST_TEST_RELEASES:-}" in
  "") ;;
  file:///* | http://127.0.0.1:*) releases=$MERGECAST_TEST_RELEASES protocol='=file,http' ;;
  *) refuse 64 "\`MERGECAST_TEST_RELEASES\` is for tests: a file: or loopback address" ;;
esac

folder=$(mktemp -d "$temporary/mergecast-XXXXXX")
curl --proto "$protocol" --proto-redir '=https' --fail --location --silent --show-error \
  --retry 3 --connect-timeout 20 --max-time 300 --max-filesize 100000000 \
  --output "$folder/$archive" "$releases/v$version/$archive" ||
  refuse 69 "$(quoted "$archive") could not be downloaded; \`version: source\` builds it instead"

found=$(sha256 <"$folder/$archive")
if [ "$found" != "$pinned" ]; then
  rm -rf "$folder"
  refuse 73 "$(quoted "$archive") is not what was released: its SHA-256 is $(quoted "$found"), and $(quoted "$pinned") is pinned; nothing of it was run"
fi
cd "$folder" # tar would take the `D:` of an absolute path for a host
tar -xzf "$archive" "$executable"
rm "$archive"
output binary "$folder/$executable"
printf 'mergecast %s for %s, as pinned\n' "$version" "$platform"
