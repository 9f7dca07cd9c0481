#!/usr/bin/env python3
"""How much memory `apply` needs for a video of 500 MB: from the files, from a git blob, and
from the store of Git LFS. Fails above 64 MB. Usage: memory.py path/to/mergecast"""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

LIMIT = 64 * 1024 * 1024
SIZE = 500 * 1024 * 1024
PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = 'version: 1\ndefault_author: acme\nauthors: { acme: "urn:li:organization:42" }\n'


def mp4(path, mark):
    """Boxes that say it plays five seconds, and zeros: the disk holds a few kilobytes."""
    mvhd = bytearray(108)
    mvhd[:8] = b"\0\0\0\x6cmvhd"
    mvhd[20:24] = (1000).to_bytes(4, "big")
    mvhd[24:28] = (5000).to_bytes(4, "big")
    head = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\x74moov" + bytes(mvhd)
    head += (SIZE - len(head)).to_bytes(4, "big") + b"mdat" + mark
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(SIZE)


def git(folder, *arguments):
    own = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *own, *arguments], cwd=folder, check=True, capture_output=True)


def content(folder, kind):
    """A content root whose one post shows the video."""
    root = pathlib.Path(folder, kind)
    (root / "posts").mkdir(parents=True)
    (root / "mergecast.yaml").write_text(CONFIG)
    (root / "posts/a.md").write_text(
        f"---\nid: {kind}\nscheduled_at: on-merge\nmedia: [talk.mp4]\n---\nFrom {kind}\n"
    )
    video = root / "posts/talk.mp4"
    mp4(video, kind.encode())
    if kind == "files":
        return root
    git(root, "init", "-q", "-b", "main")
    if kind == "lfs":
        digest = hashlib.sha256()
        with open(video, "rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        oid = digest.hexdigest()
        store = root / ".git/lfs/objects" / oid[:2] / oid[2:4]
        store.mkdir(parents=True)
        video.rename(store / oid)
        video.write_text(
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {SIZE}\n"
        )
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "video")
    return root


def peak(arguments, root, environment):
    """Highest resident memory of one run, in bytes, as the kernel counted it."""
    child = subprocess.Popen(
        arguments, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, said, usage.ru_maxrss * 1024


def main():
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder, "files")
        roots = {kind: content(folder, kind) for kind in ("files", "git", "lfs")}
        server = subprocess.Popen(
            [PROGRAM, "sandbox", "--ephemeral", "--port", "0"],
            cwd=home, stdout=subprocess.PIPE, text=True,
        )
        origin = re.search(r"http://[0-9.:]+", server.stdout.readline()).group()
        try:
            for kind, root in roots.items():
                environment = {
                    "PATH": os.environ["PATH"],
                    "HOME": folder,
                    "TMPDIR": folder,
                    "LINKEDIN_ACCESS_TOKEN": "sandbox-token-42",
                    "MERGECAST_LINKEDIN_API_URL": origin,
                    "MERGECAST_TRUST_API_URL": "1",
                }
                peak([PROGRAM, "state", "init"], root, environment)
                arguments = [PROGRAM, "apply"] + (["--worktree"] if kind == "files" else [])
                code, said, memory = peak(arguments, root, environment)
                assert code == 0 and f"published {kind}" in said, (code, said)
                print(f"{kind}: {SIZE >> 20} MiB of video, {memory / 2**20:.1f} MiB of memory")
                assert memory < LIMIT, f"more than {LIMIT >> 20} MiB"
                urllib.request.urlopen(
                    urllib.request.Request(f"{origin}/__sandbox/reset", b"", method="POST")
                )
        finally:
            server.kill()
            server.wait()


main()
