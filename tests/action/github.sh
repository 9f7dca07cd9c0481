#!/usr/bin/env bash
# The workflows of `mergecast init` on a pull request of a branch, of a fork, and publishing:
# run by act, with a sandbox for LinkedIn and a stand-in for GitHub's API whose requests and
# answers are checked against GitHub's description. What people see is compared whole.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=runner.sh
. "$(dirname "$0")/runner.sh"

description=$tools/openapi/package/generated/api.github.com.json
if [ ! -f "$description" ]; then
  mkdir -p "$tools/openapi"
  packed=$(cd "$tools/openapi" && npm pack --silent @octokit/openapi@23.0.2) &&
    tar -C "$tools/openapi" -xzf "$tools/openapi/$packed" package/generated/api.github.com.json &&
    rm "$tools/openapi/$packed" ||
    { echo "skipped: GitHub's description cannot be installed from npm (@octokit/openapi)"; exit 0; }
fi
python jsonschema || { echo "skipped: jsonschema cannot be installed from PyPI"; exit 0; }

# What stands in for the released binary writes down what it got and what it told.
seen=$work/seen
mkdir "$seen"
cat >"$work/witness" <<WITNESS
#!/usr/bin/env bash
env | sort >"$seen/env"
code=0
"$mergecast" "\$@" >"$seen/stdout" 2>"$seen/stderr" || code=\$?
cat "$seen/stdout"
cat "$seen/stderr" >&2
cp "\$GITHUB_OUTPUT" "$seen/outputs"
cp "\$GITHUB_STEP_SUMMARY" "$seen/summary"
printf '%d\n' "\$code" >"$seen/code"
exit "\$code"
WITNESS
release "$work/witness"

init_content
start_sandbox "$content"
"$tools/bin/python3" "$root/tests/action/fake_github.py" "$description" "$remote" >"$work/github" &
children+=($!)
for _ in $(seq 400); do grep -q http "$work/github" 2>/dev/null && break; sleep 0.05; done
github=$(cat "$work/github")
stage() { curl -fsS -X POST "$github/__fake/$1" -d "$2"; }
told() { curl -fsS "$github/__fake/told"; }

# pull_event NUMBER BRANCH REPOSITORY: a `pull_request` event; the job's checkout is the merge.
pull_event() {
  git -C "$content" push -q -f origin "$2"
  local head base
  head=$(git -C "$content" rev-parse "$2") base=$(git -C "$content" rev-parse main)
  stage pull "{\"number\": $1, \"branch\": \"$2\", \"repository\": \"$3\"}"
  printf '{"action":"opened","number":%d,"pull_request":{"number":%d,"head":{"ref":"%s","sha":"%s","repo":{"full_name":"%s"}},"base":{"ref":"main","sha":"%s","repo":{"full_name":"acme/posts"}}},"repository":{"full_name":"acme/posts"}}' \
    "$1" "$1" "$2" "$head" "$3" "$base" >"$work/event"
  git -C "$content" checkout -q --detach main
  git -C "$content" merge -q --no-ff -m merge "$2"
}
branch() { git -C "$content" checkout -q -B "$1" main; }
commit() {
  git -C "$content" add -A
  git -C "$content" commit -q -m "$1"
}

# shown NAME: everything that the last run told anybody, compared with its file.
shown() {
  {
    printf '== exit %s\n' "$(cat "$seen/code")"
    for part in stdout stderr summary outputs; do
      printf '== %s\n' "$part"
      cat "$seen/$part"
    done
    printf '== requests\n'
    curl -fsS "$github/__fake/story"
    curl -fsS "$github/__fake/news"
  } | "$tools/bin/python3" "$root/tests/action/normalize.py" "$work" "$sandbox" | golden "github/$1.txt"
  curl -fsS "$github/__fake/problems" >"$work/problems"
  [ ! -s "$work/problems" ] || fail "GitHub's description has something against it: $(cat "$work/problems")"
  # What a shell, a runner or GitHub could take for more than text.
  ! grep -rqE '^::(set-output|add-path|set-env|stop-commands)' "$seen/stdout" || fail "an injected command"
  ! grep -qE 'ghs_|sandbox-token' "$seen/stdout" "$seen/stderr" "$seen/summary" "$seen/outputs" || fail "a token was told"
}

