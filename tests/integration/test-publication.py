#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The publication end to end, as a reader, a publisher and an attacker meet it: real farthingd, real
functions in their sandboxes, real money database; requests signed by a library that is not ours."""

import json
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import (DEADLINE_S, Platform, Reader, Tap, UnixConnection,  # noqa: E402
                              wait_for)

from markers import markers  # noqa: E402

MARKERS = markers()


def catalogue(p):
    return p.http("GET", "/articles").json()["articles"]


def test_ready(p):
    for name in ("gateway", "lambda", "metrics"):
        assert p.ready[name].startswith("http://127.0.0.1:"), p.ready
    for name in ("credentials", "publisher_token"):
        assert os.stat(p.ready[name]).st_mode & 0o777 == 0o600, name
    assert p.ready["isolation"] in ("full", "flatpak", "none")
    assert p.ready["pid"] == p.process.pid


def test_service_manager(p, manager):
    """What systemd's units of Type=notify wait for."""
    assert manager.recv(4096) == b"READY=1"


def test_catalogue(p):
    articles = catalogue(p)
    assert len(articles) >= 12
    assert len({a["category"] for a in articles}) >= 4
    for a in articles:
        assert a["title"] and a["author"] and a["date"] and int(a["price_micros"]) > 0, a
        picture = p.http("GET", "/media/" + a["picture"].rsplit("/", 1)[-1])
        assert picture.status == 200 and picture.body[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0",
                                                              b"\xff\xd8\xff\xe1"), a


class Events:
    """The event stream, from now on."""

    def __init__(self, platform):
        self.platform = platform
        self.connection = UnixConnection(platform.ready["control"])
        self.connection.request("GET", "/v1/events")
        self.answer = self.connection.getresponse()
        self.seq = -1

    def until_now(self):
        """What it has said since it was asked last."""
        until = self.platform.control("GET", "/v1/status").json()["seq"]
        said = b""
        while self.seq < until:
            line = self.answer.readline()
            assert line, "the stream ended"
            said += line
            self.seq = json.loads(line).get("seq", self.seq)
        return said


def test_nothing_locked_leaves(p):
    """The marker of each article is in no byte sent, no log, record, event or file of the
    platform's before the entitlement; after it, it is in the answer."""
    me, events = Reader(p), Events(p)
    sent = [p.http("GET", "/articles").body]
    for article in MARKERS:
        sent += [p.http("GET", f"/articles/{article}").body, me.article(article).body,
                 me.http("GET", f"/offers/{article}").body,
                 me.http("GET", f"/entitlements/{article}").body,
                 p.http("HEAD", f"/articles/{article}").body,
                 p.http("GET", f"/articles/{article}.md").body,
                 p.http("GET", f"/media/..%2farticles%2f{article}.md").body,
                 p.http("GET", f"/media/../articles/{article}.md").body]
    sent += [p.control("GET", "/v1/invocations?limit=1000").body,
             p.control("GET", "/v1/logs?limit=1000").body,
             p.control("GET", "/v1/functions").body, events.until_now(),
             p.control("GET", "/v1/annotations").body, p.control("GET", "/v1/export").body,
             p.http("GET", "/metrics", listener="metrics").body]
    traces = p.control("GET", "/v1/traces?limit=100").json()["traces"]
    assert traces, "there are no traces to look into"
    sent += [p.control("GET", f"/v1/traces/{t['trace_id']}").body for t in traces]
    for path in p.data_dir.rglob("*"):
        if path.is_file():
            sent.append(path.read_bytes())
    for article, marker in MARKERS.items():
        for body in sent:
            assert marker.encode() not in body, f"{article}'s marker leaked: {body[:200]!r}"
    article, marker = next(iter(MARKERS.items()))
    price = {a["id"]: a["price_micros"] for a in catalogue(p)}[article]
    assert me.pledge(article, price).status in (200, 201)
    assert marker.encode() in me.article(article).body
    assert marker.encode() not in Reader(p).article(article).body
    assert marker.encode() not in p.http("GET", f"/articles/{article}").body
    # Read as it may be now, it is in the answer alone.
    for path in ("/v1/logs?limit=1000", "/v1/invocations?limit=1000", "/v1/annotations"):
        assert marker.encode() not in p.control("GET", path).body, path
    said = []

    def journal():
        said.append(events.until_now())
        return b'"journal"' in b"".join(said)
    wait_for("the event of what was paid", journal)
    assert marker.encode() not in b"".join(said)
    events.connection.close()


