"""A stand-in for GitHub's API, on loopback: pull requests, comments, issues, and what a
token may do. It holds one repository, reads its commits from a bare git repository, and
checks every request and every answer of its own against GitHub's description.

    fake_github.py DESCRIPTION.json REPOSITORY.git

Prints its address. Below /__fake/ a test sets the stage and looks at what happened:
POST /__fake/pull {number, branch, repository?, merged?, commits?}, POST /__fake/down {on};
GET /__fake/story (requests), /__fake/told (all that people see), /__fake/news (since the last
time), /__fake/problems (what the description has against anything).
"""

import datetime
import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qs, unquote, urlsplit

from openapi import Description

REPOSITORY = "acme/posts"
# What each token may write. A fork's token may read.
TOKENS = {
    "ghs_publish": {"issues", "pull_requests"},
    "ghs_review": {"pull_requests"},
    "ghs_fork": set(),
}
BOT = "github-actions[bot]"


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


class GitHub:
    def __init__(self, description, git):
        self.description, self.git_dir = description, git
        self.pulls, self.issues, self.comments = {}, {}, {}
        self.next_number, self.next_comment = 100, 5000
        self.story, self.problems = [], []
        self.changed = set()  # numbers since the last look
        self.down = False

    def git(self, *arguments):
        found = subprocess.run(["git", "-C", self.git_dir, *arguments], capture_output=True, check=False)
        if found.returncode != 0:
            raise Refused(404, "Not Found")
        return found.stdout

    def commit(self, name):
        return self.git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()

    # What exists.

    def define(self, wanted):
        number = wanted["number"]
        self.pulls[number] = {
            "number": number,
            "branch": wanted["branch"],
            "repository": wanted.get("repository", REPOSITORY),
            "sha": self.commit(wanted["branch"]),
            "base_sha": self.commit("main"),
            "merged": wanted.get("merged", False),
            "commits": wanted.get("commits", []),
        }

    def side(self, example, branch, sha, repository):
        owner = repository.split("/")[0]
        example.update({"ref": branch, "sha": sha, "label": f"{owner}:{branch}"})
        example["repo"].update({"full_name": repository, "name": repository.split("/")[1]})
        example["repo"]["owner"]["login"] = owner

    def pull(self, pull, whole):
        made = self.description.example("pull-request") if whole else self.description.example("pull-request-simple-items")[0]
        made.update({
            "number": pull["number"],
            "state": "closed" if pull["merged"] else "open",
            "title": f"Pull request {pull['number']}",
            "merged_at": "2026-09-01T10:00:00Z" if pull["merged"] else None,
            "closed_at": "2026-09-01T10:00:00Z" if pull["merged"] else None,
        })
        made["requested_teams"] = []  # the published example lacks a field there
        if whole:
            made["merged"] = pull["merged"]
        self.side(made["head"], pull["branch"], pull["sha"], pull["repository"])
        self.side(made["base"], "main", pull["base_sha"], REPOSITORY)
        return made

    def comment(self, comment):
        made = self.description.example("issue-comment")
        made.update({"id": comment["id"], "body": comment["body"]})
        made["user"].update({"login": comment["by"], "type": "Bot" if comment["by"].endswith("[bot]") else "User"})
        made.pop("body_html", None), made.pop("body_text", None)
        return made

    def issue(self, issue):
        made = self.description.example("issue")
        made.update({"number": issue["number"], "title": issue["title"], "body": issue["body"], "state": issue["state"]})
        made["closed_at"] = None if issue["state"] == "open" else "2026-09-01T10:00:00Z"
        made["user"].update({"login": issue["by"], "type": "Bot"})
        made.pop("pull_request", None)
        return made

    # What may be asked.

    def answer(self, method, target, body, may):
        split = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        path = unquote(split.path)
        if path == "/user":
            raise Refused(403, "Resource not accessible by integration")
        prefix = f"/repos/{REPOSITORY}"
        if not path.startswith(prefix):
            raise Refused(404, "Not Found")
        for its_method, pattern, scope, ask in self.routes():
            match = re.fullmatch(pattern, path[len(prefix):])
            if match and its_method == method:
                # A comment on a pull request takes either permission.
                if scope and not may & scope:
                    raise Refused(403, "Resource not accessible by integration")
                return ask(*match.groups(), query=query, body=body)
        raise Refused(404, "Not Found")

    def routes(self):
        either, issues = {"issues", "pull_requests"}, {"issues"}
        return [
            ("GET", r"", None, self.get_repository),
            ("GET", r"/pulls", None, self.list_pulls),
            ("GET", r"/pulls/(\d+)", None, self.get_pull),
            ("GET", r"/pulls/(\d+)/files", None, self.list_files),
            ("GET", r"/contents/(.+)", None, self.get_contents),
            ("GET", r"/commits", None, self.list_commits),
            ("GET", r"/commits/([0-9a-f]+)/pulls", None, self.list_pulls_of),
            ("GET", r"/issues/(\d+)/comments", None, self.list_comments),
            ("POST", r"/issues/(\d+)/comments", either, self.create_comment),
            ("PATCH", r"/issues/comments/(\d+)", either, self.edit_comment),
            ("DELETE", r"/issues/comments/(\d+)", either, self.delete_comment),
            ("GET", r"/issues", None, self.list_issues),
            ("POST", r"/issues", issues, self.create_issue),
            ("PATCH", r"/issues/(\d+)", issues, self.edit_issue),
        ]

    @staticmethod
    def page(items, query):
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        return 200, items[(page - 1) * size : page * size]

    def get_repository(self, query, body):
        made = self.description.example("full-repository-default-response")
        made.pop("source", None), made.pop("parent", None)
        made.update({"full_name": REPOSITORY, "name": "posts", "language": None, "pushed_at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")})
        return 200, made

    def list_pulls(self, query, body):
        pulls = [p for p in self.pulls.values() if query.get("state") == "all" or not p["merged"]]
        return self.page([self.pull(p, False) for p in sorted(pulls, key=lambda p: -p["number"])], query)

    def get_pull(self, number, query, body):
        if int(number) not in self.pulls:
            raise Refused(404, "Not Found")
        return 200, self.pull(self.pulls[int(number)], True)

    def list_files(self, number, query, body):
        pull = self.pulls[int(number)]
        lines = self.git("diff", "--name-status", "--no-renames", f"{pull['base_sha']}...{pull['sha']}").decode().splitlines()
        files = []
        for line in lines:
            status, name = line.split("\t")
            made = self.description.example("diff-entry-items")[0]
            made.update({"filename": name, "status": {"A": "added", "M": "modified", "D": "removed"}[status]})
            files.append(made)
        return self.page(files, query)

    def get_contents(self, path, query, body):
        return 200, self.git("show", f"{query['ref']}:{path}")

    def list_commits(self, query, body):
        found = self.git("log", "--format=%H", query.get("sha", "main"), "--", query["path"]).decode().split()
        commits = []
        for sha in found:
            made = self.description.example("commit-items")[0]
            made["sha"] = sha
            commits.append(made)
        return self.page(commits, query)

    def list_pulls_of(self, sha, query, body):
        return self.page([self.pull(p, False) for p in self.pulls.values() if sha in p["commits"]], query)

    def list_comments(self, number, query, body):
        return self.page([self.comment(c) for c in self.comments.values() if c["on"] == int(number)], query)

    def create_comment(self, number, query, body):
        if int(number) not in self.pulls and int(number) not in self.issues:
            raise Refused(404, "Not Found")
        comment = {"id": self.next_comment, "on": int(number), "body": body["body"], "by": BOT}
        self.next_comment += 1
        self.comments[comment["id"]] = comment
        self.changed.add(comment["on"])
        return 201, self.comment(comment)

    def edit_comment(self, number, query, body):
        if int(number) not in self.comments:
            raise Refused(404, "Not Found")
        self.comments[int(number)]["body"] = body["body"]
        self.changed.add(self.comments[int(number)]["on"])
        return 200, self.comment(self.comments[int(number)])

    def delete_comment(self, number, query, body):
        if self.comments.pop(int(number), None) is None:
            raise Refused(404, "Not Found")
        return 204, None

    def list_issues(self, query, body):
        issues = [i for i in self.issues.values() if query.get("state", "open") in ("all", i["state"])]
        issues = [i for i in issues if query.get("creator", i["by"]) == i["by"]]
        return self.page([self.issue(i) for i in sorted(issues, key=lambda i: -i["number"])], query)

    def create_issue(self, query, body):
        issue = {"number": self.next_number, "title": body["title"], "body": body["body"], "state": "open", "by": BOT}
        self.next_number += 1
        self.issues[issue["number"]] = issue
        self.changed.add(issue["number"])
        return 201, self.issue(issue)

    def edit_issue(self, number, query, body):
        if int(number) not in self.issues:
            raise Refused(404, "Not Found")
        self.issues[int(number)].update({k: v for k, v in body.items() if k in ("title", "body", "state")})
        self.changed.add(int(number))
        return 200, self.issue(self.issues[int(number)])

    # One request, from end to end.

    def serve(self, method, target, headers, body):
        token = headers.get("authorization", "").removeprefix("Bearer ")
        self.problems += self.description.request_problems(method, target, headers, body)
        try:
            if self.down:
                raise Refused(503, "Service unavailable")
            if token not in TOKENS:
                raise Refused(401, "Bad credentials")
            status, answer = self.answer(method, target, body, TOKENS[token])
        except Refused as refused:
            status = refused.status
            answer = {"message": refused.message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        self.story.append(f"{method} {target} -> {status} ({token})")
        if status != 503:
            self.problems += self.description.answer_problems(method, target, status, answer)
        return status, answer

    def told(self, only):
        """What people can see of the pull requests and issues `only`, as one text."""
        lines = ["== what people see on GitHub that is new"]
        for number, pull in sorted(self.pulls.items()):
            if number not in only:
                continue
            lines.append(f"== pull request {number} ({pull['repository']}, {'merged' if pull['merged'] else 'open'})")
            lines += [f"-- comment by {c['by']}\n{c['body']}" for c in self.comments.values() if c["on"] == number]
        for number, issue in sorted(self.issues.items()):
            if number not in only:
                continue
            lines.append(f"== issue {number} ({issue['state']}): {issue['title']}\n{issue['body']}")
            lines += [f"-- comment by {c['by']}\n{c['body']}" for c in self.comments.values() if c["on"] == number]
        return "\n".join(lines) + "\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    github, lock = None, Lock()

    def log_message(self, *_):
        pass

    def handle_any(self):
        length = int(self.headers.get("content-length") or 0)
        raw = self.rfile.read(length)
        body = json.loads(raw) if raw else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.lock:
            if self.path.startswith("/__fake/"):
                status, answer = self.stage(self.path.removeprefix("/__fake/"), body)
            else:
                status, answer = self.github.serve(self.command, self.path, headers, body)
        plain = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(plain)))
        self.end_headers()
        self.wfile.write(plain)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

    def stage(self, what, body):
        github = self.github
        if what == "pull":
            github.define(body)
        elif what == "down":
            github.down = body["on"]
        elif what == "told":
            return 200, github.told(set(github.pulls) | set(github.issues)).encode()
        elif what == "news":
            changed, github.changed = github.changed, set()
            return 200, github.told(changed).encode()
        elif what == "story":
            story, github.story = github.story, []
            return 200, "".join(f"{line}\n" for line in story).encode()
        elif what == "problems":
            return 200, "".join(f"{line}\n" for line in github.problems).encode()
        return 200, b""


def main():
    description = Description(sys.argv[1])
    Handler.github = GitHub(description, sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
