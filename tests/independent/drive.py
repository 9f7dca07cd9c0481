"""The sandbox, driven by LinkedIn's own Python client: create, get, find, partial update,
delete. Our idea of the wire is then not only our own. Usage: drive.py ORIGIN"""

import sys

from linkedin_api.clients.restli import client as restli
from linkedin_api.clients.restli.client import RestliClient
from linkedin_api.common import constants
from linkedin_api.clients.auth.client import AuthClient

ORIGIN = sys.argv[1]
TOKEN, PAGE, VERSION = "sandbox-token-42", "urn:li:organization:42", "202609"

# The client knows one address only.
constants.VERSIONED_BASE_URL = f"{ORIGIN}/rest"
constants.NON_VERSIONED_BASE_URL = f"{ORIGIN}/v2"
for module in list(sys.modules.values()):
    for name in ("VERSIONED_BASE_URL", "NON_VERSIONED_BASE_URL"):
        if getattr(module, name, "").startswith("https://api.linkedin.com"):
            setattr(module, name, getattr(constants, name))

client = RestliClient()
# It spells the name of this header with an underscore.
client.session.headers["X-Restli-Protocol-Version"] = "2.0.0"


def entity(text):
    return {
        "author": PAGE,
        "commentary": text,
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
    }


def expect(what, found, wanted):
    assert found == wanted, f"{what}: {found!r} instead of {wanted!r}"
    print(f"{what}: {found}")


made = client.create(
    resource_path="/posts", entity=entity("From another client \\(1\\)"),
    access_token=TOKEN, version_string=VERSION,
)
expect("create", made.status_code, 201)
urn = made.entity_id
assert urn.startswith("urn:li:share:"), urn

got = client.get(
    resource_path="/posts/{id}", path_keys={"id": urn}, access_token=TOKEN, version_string=VERSION
)
expect("get", got.entity["commentary"], "From another client \\(1\\)")

found = client.finder(
    resource_path="/posts", finder_name="author", query_params={"author": PAGE, "count": 10},
    access_token=TOKEN, version_string=VERSION,
)
expect("finder", [post["id"] for post in found.elements], [urn])

changed = client.partial_update(
    resource_path="/posts/{id}", path_keys={"id": urn},
    patch_set_object={"commentary": "Edited \\#1"}, access_token=TOKEN, version_string=VERSION,
)
expect("partial update", changed.status_code, 204)
got = client.get(
    resource_path="/posts/{id}", path_keys={"id": urn}, access_token=TOKEN, version_string=VERSION
)
expect("get after it", got.entity["commentary"], "Edited \\#1")

started = client.action(
    resource_path="/images", action_name="initializeUpload",
    action_params={"initializeUploadRequest": {"owner": PAGE}},
    access_token=TOKEN, version_string=VERSION,
)
assert started.value["image"].startswith("urn:li:image:"), started.value
print("action: an image may be uploaded")

gone = client.delete(
    resource_path="/posts/{id}", path_keys={"id": urn}, access_token=TOKEN, version_string=VERSION
)
expect("delete", gone.status_code, 204)
missing = client.get(
    resource_path="/posts/{id}", path_keys={"id": urn}, access_token=TOKEN, version_string=VERSION
)
expect("get after it", missing.status_code, 404)
