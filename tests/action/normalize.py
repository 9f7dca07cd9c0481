"""Takes out of a text what differs from run to run: commits, times, ids, folders, ports.

    normalize.py FOLDER SANDBOX <text
"""

import re
import sys

folder, sandbox = sys.argv[1:]
text = sys.stdin.read().replace(folder, "[WORK]").replace(sandbox, "[SANDBOX]")
for pattern, replacement in [
    (r"\b[0-9a-f]{40}\b", "[COMMIT]"),
    (r"\b[0-9a-f]{32}\b", "[RANDOM]"),
    (r"mergecast:(published|tracking) [0-9a-f]+", r"mergecast:\1 [DIGEST]"),
    (r"urn(:|%3A)li(:|%3A)(\w+)(:|%3A)\d{15,}", r"urn\1li\2\3\4[ID]"),
    (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "[TIME]"),
    (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) 20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?", "[TIME]"),
    (r"\b20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?", "[TIME]"),
    (r"\b\d\d:\d\d:\d\d UTC", "[TIME] UTC"),
    (r"\b(in )?[\d,]+ (s|sec|second|min|minute|h|hour|day|month|year)s?\b( \d+ (min|s|h)\b)?( ago)?", "[SPAN]"),
    (r"· now\b", "· [SPAN]"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
]:
    text = re.sub(pattern, replacement, text)
print(text, end="")
