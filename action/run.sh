#!/usr/bin/env bash
# Runs one mergecast command. `inputs.sh` has looked at the inputs; they are passed on as
# single arguments, and nothing of them is ever read as shell text.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=words.sh
. "$MERGECAST_ACTION/action/words.sh"
command=$MERGECAST_INPUT_COMMAND
artifact=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/mergecast-review

arguments=(-C "$MERGECAST_INPUT_DIRECTORY" --color never)
told=plain
if [ -z "$MERGECAST_INPUT_FORMAT" ]; then
  case "${GITHUB_EVENT_NAME:-}:$command" in
    pull_request:check | pull_request:plan) told=review ;;
    push:apply | schedule:apply | workflow_dispatch:apply | repository_dispatch:apply | workflow_run:apply) told=publish ;;
    workflow_run:comment) told=comment ;;
  esac
fi

# Without `format`, problems are annotated and the rest is for people.
format=$MERGECAST_INPUT_FORMAT
[ -n "$format" ] || [ "$command" != check ] || format=github

case "$told" in
  review)
    rm -rf "$artifact"
    arguments+=(github review --command "$command" --comment "$MERGECAST_INPUT_COMMENT" --artifact "$artifact") ;;
  comment) arguments+=(github comment --artifact "$artifact") ;;
  publish) arguments+=(github publish) ;;
  plain)
    [ -z "$format" ] || arguments+=(--format "$format")
    if [ "$command" = begin ]; then arguments+=(state init); else arguments+=("$command"); fi ;;
esac
if [ "$command" = apply ]; then
  [ -z "$MERGECAST_INPUT_WAIT" ] || arguments+=(--wait "$MERGECAST_INPUT_WAIT")
  [ -z "$MERGECAST_INPUT_ALLOW_CHANGES" ] || arguments+=(--allow-changes "$MERGECAST_INPUT_ALLOW_CHANGES")
  [ "$MERGECAST_INPUT_ALLOW_HELD" != true ] || arguments+=(--allow-held)
fi

# Checked out with `persist-credentials: false`, the clone has no credential, so git gets the
# token from the environment of this one program: not in a file, an address or an argument.
# Credentials that are there already (a deploy key, an App's token) are left alone.
server=${GITHUB_SERVER_URL:-https://github.com}
there=$(git -C "$MERGECAST_INPUT_DIRECTORY" config --includes --get-urlmatch http.extraheader "$server/" 2>/dev/null || true)
if [ -n "${MERGECAST_GITHUB_TOKEN:-}" ] && [ -z "$there" ] && [ -z "${GIT_CONFIG_COUNT:-}" ]; then
  basic=$(printf 'x-access-token:%s' "$MERGECAST_GITHUB_TOKEN" | base64 | tr -d '\n')
  printf '::add-mask::%s\n' "$basic"
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$server/.extraheader"
  export GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $basic"
fi

# A job that is cancelled gets SIGINT, then SIGTERM, at this process alone; bash would hold
# both back until its child has ended. The child finishes what is under way.
"$MERGECAST_BINARY" "${arguments[@]}" &
child=$!
trap 'told_to_stop=1; kill -TERM "$child" 2>/dev/null' INT TERM
while :; do
  told_to_stop=
  wait "$child"
  code=$?
  [ -n "$told_to_stop" ] || break
done

printf 'exit-code=%d\n' "$code" >>"${GITHUB_OUTPUT:-/dev/null}"
if [ "$told" = review ] && [ -n "$(ls -A "$artifact" 2>/dev/null)" ]; then
  printf 'artifact=%s\n' "$artifact" >>"${GITHUB_OUTPUT:-/dev/null}"
fi
# A job sleeps at its repository's cost.
if [ -n "$MERGECAST_INPUT_WAIT" ] && [ "$SECONDS" -ge 60 ]; then
  took=$(printf 'It took %d min %d s, waiting included; private repositories pay for each started minute of a job.' \
    $((SECONDS / 60)) $((SECONDS % 60)))
  printf '%s\n' "$took"
  printf '\n%s\n' "$took" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
exit "$code"