say "a pull request of a branch: annotations, summary, outputs, one comment"
branch news
cat >"$content/posts/news.md" <<'POST'
---
scheduled_at: on-merge
---

News for @everyone and @acme/team, see #1. \<img src=x onerror=alert(1)\> \</details\>

::error file=posts/hello.md::injected ##[error]injected ${{ secrets.CANARY }}

\`\`\`\`\`\` \</pre\> \`\`\`\`\`\`
POST
commit news
pull_event 7 news acme/posts
run pull_request review-posts.yml -e "$work/event" -s GITHUB_TOKEN=ghs_review || fail "the review of a branch"
shown branch
! grep -qE 'LINKEDIN_TOKEN|sandbox-token|secret-of-the-repository' "$seen/env" || fail "a secret is in the environment of a review"
[ -z "$(ls "$artifacts")" ] || fail "an artifact where a comment was written"

say "the same again changes its comment, and writes no second"
git -C "$content" checkout -q news
printf -- '---\nscheduled_at: 2099-01-01T09:00:00Z\nvisiblity: public\n---\nA wrong key.\n' >"$content/posts/wrong.md"
commit wrong
pull_event 7 news acme/posts
! run pull_request review-posts.yml -e "$work/event" -s GITHUB_TOKEN=ghs_review || fail "a wrong post passed"
shown branch-wrong

say "a pull request of a fork: its token may not comment, so the review is left"
branch fork
printf -- '---\nscheduled_at: on-merge\n---\n\nFrom a fork, with @acme/team.\n' >"$content/posts/guest.md"
printf -- 'pull_request: true\n' >"$content/posts/not-a-post.yml"
commit fork
pull_event 8 fork mallory/posts
run pull_request review-posts.yml -e "$work/event" -s GITHUB_TOKEN=ghs_fork || fail "the review of a fork"
shown fork
[ -f "$artifacts/mergecast-review/comment.json" ] || fail "nothing was left"
! grep -qE 'LINKEDIN_TOKEN|sandbox-token|secret-of-the-repository' "$seen/env" || fail "a secret is in the environment of a fork's review"

say "and another workflow, which runs nothing of the fork, writes the comment"
head=$(git -C "$content" rev-parse fork)
git -C "$content" checkout -q main
run_event() {
  printf '{"action":"completed","workflow_run":{"id":4242,"event":"pull_request","head_branch":"fork","head_sha":"%s","head_repository":{"full_name":"%s"}},"repository":{"full_name":"acme/posts"}}' \
    "$1" "$2" >"$work/event"
}
run_event "$head" mallory/posts
run workflow_run review-forks.yml -e "$work/event" -s GITHUB_TOKEN=ghs_review || fail "the comment for a fork"
shown fork-comment

say "an artifact that lies is refused, and nothing is written"
cp -r "$artifacts/mergecast-review" "$work/honest"
lie() {
  rm -rf "$artifacts/mergecast-review"
  cp -r "$work/honest" "$artifacts/mergecast-review"
  "$2" "$artifacts/mergecast-review/comment.json"
  local before
  before=$(told)
  ! run workflow_run review-forks.yml -e "$work/event" -s GITHUB_TOKEN=ghs_review || fail "a lie passed: $1"
  [ "$(told)" = "$before" ] || fail "a lie was written: $1"
  grep -q 'artifact-refused' "$seen/stdout" || fail "it is not told: $1"
}
other_pull() { sed -i 's/"number": *8/"number":7/' "$1"; }
other_commit() { sed -i "s/$head/$(git -C "$content" rev-parse main)/" "$1"; }
text() { printf '# approved by everybody\n' >"$1"; }
huge() { head -c 3000000 /dev/zero >"$1"; }
device() { ln -sf /etc/passwd "$1"; }
lie "another pull request" other_pull
lie "another commit" other_commit
lie "text" text
lie "too much" huge
lie "a link" device

say "nothing runs for a pull request of a branch, which has its comment already"
run_event "$(git -C "$content" rev-parse news)" acme/posts
rm -f "$seen/code"
run workflow_run review-forks.yml -e "$work/event" -s GITHUB_TOKEN=ghs_review || fail "it failed"
[ ! -e "$seen/code" ] || fail "it ran"
curl -fsS "$github/__fake/story" >/dev/null

say "publishing: the live address below the pull request that brought the post"
git -C "$content" checkout -q main
stage pull "{\"number\": 3, \"branch\": \"main\", \"merged\": true, \"commits\": [\"$(git -C "$content" rev-parse main)\"]}"
run push publish.yml -s GITHUB_TOKEN=ghs_publish || fail "publishing"
shown publish
[ "$(posts)" = 1 ] || fail "$(posts) posts instead of 1"

say "and nothing happens the second time"
run schedule publish.yml -s GITHUB_TOKEN=ghs_publish || fail "the second run"
shown publish-again
[ "$(posts)" = 1 ] || fail "$(posts) posts instead of 1"

say "the variable stops it"
printf -- '---\nscheduled_at: on-merge\n---\n\nA post LinkedIn refuses.\n' >"$content/posts/refused.md"
merge refused
! run workflow_dispatch publish.yml -s GITHUB_TOKEN=ghs_publish --var MERGECAST_PAUSED=1 || fail "it was not stopped"
shown paused
[ "$(posts)" = 1 ] || fail "$(posts) posts instead of 1"

say "a post LinkedIn refuses: red, told, and in the tracking issue"
fault() { curl -fsS -X POST "$sandbox/__sandbox/faults" -d "[{\"method\":\"POST\",\"path\":\"/rest/posts\",\"nth\":1,\"when\":\"$1\",\"what\":$2}]" >/dev/null; }
fault before '{"status":422}'
! run repository_dispatch publish.yml -s GITHUB_TOKEN=ghs_publish || fail "a refused post is green"
shown failing

say "an outcome nobody knows: never sent again, and one issue with the commands"
git -C "$content" rm -q posts/refused.md
printf -- '---\nscheduled_at: on-merge\n---\n\nA post whose answer is lost.\n' >"$content/posts/lost.md"
merge lost
fault after '"drop"'
! run push publish.yml -s GITHUB_TOKEN=ghs_publish || fail "an unknown outcome is green"
shown unknown
sent=$(posts)
! run schedule publish.yml -s GITHUB_TOKEN=ghs_publish || true
shown unknown-again
[ "$(posts)" = "$sent" ] || fail "it was sent again"

say "a person answers, and the issue closes by itself"
MERGECAST_LINKEDIN_API_URL=$sandbox MERGECAST_TRUST_API_URL=1 "$mergecast" -C "$content" resolve lost --skip >"$work/words" 2>&1 || fail "$(cat "$work/words")"
run schedule publish.yml -s GITHUB_TOKEN=ghs_publish || fail "it is still red"
shown resolved

say "GitHub's API away: it publishes all the same"
printf -- '---\nscheduled_at: on-merge\n---\n\nWhile GitHub is away.\n' >"$content/posts/away.md"
merge away
stage down '{"on": true}'
run push publish.yml -s GITHUB_TOKEN=ghs_publish || fail "it did not publish"
shown github-away
[ "$(posts)" = $((sent + 1)) ] || fail "$(posts) posts instead of $((sent + 1))"

echo "the workflows hold"