def test_pledge_is_exact(p):
    me, article = Reader(p), catalogue(p)[0]
    before, rows = p.earnings(), p.transfers()
    answer = me.pledge(article["id"], article["price_micros"])
    assert answer.status in (200, 201), answer
    assert answer.json()["moved_micros"] == article["price_micros"]
    after = wait_for("earnings", lambda: (lambda e: e if e["publisher_micros"] != before["publisher_micros"] else None)(p.earnings()))
    price = int(article["price_micros"])
    moved = {k: int(after[k]) - int(before[k]) for k in
             ("publisher_micros", "pay_micros", "fee_micros", "estimated_micros", "final_micros")}
    assert moved["publisher_micros"] + moved["fee_micros"] == price, moved
    assert moved["fee_micros"] == price * 30 // 100, moved
    assert moved["final_micros"] == 0, "a pledge is estimated, never final"
    rows_after = p.transfers()
    assert rows_after > rows
    again = me.pledge(article["id"], article["price_micros"])  # two tabs carry different keys
    assert again.status == 200 and again.json()["moved_micros"] == "0", again
    assert p.transfers() == rows_after


def test_refund(p):
    me, article = Reader(p), catalogue(p)[1]
    before = p.earnings()
    assert me.pledge(article["id"], article["price_micros"]).status in (200, 201)
    answer = me.http("POST", "/refunds", {"article": article["id"], "key": os.urandom(16).hex()})
    assert answer.status in (200, 201), answer
    assert answer.json()["refunded_micros"] == article["price_micros"]
    assert not me.http("GET", f"/entitlements/{article['id']}").json()["entitled"]
    assert p.earnings()["publisher_micros"] == before["publisher_micros"]
    assert p.earnings()["fee_micros"] == before["fee_micros"]


def watch(me, article):
    """Watches the ad for an article to its end, as fast as the server lets a reader."""
    decision = me.http("POST", "/ads/decisions", {"article": article, "key": os.urandom(16).hex()})
    assert decision.status in (200, 201), decision
    view = decision.json()["view"]
    assert view, decision
    body = me.http("GET", f"/ads/creatives/{view}")
    assert body.status == 200 and len(body.body) > 100, body.status
    for event in ("start", "firstQuartile", "midpoint", "thirdQuartile", "complete"):
        def sent(event=event):
            answer = me.http("POST", "/ads/events", {"view": view, "event": event,
                                                     "visible_ms": 3000, "muted": True})
            if answer.error_code == "too_soon":
                return None
            assert answer.status in (200, 201, 202), answer
            return answer
        wait_for(event, sent)
    return view


def test_ad(p):
    me, article = Reader(p), catalogue(p)[2]
    before = p.earnings()
    watch(me, article["id"])
    assert MARKERS[article["id"]].encode() in me.article(article["id"]).body
    after = p.earnings()
    assert int(after["ad_micros"]) > int(before["ad_micros"])
    answer = me.http("POST", "/refunds", {"article": article["id"], "key": os.urandom(16).hex()})
    assert answer.status == 409 and answer.error_code == "not_refundable", answer


