# SPDX-License-Identifier: GPL-3.0-or-later
"""Two farthingd of the test's own: `remote` listens with TLS, `watcher` has it as the deployment
“shop”. Both are asked for the same records."""

from farthing_testing import wait_for


def make_token(platform, name, *scopes):
    answer = platform.control("POST", "/v1/tokens", {"name": name, "scopes": list(scopes)})
    assert answer.status == 201, answer
    return answer.json()["token"]


def records(platform, deployment=None):
    """Every stored invocation by what it is: (request, function, arrival, duration)."""
    found, after = [], 0
    while True:
        where = f"&deployment={deployment}" if deployment else ""
        answer = platform.control("GET", f"/v1/invocations?after={after}&limit=1000{where}")
        if answer.status != 200:
            return None
        page = answer.json()["invocations"]
        found += [(r["request_id"], r["function"], r["arrival_us"], r["duration_us"], r["outcome"])
                  for r in page]
        if len(page) < 1000:
            return found
        after = page[-1]["at"]


def call(remote, times):
    for _ in range(times):
        assert remote.http("GET", "/articles").status == 200


def same(watcher, remote):
    """Both have the same invocations, each once."""
    def equal():
        there = records(remote)
        here = records(watcher, "shop")
        return here is not None and sorted(here) == sorted(there)
    wait_for("the same invocations on both sides", equal)
    here = records(watcher, "shop")
    assert len(here) == len(set(here)), "an invocation came twice"


def connect(watcher, remote, certificate, **more):
    token = make_token(remote, f"watch{len(more)}", "telemetry:read", "logs:read",
                       "functions:invoke", "earnings:read")
    answer = watcher.control("POST", "/v1/deployments", {
        "id": "shop", "kind": "farthingd", "money": "test",
        "settings": {"url": remote.ready["listen"], "ca_file": certificate,
                     "market_url": remote.ready["gateway"], **more},
        "secrets": {"token": token, "publisher_token": remote.publisher_token}})
    assert answer.status == 201, answer
    wait_for("shop to answer", lambda: listed(watcher)["state"] == "ok")


def listed(watcher):
    return [d for d in watcher.control("GET", "/v1/deployments").json()["deployments"]
            if d["id"] == "shop"][0]
