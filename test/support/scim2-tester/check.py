"""Lets PyPI's scim2-tester judge a SCIM server: prints what it found as JSON."""

import json
import os
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server

headers = {"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}"}
client = SyncSCIMClient(Client(base_url=sys.argv[1], headers=headers))
results = check_server(client)
json.dump([{"status": r.status.name, "title": r.title, "of": r.resource_type, "reason": r.reason} for r in results], sys.stdout)
