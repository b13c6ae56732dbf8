#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queues, event sources and asynchronous events of a real farthingd, from outside: requests signed
by botocore, commands by farthingctl. A farthingd that is killed while events come in loses none
that it had accepted."""

import json
import sqlite3
import sys
import tempfile
import threading
import urllib.request
import zipfile
from pathlib import Path

from farthing_testing import BUILD, FARTHINGCTL, Platform, Signed, Tap, wait_for

TEMPLATE = BUILD / "tests" / "integration" / "functions" / "template.yaml"
EVENTS_BEFORE_KILL = 200
SENDERS = 4
# Fails the messages it is told to, and whole batches.
HANDLER = """
exports.handler = async (event) => {
  const bodies = event.Records.map((one) => JSON.parse(one.body));
  console.log('batch', bodies.length, JSON.stringify(event.Records[0].messageAttributes));
  if (bodies.some((one) => one.crash)) throw new Error('crash');
  return {batchItemFailures: event.Records.filter((one, i) => bodies[i].fail)
    .map((one) => ({itemIdentifier: one.messageId}))};
};
"""


def queue(p, name):
    return next(q for q in p.ctl("queue")["queues"] if q["name"] == name)


def queues(p):
    """Sent, seen, moved, purged."""
    sent = p.ctl("queue", "send", "Done", '{"a":1}', "--attribute", "kind=test")
    assert len(sent["id"]) == 36, sent
    seen = p.ctl("queue", "peek", "Done")["messages"]
    assert [m["body"] for m in seen] == ['{"a":1}'], seen
    assert seen[0]["attributes"]["kind"]["stringValue"] == "test", seen
    p.ctl("queue", "send", "Done", "later", "--delay", "900")
    assert queue(p, "Done")["messages"] == 2 and queue(p, "Done")["visible"] == 1
    assert p.ctl("queue", "redrive", "Done", "--to", "WorkDead")["moved"] == 1
    assert p.control("POST", "/v1/queues/Done/redrive", {}).status == 409
    assert p.ctl("queue", "purge", "Done")["purged"] == 1
    assert p.ctl("queue", "purge", "WorkDead")["purged"] == 1
    assert p.control("POST", "/v1/queues/Done/messages", {"body": "\x01"}).status == 400
    assert p.control("GET", "/v1/queues/Nothing/messages").status == 404


def deploy(p, folder):
    code = folder / "code.zip"
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.js", HANDLER)
    made = p.ctl("functions", "deploy", "worker", "--zip", str(code), "--runtime", "nodejs18.x",
                 "--timeout", "20", "--env", "COLOUR=red")
    assert made["FunctionName"] == "worker" and made["Handler"] == "index.handler", made
    changed = p.ctl("functions", "deploy", "worker", "--memory", "256")
    assert changed["MemorySize"] == 256, changed
    described = p.ctl("functions", "describe", "worker")["Configuration"]
    assert described["Environment"]["Variables"] == {"COLOUR": "red"}, described
    assert p.ctl("functions", "describe", "nobody", check=False) is None
    assert p.ctl("functions", "delete", "Echo", check=False) is None


def event_source(p, lambda_):
    """Failed messages come again, and go to the dead letters; the others are gone."""
    made = lambda_("POST", "/2015-03-31/event-source-mappings", {
        "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:Work", "FunctionName": "worker",
        "BatchSize": 10, "MaximumBatchingWindowInSeconds": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"]})
    assert made.status == 202, made
    for number in range(20):
        p.ctl("queue", "send", "Work", json.dumps({"n": number, "fail": number % 10 == 3}))

    def settled():
        # The clock is the test's: messages and windows do not come of age by themselves.
        p.control("POST", "/v1/clock", {"advance_us": 1_000_000})
        return queue(p, "Work")["messages"] == 0 and queue(p, "WorkDead")["messages"] == 2

    wait_for("two dead letters and nothing else", settled)
    dead = p.ctl("queue", "peek", "WorkDead")["messages"]
    assert sorted(json.loads(m["body"])["n"] for m in dead) == [3, 13], dead
    batches = [int(line["message"].split()[-2]) for line in p.ctl("logs", "worker", "--lines", "1000")
               if "batch" in line["message"]]
    assert max(batches) > 1, f"never a batch of more than one: {batches}"
    assert p.ctl("queue", "redrive", "WorkDead")["moved"] == 2
    wait_for("them to die again", settled)
    p.ctl("queue", "purge", "WorkDead")
    p.ctl("queue", "send", "Work", '{"crash": true}')
    wait_for("a batch that fails as a whole", lambda: (settled(), queue(
        p, "WorkDead")["messages"] == 1)[1])
    p.ctl("queue", "purge", "WorkDead")


def trace_context(p, lambda_):
    """A caller's trace goes on in the function's record, whichever header carries it."""
    for headers in ({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                    {"X-Amzn-Trace-Id": "Root=1-0af76519-16cd43dd8448eb211c80319d;"
                                        "Parent=b7ad6b7169203331;Sampled=1"}):
        wanted = next(iter(headers.values())).replace("Root=1-", "").split(";")[0]
        wanted = wanted[3:35] if wanted.startswith("00-") else wanted.replace("-", "")
        answer = lambda_("POST", "/2015-03-31/functions/Echo/invocations", {"t": 1}, headers)
        assert answer.status == 200, answer
        wait_for("the record", lambda t=wanted: any(
            one["trace_id"] == t for one in p.control(
                "GET", "/v1/invocations?function=Echo").json()["invocations"]))


def invoke_options(p):
    assert p.ctl("invoke", "Echo", "--dry-run")["status"] == 204
    assert p.ctl("invoke", "Echo", "--async")["status"] == 202
    answer = p.ctl("invoke", "Echo", "--client-context", '{"custom": {"a": "é"}}')
    assert answer["status"] == 200 and "START RequestId" in answer["log"], answer
    assert p.ctl("invoke", "Echo", "--client-context", "{", check=False) is None
    assert p.ctl("invoke", "Echo", "--async", "--dry-run", check=False) is None


def url(p, lambda_):
    """A URL of the template's, open to signed requests alone."""
    target = p.ready["lambda"] + "/lambda-url/Noted/some/path?x=1"
    try:
        urllib.request.urlopen(target, timeout=30)
        raise AssertionError("an unsigned request came through")
    except urllib.error.HTTPError as error:
        assert error.code == 403, error
    answer = lambda_("GET", "/lambda-url/Noted/some/path?x=1")
    assert answer.status == 200 and answer.json()["path"] == "/some/path", answer
    assert answer.json()["query"] == "x=1", answer


