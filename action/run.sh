#!/usr/bin/env bash
# Runs one mergecast command. Inputs arrive through the environment and are passed on as
# single arguments; nothing of them is ever read as shell text.
set -uo pipefail

fail() {
  printf '::error title=mergecast::%s\n' "$1"
  printf 'exit-code=64\n' >>"${GITHUB_OUTPUT:-/dev/null}"
  exit 64
}

case "$MERGECAST_INPUT_COMMAND" in
  check | plan | apply) ;;
  *) fail "the input \`command\` must be check, plan, or apply" ;;
esac
case "$MERGECAST_INPUT_FORMAT" in
  "" | human | json | markdown | github) ;;
  *) fail "the input \`format\` must be human, json, markdown, or github" ;;
esac
case "$MERGECAST_INPUT_ALLOW_CHANGES" in
  *[!0-9]*) fail "the input \`allow-changes\` must be a number" ;;
esac
case "$MERGECAST_INPUT_WAIT" in
  *[!0-9a-z]*) fail "the input \`wait\` must be a duration such as 30m" ;;
esac

format=$MERGECAST_INPUT_FORMAT
if [ -z "$format" ] && [ "$MERGECAST_INPUT_COMMAND" = check ]; then format=github; fi

arguments=(-C "$MERGECAST_INPUT_DIRECTORY" --color never)
[ -z "$format" ] || arguments+=(--format "$format")
arguments+=("$MERGECAST_INPUT_COMMAND")
if [ "$MERGECAST_INPUT_COMMAND" = apply ]; then
  [ -z "$MERGECAST_INPUT_ALLOW_CHANGES" ] || arguments+=(--allow-changes "$MERGECAST_INPUT_ALLOW_CHANGES")
  [ -z "$MERGECAST_INPUT_WAIT" ] || arguments+=(--wait "$MERGECAST_INPUT_WAIT")
fi

target=${CARGO_TARGET_DIR:-$MERGECAST_SOURCE/target}
profile=${MERGECAST_BUILD_PROFILE:-release}
[ "$profile" != dev ] || profile=debug # where Cargo puts it
"$target/$profile/mergecast" "${arguments[@]}"
code=$?
printf 'exit-code=%d\n' "$code" >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$code"
