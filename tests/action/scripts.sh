#!/usr/bin/env bash
# The action's scripts without a workflow runner: what is refused, what is downloaded, which
# command an event means, whose credentials git gets, and what a signal does.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# script NAME [VARIABLE=VALUE…]: runs one of them with the action's defaults. Words go to
# $work/words, the exit code is added.
script() {
  local name=$1 code=0
  shift
  : >"$work/output"
  env -i PATH="$PATH" HOME="$work" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
    MERGECAST_ACTION="$source" GITHUB_OUTPUT="$work/output" RUNNER_TEMP="$work/temporary" \
    MERGECAST_BINARY="$work/stub" MERGECAST_INPUT_COMMAND=plan MERGECAST_INPUT_DIRECTORY=. \
    MERGECAST_INPUT_VERSION= MERGECAST_INPUT_COMMENT=auto MERGECAST_INPUT_WAIT= \
    MERGECAST_INPUT_ALLOW_CHANGES= MERGECAST_INPUT_ALLOW_HELD=false MERGECAST_INPUT_FORMAT= \
    "$@" bash "$source/action/$name.sh" >"$work/words" 2>&1 || code=$?
  printf 'exit %d\n' "$code" >>"$work/words"
}
mkdir "$work/temporary"

say "inputs that are not what they should be are refused, with an annotation"
{
  try() {
    printf '$ %s\n' "${*@Q}"
    script inputs "$@"
    cat "$work/words"
  }
  try
  try MERGECAST_INPUT_COMMAND=aply
  try MERGECAST_INPUT_COMMAND=$'plan\n::set-output name=exit-code::0'
  try MERGECAST_INPUT_COMMAND='100%0A::warning::x'
  try MERGECAST_INPUT_COMMENT=yes
  try MERGECAST_INPUT_FORMAT=yaml
  try MERGECAST_INPUT_VERSION=latest
  try MERGECAST_INPUT_VERSION='0.1.0/../../evil'
  try MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_WAIT='1h; touch owned'
  try MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_WAIT='1h 30m' MERGECAST_INPUT_ALLOW_CHANGES=12 MERGECAST_INPUT_ALLOW_HELD=true
  try MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_ALLOW_CHANGES=-1
  try MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_ALLOW_HELD=yes
  try MERGECAST_INPUT_WAIT=30m
  try MERGECAST_INPUT_ALLOW_HELD=true
  try 'MERGECAST_INPUTS={
  "command": "apply",
  "wait": "a\n  \"wait-for\": 1",
  "allow-chnages": "3",
  "github-token": "***"
}'
  try 'MERGECAST_INPUTS={
  "command": "plan",
  "github-token": "***"
}'
  try GITHUB_EVENT_NAME=pull_request MERGECAST_INPUT_COMMAND=apply
  try GITHUB_EVENT_NAME=pull_request_target
  try GITHUB_EVENT_NAME=pull_request MERGECAST_INPUT_COMMAND=comment
  try GITHUB_EVENT_NAME=workflow_run MERGECAST_INPUT_COMMAND=comment
} | golden inputs.txt

say "a released binary is run only if it is the pinned one"
printf '#!/usr/bin/env bash\necho released "$@"\n' >"$work/released"
release "$work/released"
here=MERGECAST_TEST_RELEASES=file://$work/releases
script obtain "$here"
grep -qx 'exit 0' "$work/words" || fail "$(cat "$work/words")"
binary=$(sed -n 's/^binary=//p' "$work/output")
[ "$("$binary" it)" = "released it" ] || fail "the binary is another"
! grep -q cache-key "$work/output" || fail "it would be built too"