def killed(p, lambda_):
    """Accepted is accepted: each event's record is in the queue in the end."""
    accepted, lock, stop = set(), threading.Lock(), threading.Event()

    def sender():
        while not stop.is_set():
            try:
                answer = lambda_.invoke("Noted", {"n": len(accepted)}, "Event")
            except OSError:
                continue
            except Exception:  # pylint: disable=broad-except
                continue  # half an answer
            if answer.status == 202:
                headers = {k.lower(): v for k, v in answer.headers.items()}
                with lock:
                    accepted.add(headers["x-amzn-requestid"])

    threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    try:
        wait_for("events to be accepted", lambda: len(accepted) >= EVENTS_BEFORE_KILL)
    finally:
        p.process.kill()
        stop.set()
        for thread in threads:
            thread.join()
    p.process.wait()
    p.process.stdout.close()
    p.log.close()
    p.start()

    wait_for("the records of all accepted events", lambda: count_records(p, accepted))


def count_records(p, accepted):
    """Peeks see 100; the database has them all."""
    path = p.data_dir / "platform" / "platform.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        bodies = [row[0] for row in db.execute("SELECT body FROM message WHERE queue = 'Done'")]
    found = {json.loads(body)["requestContext"]["requestId"] for body in bodies}
    return accepted <= found


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder, \
            Platform("--test-clock", template=TEMPLATE) as p:
        lambda_ = Signed(p)
        tap.run("queues: sent, seen, moved, purged", queues, p)
        tap.run("functions deploy, describe, delete", deploy, p, Path(folder))
        tap.run("batches, windows, partial failures, dead letters", event_source, p, lambda_)
        tap.run("invoke: async, dry run, client context", invoke_options, p)
        tap.run("the caller's trace goes on", trace_context, p, lambda_)
        tap.run("a function URL for signed requests", url, p, lambda_)
        tap.run("kill -9 loses no accepted event", killed, p, lambda_)
    return tap.done()


if __name__ == "__main__":
    assert FARTHINGCTL.exists()
    sys.exit(main())
