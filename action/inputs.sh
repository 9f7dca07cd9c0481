#!/usr/bin/env bash
# Refuses inputs that are not what they should be, before anything is fetched or run. Inputs
# arrive through the environment; nothing of them is ever read as shell text.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=words.sh
. "$MERGECAST_ACTION/action/words.sh"
wrong() { refuse 64 "the input \`$1\` is $(quoted "$2"); it must be $3"; }

# GitHub only warns about inputs an action does not have, and still hands them to it. The
# names are the keys of the outer object, the only ones that `toJSON` indents by two spaces.
known=" $(sed -n '/^inputs:/,/^outputs:/s/^  \([a-z-]*\):$/\1/p' "$MERGECAST_ACTION/action.yml" | tr '\n' ' ')"
while IFS= read -r name; do
  case "$known" in
    *" $name "*) ;;
    *) refuse 64 "there is no input $(quoted "$name"); there are:$known" ;;
  esac
done < <(printf '%s\n' "${MERGECAST_INPUTS:-}" | sed -n 's/^  "\([^"]*\)": .*/\1/p')

command=$MERGECAST_INPUT_COMMAND
case "$command" in
  check | plan | apply | comment | begin) ;;
  *) wrong command "$command" "\`check\`, \`plan\`, \`apply\`, \`comment\`, or \`begin\`" ;;
esac
case "$MERGECAST_INPUT_COMMENT" in
  auto | always | never) ;;
  *) wrong comment "$MERGECAST_INPUT_COMMENT" "\`auto\`, \`always\`, or \`never\`" ;;
esac
case "$MERGECAST_INPUT_ALLOW_HELD" in
  "" | true | false) ;;
  *) wrong allow-held "$MERGECAST_INPUT_ALLOW_HELD" "\`true\` or \`false\`" ;;
esac
case "$MERGECAST_INPUT_FORMAT" in
  "" | human | json | markdown | github) ;;
  *) wrong format "$MERGECAST_INPUT_FORMAT" "\`human\`, \`json\`, \`markdown\`, or \`github\`" ;;
esac
[[ $MERGECAST_INPUT_ALLOW_CHANGES =~ ^[0-9]{0,6}$ ]] ||
  wrong allow-changes "$MERGECAST_INPUT_ALLOW_CHANGES" "a number"
duration='^([0-9]+ ?[a-z]+ ?)*$'
[[ $MERGECAST_INPUT_WAIT =~ $duration ]] ||
  wrong wait "$MERGECAST_INPUT_WAIT" "a duration such as \`30m\` or \`5h\`"
version='^(source|[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?)?$'
[[ $MERGECAST_INPUT_VERSION =~ $version ]] ||
  wrong version "$MERGECAST_INPUT_VERSION" "a version such as \`$(own_version)\`, or \`source\`"

if [ "$command" != apply ]; then
  for input in wait allow-changes; do
    variable=MERGECAST_INPUT_$(printf '%s' "$input" | tr 'a-z-' 'A-Z_')
    [ -z "${!variable}" ] || refuse 64 "the input \`$input\` is for \`command: apply\`"
  done
  [ "$MERGECAST_INPUT_ALLOW_HELD" != true ] || refuse 64 "the input \`allow-held\` is for \`command: apply\`"
fi

# What an event allows. A workflow for `pull_request_target` has secrets and may write, and
# what it looks at was written by anybody.
case "${GITHUB_EVENT_NAME:-}:$command" in
  pull_request_target:*)
    refuse 64 "\`pull_request_target\` gives what anybody wrote a token that may write; use \`pull_request\`, and \`command: comment\` on \`workflow_run\` for forks" ;;
  pull_request*:begin | merge_group:begin)
    refuse 64 "\`command: begin\` creates the ledger of what is merged, and this is a pull request" ;;
  pull_request*:apply | merge_group:apply)
    refuse 64 "\`command: apply\` publishes what is merged, and this is a pull request; use \`plan\`" ;;
  workflow_run:comment) ;;
  *:comment)
    refuse 64 "\`command: comment\` is for workflows on \`workflow_run\`" ;;
esac
