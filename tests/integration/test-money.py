#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader's own money, end to end: a real farthingd whose publication is priced in a currency with
0, 2 or 3 decimals; the test provider's hosted page as a browser sees it; webhooks as they travel;
and after each story the ledger's own verification."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from farthing_testing import BUILD, FARTHINGCTL, Platform, Reader, Tap, wait_for  # noqa: E402

# currency → price of an article, decimals, the least charge, a top-up; all in micros
CURRENCIES = {
    "USD": ("0.45", 2, 500_000, 5_000_000),
    "EUR": ("0.455", 2, 500_000, 5_000_000),
    "JPY": ("45", 0, 50_000_000, 500_000_000),
    "KWD": ("0.1555", 3, 160_000, 2_000_000),
    "BHD": ("0.1955", 3, 200_000, 2_000_000),
}
# What the provider moves: whole units; three decimals end in 0.
STEPS = {"USD": 10_000, "EUR": 10_000, "JPY": 1_000_000, "KWD": 10_000, "BHD": 10_000}
FEES = {"USD": 450_000, "EUR": 450_000, "JPY": 45_000_000, "KWD": 154_000, "BHD": 178_000}


def publication(currency, folder):
    """A copy of the built publication, priced in a currency. Returns its template."""
    price = CURRENCIES[currency][0]
    shutil.copytree(BUILD / "publication", folder, symlinks=True, ignore=shutil.ignore_patterns(
        "stores"))
    for path in [folder / "publication.yaml", *folder.glob("campaigns/*.yaml")]:
        text = re.sub(r"(?m)^currency: .*$", f"currency: {currency}", path.read_text())
        text = re.sub(r"(?m)^(reader_cap|tab_cap|hour_cap): .*\n", "", text)
        text = re.sub(r"(?m)^price: .*$", f"price: {price}", text)
        text = re.sub(r"(?m)^price_rules:\n(  - .*\n)+", "", text)
        path.write_text(text)
    for path in folder.glob("articles/*.md"):
        path.write_text(re.sub(r"(?m)^price: .*$", f"price: {price}", path.read_text(), count=1))
    return folder / "template.yaml"


def key():
    return os.urandom(16).hex()


def wallet(me):
    answer = me.http("GET", "/wallet")
    assert answer.status == 200, answer
    return answer.json()


def post(me, target, **body):
    return me.http("POST", target, {"key": key(), **body})


def browse(p, url, **form):
    """What a browser does on the hosted page; it follows no redirect."""
    path = urllib.parse.urlsplit(url).path
    if not form:
        return p.http("GET", path)
    return p.http("POST", path, urllib.parse.urlencode(form),
                  {"Content-Type": "application/x-www-form-urlencoded"})


def run(p, function):
    """Runs a scheduled function now, after its own turn if that is running; what it answered."""
    def tried():
        answer = p.control("POST", f"/v1/functions/{function}/invocations?type=RequestResponse",
                           {"detail-type": "Scheduled Event", "detail": {}}).json()
        return answer["status"] != 429 and answer
    answer = wait_for(f"{function} to be free", tried)
    assert answer["status"] == 200 and not answer["function_error"], answer
    payload = answer["payload"]
    return json.loads(payload) if isinstance(payload, str) else payload


def verified(p):
    verdict = p.control("POST", "/v1/ledger/verify").json()
    assert verdict["ok"] is True and verdict["first_bad"] is None, verdict


def articles(p):
    return p.http("GET", "/articles").json()["articles"]


def pledge(p, me, article, code=None):
    answer = me.pledge(article["id"], int(article["price_micros"]))
    if code:
        assert answer.error_code == code, answer
    else:
        assert answer.status == 200, answer
    return answer.json()


def finished(me, checkout, state="succeeded"):
    answer = me.http("GET", f"/wallet/checkouts/{checkout}")
    assert answer.status == 200 and answer.json()["state"] == state, answer
    return answer.json()


