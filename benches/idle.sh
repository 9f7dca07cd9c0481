#!/bin/sh
# What a watcher costs that has nothing to do: CPU seconds and resident memory over ten
# minutes, git included, with 100 posts of which none falls due. Usage:
#
#   benches/idle.sh [SECONDS] [PROGRAM]
#
# Linux only; needs git.
set -eu

seconds=${1:-600}
program=${2:-target/release/mergecast}
program=$(realpath "$program")
folder=$(mktemp -d)
watcher=
cleanup() {
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

export HOME="$folder" XDG_CONFIG_HOME="$folder/config" GIT_CONFIG_GLOBAL=/dev/null
git() { command git -c user.name=idle -c user.email=idle@example.org "$@"; }

git init -q --bare -b main "$folder/remote.git"
git clone -q "$folder/remote.git" "$folder/content" 2>/dev/null
cd "$folder/content"
git checkout -q -b main 2>/dev/null || true
mkdir posts
printf 'version: 1\nbranch: main\nauthors: { acme: "urn:li:organization:42" }\ndefault_author: acme\n' > mergecast.yaml
number=0
while [ "$number" -lt 100 ]; do
    printf -- '---\nscheduled_at: 2099-01-01T00:%02d:00Z\n---\nPost %d.\n' $((number % 60)) "$number" > "posts/p$number.md"
    number=$((number + 1))
done
git add -A
git commit -q -m content
git push -q origin main

LINKEDIN_ACCESS_TOKEN=none "$program" watch > "$folder/log" 2>&1 &
watcher=$!

# Ticks of this process and of the git processes it has waited for.
ticks() { awk '{ print $14 + $15 + $16 + $17 }' "/proc/$watcher/stat"; }
own() { awk '{ print $14 + $15 }' "/proc/$watcher/stat"; }
resident() { awk '/VmRSS/ { print $2 }' "/proc/$watcher/status"; }

sleep 10
before=$(ticks)
before_own=$(own)
echo "after start: $(resident) KiB resident"
waited=0
while [ "$waited" -lt "$seconds" ]; do
    step=$((seconds / 5))
    sleep "$step"
    waited=$((waited + step))
    echo "after ${waited} s: $(resident) KiB resident"
done
hertz=$(getconf CLK_TCK)
awk -v all=$(($(ticks) - before)) -v own=$(($(own) - before_own)) -v hertz="$hertz" -v seconds="$waited" 'BEGIN {
    printf "%.2f CPU seconds in %d s, %.3f %% of a core; %.2f of them in git\n", all / hertz, seconds, 100 * all / hertz / seconds, (all - own) / hertz
}'