say "a tampered one is refused before it is unpacked"
printf '#!/usr/bin/env bash\ntouch %q\n' "$work/owned" >"$work/packed/mergecast"
tar -C "$work/packed" -czf "$work/releases/v$version/$archive" mergecast
rm -rf "$work"/temporary/*
script obtain "$here"
sed -E 's/[0-9a-f]{64}/[SHA-256]/g; s/'"$platform"'/[PLATFORM]/' "$work/words" | golden tampered.txt
grep -qx 'exit-code=73' "$work/output" && ! grep -q '^binary=' "$work/output" || fail "$(cat "$work/output")"
[ -z "$(ls "$work/temporary")" ] && [ ! -e "$work/owned" ] || fail "something of it is left"

say "nor is anything run that cannot be fetched, or that nobody pinned"
{
  rm "$work/releases/v$version/$archive"
  script obtain "$here"
  cat "$work/words"
  script obtain "$here" MERGECAST_INPUT_VERSION=9.9.9
  cat "$work/words"
  script obtain MERGECAST_TEST_RELEASES=https://evil.example/releases
  cat "$work/words"
} | sed "s/$(uname -s) $(uname -m)/[RUNNER]/; s/$platform/[PLATFORM]/; s^$work^[WORK]^" | golden not-obtained.txt

say "without a pinned checksum, the source is built, under a name of its own"
keys=()
for change in "" "" "// changed"; do
  [ -z "$change" ] || printf '%s\n' "$change" >>"$source/src/main.rs"
  script obtain MERGECAST_INPUT_VERSION=source
  keys+=("$(sed -n 's/^cache-key=//p' "$work/output")")
done
[ -n "${keys[0]}" ] && [ "${keys[0]}" = "${keys[1]}" ] && [ "${keys[0]}" != "${keys[2]}" ] || fail "${keys[*]}"
# Whatever changes the build changes the name: its settings, a file's place, the compiler's flags.
key() { script obtain MERGECAST_INPUT_VERSION=source "$@" && sed -n 's/^cache-key=//p' "$work/output"; }
before=$(key)
mkdir -p "$source/.cargo" && printf '[build]\n' >"$source/.cargo/config.toml"
[ "$(key)" != "$before" ] || fail "settings of the build are not in the key"
rm -r "$source/.cargo"
mv "$source/src/main.rs" "$source/src/other.rs"
[ "$(key)" != "$before" ] || fail "a file's name is not in the key"
mv "$source/src/other.rs" "$source/src/main.rs"
[ "$(key RUSTFLAGS=-Cdebug-assertions)" != "$before" ] || fail "flags are not in the key"
[ "$(key)" = "$before" ] || fail "the key is another each time"

say "where the secrets are, nothing comes from a cache"
for command in apply comment; do
  script obtain MERGECAST_INPUT_VERSION=source MERGECAST_INPUT_COMMAND="$command" GITHUB_EVENT_NAME=push
  ! grep -q '^cache-key=' "$work/output" || fail "$command takes a binary from the cache"
  grep -qx 'build=true' "$work/output" || fail "$command builds nothing"
done
# A pin that holds no line of this platform is no pin.
printf 'x  mergecast-%s-other.tar.gz\n' "$version" >"$source/action/checksums.txt"
script obtain "$here"
grep -q '^cache-key=' "$work/output" || fail "$(cat "$work/words")"

say "a release pins every platform once, and the action then runs it"
mkdir -p "$source/target/packed" "$source/target/$platform/release"
printf '# none\n' >"$source/action/checksums.txt"
cp "$work/released" "$source/target/$platform/release/mergecast"
chmod +x "$source/target/$platform/release/mergecast"
"$source/packaging/pack.sh" "$version" "$platform" >/dev/null
for other in aarch64-unknown-linux-musl x86_64-unknown-linux-musl aarch64-apple-darwin x86_64-apple-darwin; do
  [ -e "$source/target/packed/mergecast-$version-$other.tar.gz" ] || : >"$source/target/packed/mergecast-$version-$other.tar.gz"
done
! "$source/packaging/pin.sh" "$version" >"$work/words" || fail "a platform is missing"
grep -qx 'there is no archive for x86_64-pc-windows-msvc' "$work/words" || fail "$(cat "$work/words")"
: >"$source/target/packed/mergecast-$version-x86_64-pc-windows-msvc.tar.gz"
"$source/packaging/pin.sh" "$version"
! "$source/packaging/pin.sh" "$version" >/dev/null || fail "it was pinned twice"
cp "$source/target/packed/$archive" "$work/releases/v$version/"
script obtain "$here" MERGECAST_INPUT_VERSION="$version"
[ "$("$(sed -n 's/^binary=//p' "$work/output")" it)" = "released it" ] || fail "$(cat "$work/words")"

say "an event and a command mean one mergecast command"
cat >"$work/stub" <<'STUB'
#!/usr/bin/env bash
printf 'mergecast'; printf ' %q' "$@"; printf '\n'
STUB
chmod +x "$work/stub"
{
  try() {
    printf '$ %s\n' "${*@Q}"
    script run "$@"
    sed "s#$work#[WORK]#g" "$work/words"
  }
  for event in pull_request push schedule workflow_dispatch repository_dispatch merge_group ""; do
    for command in check plan apply; do
      [ "$event:$command" = pull_request:apply ] || try GITHUB_EVENT_NAME=$event MERGECAST_INPUT_COMMAND=$command
    done
  done
  try GITHUB_EVENT_NAME=workflow_run MERGECAST_INPUT_COMMAND=comment
  try GITHUB_EVENT_NAME=push MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_WAIT='1h 30m' \
    MERGECAST_INPUT_ALLOW_CHANGES=7 MERGECAST_INPUT_ALLOW_HELD=true
  try GITHUB_EVENT_NAME=push MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_FORMAT=json
  try SECONDS=125 GITHUB_EVENT_NAME=push MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_WAIT=5m
  try GITHUB_EVENT_NAME=pull_request MERGECAST_INPUT_DIRECTORY='$(touch owned); "'"'"
} | golden commands.txt
[ ! -e "$work/owned" ] && [ ! -e owned ] || fail "an input was run"

say "git gets the job's token from its environment, unless the clone has a credential"
git init -q "$work/clone"
cat >"$work/stub" <<'STUB'
#!/usr/bin/env bash
printf 'arguments: %s\n' "$*"
git -C "$2" config --includes --get-urlmatch http.extraheader https://github.com/ || true
printf 'elsewhere: %s\n' "$(git -C "$2" config --get-urlmatch http.extraheader https://evil.example/)"
STUB
{
  script run MERGECAST_INPUT_DIRECTORY="$work/clone" MERGECAST_GITHUB_TOKEN=ghs_canary
  cat "$work/words"
  git -C "$work/clone" config http.https://github.com/.extraheader "AUTHORIZATION: basic of-the-clone"
  script run MERGECAST_INPUT_DIRECTORY="$work/clone" MERGECAST_GITHUB_TOKEN=ghs_canary
  cat "$work/words"
} | sed "s#$work#[WORK]#g" | golden credentials.txt
! grep -r ghs_canary "$work/clone" "$work/temporary" "$work/output" || fail "the token is in a file"

say "a cancelled job's signals reach mergecast, and its exit code comes back"
cat >"$work/stub" <<'STUB'
#!/usr/bin/env bash
trap 'echo asked to stop >>"$SEEN"; sleep 0.3; echo finished >>"$SEEN"; exit 75' TERM
echo ready >>"$SEEN"
for _ in $(seq 600); do sleep 0.05; done
STUB
for signal in INT TERM; do
  seen=$work/seen-$signal
  : >"$seen"
  # As the runner starts it: bash replaced by the script, and SIGINT not ignored.
  SEEN=$seen GITHUB_OUTPUT=$work/output MERGECAST_ACTION=$source MERGECAST_BINARY=$work/stub \
    MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_DIRECTORY=. MERGECAST_INPUT_FORMAT=human \
    MERGECAST_INPUT_WAIT='' MERGECAST_INPUT_ALLOW_CHANGES='' MERGECAST_INPUT_ALLOW_HELD=false \
    MERGECAST_INPUT_COMMENT=auto python3 - "$source/action/run.sh" "$signal" "$seen" <<'PYTHON'
import os, signal, subprocess, sys, time
script, name, seen = sys.argv[1:]
signal.signal(signal.SIGINT, signal.default_int_handler)
run = subprocess.Popen(["bash", "-c", 'exec bash "$0"', script])
while "ready" not in open(seen).read():
    time.sleep(0.02)
os.kill(run.pid, getattr(signal, "SIG" + name))
sys.exit(0 if run.wait(10) == 75 else 1)
PYTHON
  printf 'ready\nasked to stop\nfinished\n' | diff - "$seen" || fail "SIG$signal did not arrive"
  tail -n 1 "$work/output" | grep -qx 'exit-code=75' || fail "the exit code did not come back"
done

say "mergecast itself, sleeping until a post is due, ends at once and sends nothing"
content=$work/waiting
mkdir "$content" && (cd "$content" && "$mergecast" init >/dev/null)
sed -i 's/paused: true/paused: false/' "$content/mergecast.yaml"
printf -- '---\nscheduled_at: %s\n---\nLater.\n' "$(date -u -d '+20 minutes' +%Y-%m-%dT%H:%M:%SZ)" >"$content/posts/hello.md"
python3 - "$mergecast" "$content" <<'PYTHON' >"$work/words" 2>&1 || fail "$(cat "$work/words")"
import signal, subprocess, sys, time
program, content = sys.argv[1:]
run = subprocess.Popen([program, "-C", content, "apply", "--sandbox", "--wait", "1h"], stdout=subprocess.PIPE, text=True)
status = f"/proc/{run.pid}/status"
deadline = time.monotonic() + 20
while time.monotonic() < deadline:  # until it listens for SIGTERM
    caught = next(line for line in open(status) if line.startswith("SigCgt"))
    if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
        break
    time.sleep(0.02)
time.sleep(0.5)
began = time.monotonic()
run.send_signal(signal.SIGTERM)
said = run.communicate(timeout=10)[0]
print(said, run.returncode, time.monotonic() - began)
sys.exit(0 if "published" not in said and run.returncode in (0, 75) else 1)
PYTHON

say "a request under way is finished and recorded, and no other is begun"
content=$work/two
remote=$work/two.git
git init -q --bare -b main "$remote"
git init -q -b main "$content"
(cd "$content" && "$mergecast" init >/dev/null)
sed -i 's/paused: true/paused: false/' "$content/mergecast.yaml"
# The example that `init` writes is a draft; this one goes out.
printf -- '---\nid: hello\nscheduled_at: on-merge\n---\nHello.\n' >"$content/posts/hello.md"
printf -- '---\nscheduled_at: on-merge\n---\nSecond.\n' >"$content/posts/second.md"
git -C "$content" remote add origin "$remote"
git -C "$content" add -A && git -C "$content" commit -q -m first && git -C "$content" push -q -u origin main
start_sandbox "$content"
curl -fsS -X POST "$sandbox/__sandbox/faults" \
  -d '[{"method":"POST","path":"/rest/posts","nth":1,"when":"before","what":{"delay_ms":3000}}]' >/dev/null
export MERGECAST_ACTION=$source MERGECAST_BINARY=$mergecast GITHUB_OUTPUT=$work/output \
  MERGECAST_LINKEDIN_API_URL=$sandbox MERGECAST_TRUST_API_URL=1 LINKEDIN_TOKEN_ACME=sandbox-token-1000 \
  MERGECAST_INPUT_COMMAND=apply MERGECAST_INPUT_DIRECTORY=$content MERGECAST_INPUT_FORMAT=json \
  MERGECAST_INPUT_WAIT='' MERGECAST_INPUT_ALLOW_CHANGES='' MERGECAST_INPUT_ALLOW_HELD=false MERGECAST_INPUT_COMMENT=auto
code=0
python3 - "$source/action/run.sh" "$remote" <<'PYTHON' >"$work/report" 2>"$work/words" || code=$?
import signal, subprocess, sys, time
script, remote = sys.argv[1:]
signal.signal(signal.SIGINT, signal.default_int_handler)
run = subprocess.Popen(["bash", "-c", 'exec bash "$0"', script])
while subprocess.run(["git", "-C", remote, "rev-parse", "-q", "--verify", "mergecast/state:@posts/hello@linkedin.json"], capture_output=True).returncode:
    time.sleep(0.05)
time.sleep(0.5)  # the declaration is durable, and its answer takes three seconds
run.send_signal(signal.SIGINT)
sys.exit(run.wait(30))
PYTHON
[ "$code" = 75 ] || fail "exit $code: $(cat "$work/words" "$work/report")"
python3 - "$work/report" <<'PYTHON' || fail "$(cat "$work/report")"
import json, sys
results = json.load(open(sys.argv[1]))["results"]
told = {r["key"]: (r["outcome"], (r["error"] or {}).get("code")) for r in results}
assert told == {"hello": ("published", None), "second": ("held", "stopping")}, told
PYTHON
[ "$(posts)" = 1 ] || fail "$(posts) posts instead of 1"
git -C "$remote" show 'mergecast/state:@posts/hello@linkedin.json' | grep -q '"published"' || fail "it is not recorded"

echo "the action's scripts hold"