def test_amounts(p, currency):
    """Prices and what the provider is asked for are of this currency, to its last decimal."""
    price, decimals, least, _ = CURRENCIES[currency]
    for article in articles(p):
        assert article["currency"] == currency, article
        assert int(article["price_micros"]) == int(Decimal(price) * 10 ** 6), article
    me = Reader(p)
    pledge(p, me, articles(p)[0])
    mine = wallet(me)
    assert mine["currency"] == currency and int(mine["minimum_micros"]) == least, mine
    other = me.http("POST", "/pledges", {"article": articles(p)[1]["id"], "key": key(),
                                         "price_micros": "1", "currency": "XXX"})
    assert other.status == 400, other
    shown = p.ctl("articles")[0]
    assert shown["currency"] == currency, shown
    earned = p.ctl("earnings")
    assert earned["currency"] == currency, earned
    assert decimals in (0, 2, 3)


def test_tab(p, currency):
    """Pledge first; then a method is asked for, ads still work; adding one pays at once."""
    me, shop = Reader(p), articles(p)
    price = int(shop[0]["price_micros"])
    pledge(p, me, shop[0])
    pledge(p, me, shop[1])
    pledge(p, me, shop[2], "payment_method_required")
    refused = post(me, "/tab/payments")
    assert refused.status == 402 and refused.error_code == "payment_method_required", refused
    ad = post(me, "/ads/decisions", article=shop[3]["id"])
    assert ad.status == 200 and ad.json()["view"], ad

    begun = post(me, "/wallet/setups").json()
    page = browse(p, begun["url"])
    assert page.status == 200 and b"<input" not in page.body, page
    assert finished(me, begun["checkout"], "open")["url"] == begun["url"]
    back = browse(p, begun["url"], outcome="succeeds")
    assert back.status == 303 and back.headers["location"].endswith("/wallet/return"), back
    done = finished(me, begun["checkout"])
    whole = 2 * price // STEPS[currency] * STEPS[currency]
    assert done["method"] is True and done["charge"]["state"] == "succeeded", done
    assert int(done["charge"]["amount_micros"]) == whole, done
    assert int(wallet(me)["tab_micros"]) == 2 * price - whole
    pledge(p, me, shop[2])
    verified(p)