def test_bad_input(p):
    me, articles = Reader(p), catalogue(p)
    article, other = articles[3], articles[4]
    price = article["price_micros"]
    before, rows_before = p.earnings(), p.transfers()

    def refused(answer, *statuses):
        assert answer.status in statuses, answer
        if answer.headers.get("Content-Type", answer.headers.get("content-type", "")) \
                .startswith("application/json"):
            answer.json()
        else:
            raise AssertionError(f"not a JSON body: {answer}")

    refused(me.http("POST", "/pledges", b'{"article": '), 400)
    refused(me.http("POST", "/pledges", b'{"article": 1, "article": 2}'), 400)
    refused(me.http("POST", "/pledges", b"[" * 100000), 400)
    refused(me.http("POST", "/pledges", {"article": article["id"]}), 400)
    refused(p.http("POST", "/pledges", b"x" * 50_000_000), 413)
    refused(p.http("GET", "/articles", headers={"Host": "evil.example"}), 400, 403, 421)
    refused(p.http("POST", "/pledges", {"article": article["id"], "price_micros": price,
                                        "key": "00" * 16}), 401)
    stranger = Reader(p)
    refused(me.http("POST", "/pledges", {"article": article["id"], "price_micros": price,
                                         "key": "00" * 16}, keyid=stranger.id), 401)
    refused(me.http("POST", "/pledges", {"article": article["id"], "price_micros": price,
                                         "key": "00" * 16}, created=int(time.time()) - 3600), 401)
    forged = me.sign("POST", "/pledges", b'{"other":"content"}')
    forged["Content-Type"] = "application/json"
    refused(p.http("POST", "/pledges", {"article": article["id"], "price_micros": price,
                                        "key": "00" * 16}, forged), 401)
    refused(me.pledge("no-such-article", price), 404)
    refused(me.pledge(article["id"], "1"), 409)
    refused(me.pledge(article["id"], "-5"), 400, 409)
    refused(p.http("GET", "/articles/no-such-article"), 404)
    refused(p.http("GET", "/nowhere"), 404)
    refused(p.http("GET", "/earnings"), 401)
    refused(p.http("GET", "/earnings", headers={"Authorization": "Bearer wrong"}), 401)
    refused(me.http("GET", "/earnings"), 401)

    assert p.transfers() == rows_before, "what was refused has moved money"

    # An ad completed too soon, out of order, by another reader, or made up.
    decision = me.http("POST", "/ads/decisions",
                       {"article": article["id"], "key": os.urandom(16).hex()}).json()
    view = decision["view"]
    refused(me.http("POST", "/ads/events", {"view": view, "event": "complete"}), 409, 425)
    refused(stranger.http("POST", "/ads/events", {"view": view, "event": "start"}), 403, 404)
    refused(me.http("POST", "/ads/events", {"view": "00" * 16, "event": "start"}), 404)
    refused(me.http("POST", "/ads/events", {"view": view, "event": "finished"}), 400)
    now = p.earnings()
    now.pop("as_of_us"), before.pop("as_of_us")
    assert now == before, (before, now)
    assert not me.article(article["id"]).json().get("body")

    # A used key with other content; an entitlement for another article.
    key = os.urandom(16).hex()
    assert me.pledge(article["id"], price, key).status in (200, 201)
    rows = p.transfers()
    refused(me.pledge(other["id"], other["price_micros"], key), 409, 422)
    assert p.transfers() == rows
    assert MARKERS[other["id"]].encode() not in me.article(other["id"]).body
    replay = me.pledge(article["id"], price, key)
    assert replay.status in (200, 201) and p.transfers() == rows, replay


def test_farthingctl(p):
    articles = p.ctl("articles")
    articles = articles.get("articles", articles) if isinstance(articles, dict) else articles
    article = articles[5]
    before = p.ctl("earnings")
    first = p.ctl("read", article["id"], "--pay")
    assert first["moved_micros"] == article["price_micros"] and int(first["text_bytes"]) > 0, first
    second = p.ctl("read", article["id"], "--pay")
    assert second["moved_micros"] == "0" and second["entitled_by"], second
    after = p.ctl("earnings")
    assert int(after["publisher_micros"]) - int(before["publisher_micros"]) == \
        int(article["price_micros"]) - int(article["price_micros"]) * 30 // 100, (before, after)
    watched = p.ctl("read", articles[6]["id"], "--watch", "--reader", "somebody")
    assert watched["entitled_by"] in ("ad", "watch", "view"), watched
    verdict = p.ctl("ledger", "verify")
    assert verdict["ok"] is True and int(verdict["transfers"]) > 0 and not verdict["first_bad"]
    status = p.ctl("status")
    assert status["money"] == "test" and status["isolation"] == p.ready["isolation"], status


def test_functions_are_seen(p):
    functions = p.control("GET", "/v1/functions").json()["functions"]
    assert len(functions) >= 10
    pledge = next(f for f in functions if "pledge" in f["name"].lower())
    assert pledge["invocations"] > 0 and pledge["cold_starts"] > 0 and pledge["p50_us"] > 0, pledge


def main():
    tap = Tap()
    folder = tempfile.TemporaryDirectory(prefix="far-notify-")
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(folder.name + "/notify")
    manager.settimeout(DEADLINE_S)
    with folder, manager, Platform(environment={"NOTIFY_SOCKET": folder.name + "/notify"}) as p:
        tap.run("the service manager is told that it is ready", test_service_manager, p, manager)
        for test in (test_ready, test_catalogue, test_nothing_locked_leaves, test_pledge_is_exact,
                     test_refund, test_ad, test_bad_input, test_farthingctl,
                     test_functions_are_seen):
            tap.run(test.__name__[5:].replace("_", " "), test, p)
        data_dir = p.data_dir
        p.stop()

        def stopping():
            assert manager.recv(4096) == b"STOPPING=1"
        tap.run("the service manager is told that it stops", stopping)

        def offline():
            verdict = p.ctl("ledger", "verify")
            assert verdict["ok"] is True and verdict["first_bad"] is None, verdict
        tap.run("the ledger verifies on a stopped platform", offline)
        assert data_dir.exists()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