def test_wallet(p, currency):
    """Top up, spend, take the rest back; the provider's fee is the house's."""
    me, shop = Reader(p), articles(p)
    _, _, least, amount = CURRENCIES[currency]
    small = post(me, "/wallet/topups", amount_micros=str(least // 2))
    assert small.error_code == "under_minimum", small
    same = key()
    begun = me.http("POST", "/wallet/topups", {"key": same, "amount_micros": str(amount)}).json()
    again = me.http("POST", "/wallet/topups", {"key": same, "amount_micros": str(amount)}).json()
    assert begun["url"] == again["url"] and begun["checkout"] == again["checkout"], again
    assert f" {currency}</p>".encode() in browse(p, begun["url"]).body
    browse(p, begun["url"], outcome="declines")
    finished(me, begun["checkout"], "open")
    browse(p, begun["url"], outcome="succeeds")
    assert int(finished(me, begun["checkout"])["wallet_micros"]) == amount
    assert Reader(p).http("GET", f"/wallet/checkouts/{begun['checkout']}").status == 404

    paid = pledge(p, me, shop[4])
    assert paid["paid_from"] == "wallet", paid
    rest = amount - int(shop[4]["price_micros"])
    assert int(wallet(me)["wallet_micros"]) == rest
    back = post(me, "/wallet/refunds").json()
    step = STEPS[currency]
    assert int(back["refunded_micros"]) == rest // step * step, back
    assert int(wallet(me)["wallet_micros"]) == rest % step
    assert post(me, "/wallet/refunds").error_code == "wallet_empty"
    kinds = [e["kind"] for e in wallet(me)["history"]]
    assert kinds == ["wallet_refund", "pledge", "topup"], kinds
    verified(p)


def provider(p, method, path, **form):
    answer = p.http(method, f"/v1/{path}", urllib.parse.urlencode(form) if form else None,
                    {"Authorization": "Bearer sk_test_ropewalk",
                     "Content-Type": "application/x-www-form-urlencoded"})
    return answer.json()


def test_provider_agrees(p, currency):
    """What the provider has booked is what our books say of it: amounts and fees."""
    fee = FEES[currency]
    me, amount = Reader(p), CURRENCIES[currency][3]
    begun = post(me, "/wallet/topups", amount_micros=str(amount)).json()
    browse(p, begun["url"], outcome="succeeds")
    finished(me, begun["checkout"])
    unit = 10 ** (6 - CURRENCIES[currency][1])
    booked = provider(p, "GET", "balance_transactions?limit=1")["data"][0]
    assert booked["amount"] * unit == amount and booked["currency"] == currency.lower(), booked
    assert booked["fee"] * unit == fee, booked
    exported = me.http("GET", "/wallet/export").json()
    assert exported["checkouts"][0]["amount_micros"] == str(amount), exported
    assert exported["whole"] is True and exported["reader_key"] == me.id


def test_webhooks(p, currency):
    """The reader never comes back: the webhook books it, late, twice and in any order, once."""
    amount = CURRENCIES[currency][3]
    for travels in ("twice", "reversed", ""):
        me = Reader(p)
        begun = post(me, "/wallet/topups", amount_micros=str(amount)).json()
        browse(p, begun["url"], outcome="succeeds", webhooks=travels)
        run(p, "Courier")
        wait_for("the webhook", lambda: int(wallet(me)["wallet_micros"]) == amount)
        assert run(p, "Courier") == {"delivered": 0, "failed": 0}
        assert int(wallet(me)["wallet_micros"]) == amount, travels
    verified(p)


def test_lost_webhook(p, currency):
    """Neither the reader nor a webhook comes: the scheduled function asks."""
    amount = CURRENCIES[currency][3]
    me = Reader(p)
    begun = post(me, "/wallet/topups", amount_micros=str(amount)).json()
    browse(p, begun["url"], outcome="times_out", webhooks="never")
    p.ctl("clock", "advance", "180s")
    p.skew += 180
    run(p, "Settle")
    assert int(wallet(me)["wallet_micros"]) == amount
    verified(p)


def test_slow_bank(p, currency):
    """Processing is open until the bank has decided."""
    amount = CURRENCIES[currency][3]
    me = Reader(p)
    begun = post(me, "/wallet/topups", amount_micros=str(amount)).json()
    browse(p, begun["url"], outcome="processing")
    finished(me, begun["checkout"], "processing")
    p.ctl("clock", "advance", "70s")
    p.skew += 70
    assert int(finished(me, begun["checkout"])["wallet_micros"]) == amount
    verified(p)


def test_bank_asks(p, currency):
    """A bank that wants to see the reader is asked on its page; the charge waits for it."""
    me, shop = Reader(p), articles(p)
    pledge(p, me, shop[0])
    pledge(p, me, shop[1])
    answer = post(me, "/wallet/methods", method="pm_card_authenticationRequired")
    assert answer.status == 200, answer
    charge = answer.json()["charge"]
    assert charge["state"] == "unknown" and charge["reason"] == "requires_action", charge
    assert wallet(me)["charge"]["url"] == charge["url"]
    browse(p, charge["url"], outcome="yes")
    run(p, "Courier")
    wait_for("the charge", lambda: wallet(me)["charge"]["state"] == "succeeded")
    verified(p)


def test_setup_heard_of(p, currency):
    """The reader saves a method and never comes back: the webhook's message pays what was owed."""
    me, shop = Reader(p), articles(p)
    pledge(p, me, shop[0])
    pledge(p, me, shop[1])
    begun = post(me, "/wallet/setups").json()
    browse(p, begun["url"], outcome="succeeds", webhooks="twice")
    run(p, "Courier")
    wait_for("the charge", lambda: (wallet(me)["charge"] or {}).get("state") == "succeeded")
    owed = 2 * int(shop[0]["price_micros"])
    assert int(wallet(me)["charge"]["amount_micros"]) == owed // STEPS[currency] * STEPS[currency]
    assert finished(me, begun["checkout"])["charge"] is None
    verified(p)


def test_somebody_elses(p, currency):
    """A payment and its dispute that are not ours, in the same account: heard, and passed over."""
    customer = provider(p, "POST", "customers", description="not a reader")["id"]
    method = provider(p, "POST", "payment_methods/pm_card_createDispute/attach",
                      customer=customer)["id"]
    paid = provider(p, "POST", "payment_intents", amount="5000", currency=currency.lower(),
                    customer=customer, payment_method=method, confirm="true", off_session="true")
    assert paid["status"] == "succeeded", paid
    def lost():
        return [line for line in p.ctl("statement")["books"] if line["account"] == "dispute_loss"]

    before = lost()
    assert run(p, "Courier")["failed"] == 0
    assert run(p, "Courier") == {"delivered": 0, "failed": 0}
    assert lost() == before


def test_declined(p, currency):
    me, shop = Reader(p), articles(p)
    pledge(p, me, shop[0])
    pledge(p, me, shop[1])
    answer = post(me, "/wallet/methods", method="pm_card_chargeDeclinedInsufficientFunds").json()
    assert answer["charge"]["state"] == "failed", answer
    assert answer["charge"]["reason"] == "insufficient_funds", answer
    assert int(wallet(me)["tab_micros"]) > 0
    # Another method pays it.
    answer = post(me, "/wallet/methods", method="pm_card_visa").json()
    assert answer["charge"]["state"] == "succeeded", answer
    verified(p)


def test_refund_fails(p, currency):
    """A refund that a bank fails a minute later is in the wallet again."""
    me, amount = Reader(p), CURRENCIES[currency][3]
    begun = post(me, "/wallet/topups", amount_micros=str(amount)).json()
    browse(p, begun["url"], outcome="refund_fails")
    finished(me, begun["checkout"])
    back = post(me, "/wallet/refunds").json()
    assert int(back["pending_micros"]) == amount and int(back["wallet_micros"]) == 0, back
    p.ctl("clock", "advance", "70s")
    p.skew += 70
    provider(p, "GET", "refunds")  # the provider wakes
    run(p, "Courier")
    wait_for("the money", lambda: int(wallet(me)["wallet_micros"]) == amount)
    verified(p)


def test_caps(p, currency):
    me, shop = Reader(p), articles(p)
    price = int(shop[0]["price_micros"])
    set_ = post(me, "/wallet/caps", day_micros=str(price)).json()
    assert set_["caps"]["day_micros"] == str(price) and set_["caps"]["month_micros"] is None, set_
    pledge(p, me, shop[0])
    pledge(p, me, shop[1], "cap_reached")
    assert post(me, "/wallet/caps").json()["caps"]["day_micros"] is None
    pledge(p, me, shop[1])
    page = me.http("GET", "/wallet/history?limit=1").json()
    rest = me.http("GET", f"/wallet/history?limit=5&before={page['next']}").json()
    assert [len(page["entries"]), len(rest["entries"]), rest["next"]] == [1, 1, None], (page, rest)


def test_deletion(p, currency):
    me, shop = Reader(p), articles(p)
    begun = post(me, "/wallet/topups", amount_micros=str(CURRENCIES[currency][3])).json()
    browse(p, begun["url"], outcome="succeeds")
    finished(me, begun["checkout"])
    pledge(p, me, shop[0])
    refused = post(me, "/wallet/deletion")
    assert refused.status == 409 and refused.error_code == "not_settled", refused
    post(me, "/wallet/refunds")
    late = post(me, "/wallet/setups").json()
    customer = provider(p, "GET", "customers?limit=1")["data"][0]["id"]
    gone = post(me, "/wallet/deletion")
    assert gone.status == 200 and gone.json()["kept"] and gone.json()["erased"], gone
    assert all(int(left["amount_micros"]) < STEPS[currency] for left in gone.json()["left"]), gone
    # The page was still open: what is saved there now is forgotten, here and there.
    browse(p, late["url"], outcome="succeeds")
    run(p, "Courier")
    assert wait_for("the customer to be gone", lambda: provider(
        p, "GET", f"customers/{customer}").get("deleted"))
    assert wallet(me)["method"] is False
    assert me.http("GET", "/wallet/export").json()["pledges"] == []
    assert me.http("GET", f"/entitlements/{shop[0]['id']}").json()["entitled"] is False
    verified(p)


def test_dispute(p, currency):
    """A charge that is disputed at once: told by webhooks in reverse, booked once, won again."""
    me, shop = Reader(p), articles(p)
    pledge(p, me, shop[0])
    pledge(p, me, shop[1])
    answer = post(me, "/wallet/methods", method="pm_card_createDispute").json()
    assert answer["charge"]["state"] == "succeeded", answer
    run(p, "Courier")
    before = int(p.earnings()["publisher_micros"])
    verified(p)
    dispute = provider(p, "GET", "disputes?limit=1")["data"][0]
    provider(p, "POST", f"disputes/{dispute['id']}", **{
        "evidence[uncategorized_text]": "winning_evidence"})
    run(p, "Courier")
    won = 2 * int(shop[0]["price_micros"])
    step = STEPS[currency]
    share = won // step * step * 7 // 10
    wait_for("the dispute to be won",
             lambda: int(p.earnings()["publisher_micros"]) - before == share)
    verified(p)


def test_farthingctl(p, currency):
    """The same from a terminal: sentences for people, objects for programs, exit codes for both."""
    shop = articles(p)
    price, amount = int(shop[0]["price_micros"]), CURRENCIES[currency][3]
    who = ("--reader", "ann")

    def says(*words, code=0):
        result = subprocess.run([str(FARTHINGCTL), *words, *who, "--data-dir", str(p.data_dir)],
                                capture_output=True, text=True, env=p.env, timeout=60, check=False)
        assert result.returncode == code, (words, result.returncode, result.stdout, result.stderr)
        return result.stdout + result.stderr

    assert "Nothing is owed." in says("tab")
    # Signed by the platform's clock, and this month is the platform's.
    assert p.ctl("statement")["month"] in {month_at(p, p.skew - 60), month_at(p, p.skew)}
    says("wallet", "top-up", "5", "--outcome", "maybe", code=64)
    assert p.ctl("read", shop[0]["id"], "--pay", *who)["moved_micros"] == str(price)
    assert p.ctl("tab", *who)["tab_micros"] == str(price)
    says("tab", "pay", code=1)
    back = p.ctl("read", shop[0]["id"], "--refund", *who)
    assert back["refunded_micros"] == str(price) and back["tab_micros"] == "0", back
    says("read", shop[0]["id"], "--refund", code=66)
    opened = says("wallet", "top-up", str(amount // 10 ** 6))
    assert "Open this page: http://127.0.0.1:" in opened and "wallet visit " in opened, opened
    says("wallet", "top-up", "nothing", code=64)
    says("wallet", "top-up", "0.01", code=1)
    says("wallet", "visit", "0" * 32, code=66)
    filled = p.ctl("wallet", "top-up", str(amount // 10 ** 6), "--outcome", "succeeds", *who)
    assert filled["state"] == "succeeded" and filled["wallet_micros"] == str(amount), filled
    assert p.ctl("wallet", *who)["money"] == "test"
    capped = p.ctl("wallet", "caps", "--day", "0", *who)
    assert capped["caps"]["day_micros"] == "0" and capped["caps"]["month_micros"] is None, capped
    assert "limit you have set" in says("read", shop[1]["id"], "--pay", code=1)
    p.ctl("wallet", "caps", "--day", "none", *who)
    assert p.ctl("read", shop[1]["id"], "--pay", *who)["entitled_by"] == "wallet"
    kinds = [e["kind"] for e in p.ctl("wallet", "history", "--limit", "3", *who)["entries"]]
    assert kinds == ["pledge", "topup", "refund"], kinds
    assert p.ctl("wallet", "method", "--outcome", "succeeds", *who)["method"] is True
    refunded = p.ctl("wallet", "refund", *who)
    assert int(refunded["refunded_micros"]) == amount - price, refunded
    mine = p.data_dir / "mine.json"
    says("wallet", "export", str(mine))
    told = p.ctl("wallet", "export", str(mine), *who)
    assert told["bytes"] == mine.stat().st_size and told["file"] == str(mine), told
    assert mine.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(mine.read_text())["pledges"]) == 2
    says("wallet", "delete", code=64)
    # The first page is still open; it is let go before anybody is forgotten.
    says("wallet", "delete", "--yes", code=1)
    p.ctl("clock", "advance", "25h")
    p.skew += 25 * 3600
    run(p, "Settle")
    says("wallet", "delete", "--yes")
    for days in ("0", "-3", "36501"):  # it would hold for ever
        says("token", "create", "short", f"--days={days}", code=64)
    assert p.ctl("token", "create", "short", "--days", "1")["expires_us"] > 0
    for command in ("ledger", "wallet", "tab", "payout", "statement", "token", "audit", "backup",
                    "restore", "clock", "golive", "secret", "read"):
        helped = subprocess.run([str(FARTHINGCTL), command, "--help"], capture_output=True,
                                text=True, env=p.env, timeout=60, check=False).stdout
        assert helped.startswith(f"Examples:\n  farthingctl {command}"), helped
        assert "--json" in helped and f"\nUsage: farthingctl {command}" in helped, helped


def month_at(p, skew):
    return time.strftime("%Y-%m", time.gmtime(time.time() + skew))


def printed_and_given(p, month):
    """A statement as people and as programs get it, of one moment: nothing was booked between."""
    def tried():
        given = p.ctl("statement", "--month", month)
        printed = subprocess.run([str(FARTHINGCTL), "statement", "--month", month, "--data-dir",
                                  str(p.data_dir)], capture_output=True, text=True, env=p.env,
                                 timeout=60, check=True).stdout
        return p.ctl("statement", "--month", month) == given and (printed, given)
    return wait_for("a quiet moment", tried)


def follow(printed, given):
    """Reads a printed statement as an accountant does."""
    def amount(text):
        return int(Decimal(text) * 10 ** 6)

    def side(text, mark):
        return -amount(text) if mark == "Dr" else amount(text)

    blocks = [b.splitlines() for b in printed.strip().split("\n\n")]
    assert blocks[0][0].startswith(f"Statement of {given['month']}, the whole books, USD (test"), \
        blocks[0]
    lines = re.compile(r"  (.+?) +(-?\d+\.\d{6})(?:  \((\d+)\))?$")
    gross, taken, fee, net = (amount(lines.match(line)[2]) for line in blocks[1][1:5])
    assert gross + taken + fee == net == int(given["summary"]["net_micros"]), blocks[1]
    for block, name in zip(blocks[2:6], ("estimated", "final", "fee_estimated", "fee_final")):
        read = [lines.match(line) for line in block[1:]]
        assert all(read), block
        sums = [amount(line[2]) for line in read]
        assert sum(sums[:-1]) == sums[-1] == int(given[name]["closing_micros"]), block
        assert [int(line[3]) for line in read[1:-1]] == [x["n"] for x in given[name]["lines"]]
    rows = [re.match(r"(.+?)  +(\S+)(?: (Dr|Cr))? +(\S+) +(\S+) +(\S+)(?: (Dr|Cr))? *$", line)
            for line in blocks[6][2:]]
    assert all(rows) and len(rows) > 4, blocks[6]
    for row in rows:
        assert side(row[2], row[3]) - amount(row[4]) + amount(row[5]) == side(row[6], row[7]), \
            row[0]
    together, rows = rows[-1], rows[:-1]
    assert together[1] == "together" and together[4] == together[5], together[0]
    assert sum(amount(r[4]) for r in rows) == amount(together[4]), together[0]
    assert sum(side(r[6], r[7]) for r in rows) == side(together[6], together[7]) == 0


def test_statement(p, currency):
    """What all these stories came to, as an accountant reads it: each block leads from its beginning
    to its end, debits are credits, and the printed page says to the micro what the object does."""
    kinds = set()
    for month in sorted({month_at(p, 0), month_at(p, p.skew)}):
        printed, given = printed_and_given(p, month)
        follow(printed, given)
        kinds |= {line["kind"] for line in given["final"]["lines"]}
    assert {"settled", "wallet", "payouts", "payouts_failed"} <= kinds, kinds


def test_damaged(p, currency):
    """Books of a stopped platform that somebody has changed, and a file with a hole: what is wrong
    first is named, and not a byte is written."""
    folder = Path(tempfile.mkdtemp(prefix="farthing-damaged-"))
    try:
        p.ctl("backup", str(folder / "backup"))
        subprocess.run([str(FARTHINGCTL), "restore", str(folder / "backup"), "--data-dir",
                        str(folder)], check=True, capture_output=True, env=p.env, timeout=60)
        books = folder / "money" / "ledger.db"

        def verify():
            before = books.read_bytes()
            result = subprocess.run([str(FARTHINGCTL), "ledger", "verify", "--json", "--data-dir",
                                     str(folder)], capture_output=True, text=True, env=p.env,
                                    timeout=60, check=False)
            assert books.read_bytes() == before, "the file was written to"
            return result.returncode, json.loads(result.stdout)

        code, verdict = verify()
        assert code == 0 and verdict["ok"] is True and verdict["transfers"] > 20, verdict
        whole = books.read_bytes()
        connection = sqlite3.connect(books)
        row = connection.execute("SELECT seq FROM ledger_transfer WHERE amount_micros > 1"
                                 " ORDER BY seq LIMIT 1 OFFSET 9").fetchone()[0]
        connection.execute("UPDATE ledger_transfer SET amount_micros = amount_micros - 1"
                           " WHERE seq = ?", (row,))
        connection.commit()
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        connection.close()
        code, verdict = verify()
        assert code == 1 and verdict["first_bad"] == row, (row, verdict)
        # A hole of a page in the middle.
        page, middle = 4096, len(whole) // 8192 * 4096
        books.write_bytes(whole[:middle] + b"\0" * page + whole[middle + page:])
        code, verdict = verify()
        assert code == 1 and verdict["ok"] is False and verdict["message"], verdict
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_audit(p, currency):
    """No card number is in anything that was written; one that is put there is found and masked."""
    clean = p.ctl("audit", "cards")
    assert clean["planted_found"] > 0 and clean["found"] == 0 and clean["files"] > 5, clean
    assert clean["bytes"] >= (p.data_dir / "money" / "ledger.db").stat().st_size, clean
    planted = p.data_dir / "functions" / "leak.log"
    planted.parent.mkdir(exist_ok=True)
    number = "4242" + "4242" * 3
    planted.write_bytes(b"\x00" * 70000 + f"card={number[:4]} {number[4:8]} {number[8:12]} "
                        f"{number[12:]};".encode() + b"4242424242424241 is none")
    result = subprocess.run([str(FARTHINGCTL), "audit", "cards", "--json", "--data-dir",
                             str(p.data_dir)], capture_output=True, text=True, env=p.env,
                            timeout=60, check=False)
    assert result.returncode == 1 and number not in result.stdout, result
    found = json.loads(result.stdout)
    assert found["found"] == 1, found
    finding = found["findings"][0]
    assert finding["file"].endswith("leak.log") and finding["offset"] == 70005, finding
    assert "visa" in finding["issuer"].lower(), finding
    planted.unlink()


def test_going_live(p, currency):
    """The checklist: each line is asked of the thing itself and says what to do."""
    backup = p.data_dir / "golive"
    p.ctl("backup", str(backup))
    result = subprocess.run([str(FARTHINGCTL), "golive", "--json", "--backup", str(backup),
                             "--data-dir", str(p.data_dir)], capture_output=True, text=True,
                            env=p.env, timeout=120, check=False)
    assert result.returncode == 1, result
    answer = json.loads(result.stdout)
    checks = {c["check"]: c for c in answer["checks"]}
    assert not answer["ready"] and checks["backup"]["ok"], answer
    assert "key for test money" in checks["provider"]["text"], checks["provider"]
    assert "--url" in checks["tls"]["text"] and "--money live" in checks["live"]["text"], checks
    assert "key for test money" in checks["cashier"]["text"], checks["cashier"]
    assert "has its key in the template" in checks["secrets"]["text"], checks["secrets"]
    again = subprocess.run([str(FARTHINGCTL), "golive", "--url", "https://127.0.0.1:9/",
                            "--data-dir", str(p.data_dir)], capture_output=True, text=True,
                           env=p.env, timeout=120, check=False)
    assert again.returncode == 1 and "do not get through" in again.stdout and \
        "[    ]  No backup of the last 7 days" in again.stdout, again


def test_rolled_back(p, currency):
    """Books that were put back to an earlier day: every command that shows figures refuses them,
    for what it was shown before is gone."""
    shop = articles(p)
    backup = p.data_dir / "before"
    p.ctl("backup", str(backup))
    p.ctl("read", shop[2]["id"], "--pay", "--reader", "zoe")
    figures = (["earnings"], ["earnings", "--trace", shop[2]["id"]], ["statement"],
               ["payout", "list"], ["payout", "publishers"])
    wait_for("the pledge under a signed checkpoint",
             lambda: p.ctl("ledger", "checkpoint")["size"] > json.loads(
                 (backup / "backup.json").read_text())["rows"])
    for words in figures:
        p.ctl(*words)
    p.stop()
    p.ctl("restore", str(backup), "--replace", "--lose-newer")
    p.start()
    wait_for("the articles", lambda: p.http("GET", "/articles").status == 200)
    for words in figures:
        result = subprocess.run([str(FARTHINGCTL), *words, "--data-dir", str(p.data_dir)],
                                capture_output=True, text=True, env=p.env, timeout=60, check=False)
        assert result.returncode != 0 and result.stdout == "" and \
            "No figure of this ledger is to be believed" in result.stderr, (words, result)


def test_payouts(p, currency):
    """Publishers are paid out from a terminal: the file is whole, also as an object, and what a
    bank refuses is there again."""
    p.ctl("payout", "account", "--legal-name", "Rope Walk", "--iban", "DE89370400440532013000")
    listed = p.ctl("payout", "publishers")["publishers"]
    name = listed[0]["publisher"]
    p.ctl("payout", "account", "--publisher", name, "--legal-name", "R", "--iban",
          "NL91ABNA0417164300", "--threshold", "0.01")
    p.ctl("clock", "advance", "25h")
    p.skew += 25 * 3600
    run(p, "Settle")
    batch = p.ctl("payout", "prepare")["batches"][0]
    file = p.ctl("payout", "export", batch["batch"])
    assert file["format"] == "pain.001" and file["text"].rstrip().endswith("</Document>"), file
    csv = p.ctl("payout", "export", batch["batch"], "--format", "csv")
    assert csv["text"].count("\n") == batch["payouts"] + 1, csv
    payout = p.ctl("payout", "list")["payouts"][0]
    assert payout["state"] == "exported" and payout["amount_micros"] == batch["amount_micros"]
    failed = p.ctl("payout", "failed", payout["payout"], "--note", "closed")
    assert failed["state"] == "failed", failed
    again = p.ctl("payout", "prepare")["batches"][0]
    assert int(again["amount_micros"]) >= int(batch["amount_micros"]), (batch, again)
    paid = p.ctl("payout", "list")["payouts"][0]
    assert p.ctl("payout", "paid", paid["payout"], "--note", "7")["state"] == "paid"
    verified(p)


def test_live_money(tap):
    """Real money: nobody simulated, nothing broken on purpose, no clock but the world's."""
    def refused():
        with Platform("--money", "live") as p:
            assert p.ctl("status")["money"] == "live"
            traffic = p.control("PUT", "/v1/traffic", {"readers_per_second": 1, "duration_s": 1,
                                                       "seed": 1})
            assert traffic.status == 409 and traffic.error_code == "live_money", traffic
            fault = p.control("POST", "/v1/faults", {"target": "provider", "kind": "error"})
            assert fault.status >= 400 and fault.error_code == "live_money", fault
            clock = p.control("POST", "/v1/clock", {"advance_us": 1000000})
            assert clock.status >= 400, clock
            assert p.ctl("ledger", "verify")["ok"] is True
            # Test money and live money never share a ledger.
            kept = p.data_dir
            p.stop()
            p.extra = ["--money", "test"]
            try:
                p.start()
            except AssertionError as ended:
                assert "money" in str(ended), ended
                p.process = None
            else:
                raise AssertionError(f"test money was opened on the live ledger of {kept}")
        try:
            with Platform("--money", "live", "--test-clock"):
                raise AssertionError("live money on a test clock")
        except AssertionError as ended:
            assert "test clock" in str(ended) and "ended with" in str(ended), ended
    tap.run("live money is not played with", refused)


class TestPlatform(Platform):
    """With a clock that is moved; readers sign by it."""
    skew = 0


def stories(tap, currency, tests):
    folder = Path(tempfile.mkdtemp(prefix="farthing-money-"))
    try:
        template = publication(currency, folder / "publication")
        with TestPlatform("--test-clock", template=template) as p:
            original = Reader.sign

            def sign(self, *args, **how):
                import time
                how.setdefault("created", int(time.time()) + p.skew)
                return original(self, *args, **how)
            Reader.sign = sign
            try:
                wait_for("the articles", lambda: p.http("GET", "/articles").status == 200)
                for test in tests:
                    tap.run(f"{currency}: " + test.__name__[5:].replace("_", " "), test, p,
                            currency)
            finally:
                Reader.sign = original
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    tap = Tap()
    stories(tap, "USD", [test_tab, test_wallet, test_provider_agrees, test_webhooks,
                         test_lost_webhook, test_slow_bank, test_bank_asks, test_setup_heard_of,
                         test_somebody_elses, test_declined,
                         test_refund_fails, test_dispute, test_caps, test_deletion,
                         test_farthingctl, test_payouts, test_statement, test_damaged, test_audit,
                         test_going_live, test_rolled_back])
    test_live_money(tap)
    for currency in ("EUR", "JPY", "KWD", "BHD"):
        stories(tap, currency, [test_amounts, test_tab, test_wallet, test_provider_agrees])
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
