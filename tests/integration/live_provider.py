#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A payment provider elsewhere, for live money: a server of its own that speaks what Stripe documents
(API reference, read 2026-11) of exactly what is used here, over HTTPS alone. It shares nothing with
the bundled test provider: objects in one dictionary where a reference is an id until it is expanded,
forms checked against a table of parameters, and a signer of its own.

    live_provider.py CERTIFICATE KEY CA

The key of the account and the secret of the webhooks come on stdin, a line each, and so does, a line
each from then on, what the test wants: "hook URL" (where events go), "tell" (sends what waits), "reset",
"mode test" (answers about the other money from now on), "card" (one that nobody has, and a message of it).
Answers, one JSON line each, on stdout; the first has the port."""

import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse

LOCK = threading.Lock()
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# parameter → its form; "" stands for metadata's own names
CREATE = {
    "customers": {"description", "email", "metadata"},
    "checkout/sessions": {"mode", "success_url", "cancel_url", "client_reference_id", "metadata",
                          "customer", "currency", "line_items", "payment_intent_data", "expand"},
    "payment_intents": {"amount", "currency", "customer", "payment_method", "confirm",
                        "off_session", "return_url", "metadata", "expand"},
    "refunds": {"payment_intent", "amount", "reason", "metadata", "expand"},
}
LISTS = {"payment_intents": {"customer", "limit", "created", "starting_after", "expand"},
         "refunds": {"payment_intent", "limit", "starting_after", "expand"},
         "disputes": {"limit", "created", "starting_after", "expand"},
         "customers": {"limit", "email", "starting_after", "expand"}}
KINDS = {"customers": "customer", "checkout/sessions": "checkout.session",
         "payment_intents": "payment_intent", "refunds": "refund", "disputes": "dispute",
         "payment_methods": "payment_method", "charges": "charge",
         "balance_transactions": "balance_transaction", "setup_intents": "setup_intent"}


class Refusal(Exception):
    def __init__(self, status, message, kind="invalid_request_error", **more):
        super().__init__(message)
        self.status, self.error = status, {"type": kind, "message": message, **more}


class Account:
    """What the provider knows."""

    def __init__(self):
        self.objects, self.order, self.keys = {}, [], {}
        self.events, self.asked, self.hook, self.live = [], [], None, True

    def new(self, kind, prefix, **members):
        identity = prefix + "_" + "".join(LETTERS[b % 62] for b in os.urandom(24))
        thing = {"id": identity, "object": kind, "created": int(time.time()),
                 "livemode": True, "metadata": {}, **members}
        if kind in ("refund", "balance_transaction"):
            del thing["livemode"]  # these two do not say
        self.objects[identity] = thing
        self.order.insert(0, identity)
        return thing

    def find(self, kind, identity):
        thing = self.objects.get(identity)
        if not thing or thing["object"] != kind:
            raise Refusal(404, f"No such {kind}: '{identity}'", code="resource_missing")
        return thing

    def happened(self, kind, thing):
        self.events.append({"id": "evt_" + os.urandom(12).hex(), "object": "event",
                            "api_version": "2025-09-30.clover", "created": int(time.time()),
                            "livemode": True, "pending_webhooks": 1, "type": kind,
                            "data": {"object": json.loads(json.dumps(thing))},
                            "request": {"id": None, "idempotency_key": None}})

    def expanded(self, thing, paths):
        thing = json.loads(json.dumps(thing))
        for path in paths:
            self.expand(thing, path.split("."))
        if "livemode" in thing:
            thing["livemode"] = self.live
        return thing

    def expand(self, thing, path):
        value = thing.get(path[0])
        if isinstance(value, list):
            for one in value:
                self.expand(one, path[1:])
            return
        if isinstance(value, str) and value in self.objects:
            thing[path[0]] = value = json.loads(json.dumps(self.objects[value]))
        elif path[0] not in thing:
            raise Refusal(400, f"This property cannot be expanded ({path[0]}).")
        if isinstance(value, dict) and path[1:]:
            self.expand(value, path[1:])


def nested(pairs):
    """a[b][0][c]=1 → {"a": {"b": {"0": {"c": "1"}}}}, and a[]=1 → {"a": ["1"]}"""
    form = {}
    for name, value in pairs:
        names = re.findall(r"[^\[\]]+|\[\]", name)
        into = form
        for one, after in zip(names, names[1:] + [None]):
            if after == "[]":
                into.setdefault(one, []).append(value)
                break
            if after is None:
                into[one] = value
            else:
                into = into.setdefault(one, {})
    # expand[0]=… as expand[]=…
    if isinstance(form.get("expand"), dict):
        form["expand"] = list(form["expand"].values())
    return form


def whole(form, name, least=0):
    if not re.fullmatch(r"\d{1,8}", form.get(name, "")) or int(form[name]) < least:
        raise Refusal(400, f"Invalid integer: {name}", param=name)
    return int(form[name])


def currency(form):
    if not re.fullmatch(r"[a-z]{3}", form.get("currency", "")):
        raise Refusal(400, f"Invalid currency: {form.get('currency')}", param="currency")
    return form["currency"]


def https(form, name):
    if not form.get(name, "").startswith("https://"):
        raise Refusal(400, "Livemode requests must always be redirected via HTTPS.", param=name)
    return form[name]


class Api:
    """The calls, by method and path."""

    def __init__(self, account, origin):
        self.account, self.origin = account, origin

    def customers(self, form):
        return self.account.new("customer", "cus", description=form.get("description"),
                                email=form.get("email"), metadata=form.get("metadata", {}))

    def checkout_sessions(self, form):
        mode, account = form.get("mode"), self.account
        if mode not in ("payment", "setup"):
            raise Refusal(400, "Invalid mode", param="mode")
        if form.get("customer"):
            account.find("customer", form["customer"])
        members = {"mode": mode, "status": "open", "payment_status": "unpaid",
                   "success_url": https(form, "success_url"),
                   "cancel_url": https(form, "cancel_url"), "customer": form.get("customer"),
                   "client_reference_id": form.get("client_reference_id"),
                   "metadata": form.get("metadata", {}), "payment_intent": None,
                   "setup_intent": None, "expires_at": int(time.time()) + 86400}
        if mode == "setup":
            members["currency"] = currency(form)
            members["payment_status"] = "no_payment_required"
            members["setup_intent"] = account.new("setup_intent", "seti", payment_method=None,
                                                  status="requires_payment_method")["id"]
        else:
            item = form.get("line_items", {}).get("0", {})
            price = item.get("price_data", {})
            if not price.get("product_data", {}).get("name"):
                raise Refusal(400, "Missing required param: product_data", param="line_items")
            members["currency"] = currency(price)
            members["amount_total"] = whole(price, "unit_amount", 50) * whole(item, "quantity", 1)
            members["_data"] = form.get("payment_intent_data", {})
        session = account.new("checkout.session", "cs_live", **members)
        session["url"] = f"{self.origin}/c/pay/{session['id']}"
        return session

    def pay(self, session):
        """What the holder of a card does on the page, of which nobody else learns."""
        account = self.account
        if session["status"] != "open":
            raise Refusal(400, "This page is over.")
        if not session["customer"]:
            session["customer"] = account.new("customer", "cus", description=None)["id"]
        method = account.new("payment_method", "pm", type="card", customer=session["customer"],
                             card={"brand": "visa", "last4": "0000"})
        if session["mode"] == "setup":
            intent = account.objects[session["setup_intent"]]
            intent["payment_method"], intent["status"] = method["id"], "succeeded"
        else:
            session["payment_intent"] = self.charged(
                session["amount_total"], session["currency"], session["customer"], method["id"],
                session["_data"].get("metadata", {}))["id"]
            session["payment_status"] = "paid"
        session["status"], session["url"] = "complete", None
        account.happened("checkout.session.completed",
                         {k: v for k, v in session.items() if not k.startswith("_")})

    def charged(self, amount, unit, customer, method, metadata):
        account = self.account
        intent = account.new("payment_intent", "pi", amount=amount, currency=unit,
                             customer=customer, payment_method=method, metadata=metadata,
                             status="succeeded", amount_received=amount, last_payment_error=None,
                             next_action=None, cancellation_reason=None)
        charge = account.new("charge", "ch", amount=amount, currency=unit, amount_refunded=0,
                             payment_intent=intent["id"], customer=customer, paid=True,
                             balance_transaction=None, status="succeeded")
        # Captured asynchronously: what it cost is known when it is asked for the second time.
        charge["_booked"] = account.new("balance_transaction", "txn", amount=amount, currency=unit,
                                        fee=(amount * 29 + 999) // 1000 + 30, type="charge",
                                        source=charge["id"], status="pending")["id"]
        intent["latest_charge"] = charge["id"]
        account.happened("payment_intent.succeeded", intent)
        return intent

    def payment_intents(self, form):
        account = self.account
        method = account.find("payment_method", form.get("payment_method", ""))
        customer = account.find("customer", form.get("customer", ""))
        if method["customer"] != customer["id"]:
            raise Refusal(400, "The payment method does not belong to the customer.")
        if form.get("confirm") != "true":
            raise Refusal(400, "Only confirmed ones are made here.", param="confirm")
        if "return_url" in form:
            https(form, "return_url")
            if "off_session" in form:
                raise Refusal(400, "return_url cannot be used with off_session.")
        if whole(form, "amount", 1) < 50:
            raise Refusal(400, "Amount must be at least $0.50 usd", code="amount_too_small")
        return self.charged(whole(form, "amount"), currency(form), customer["id"], method["id"],
                            form.get("metadata", {}))

    def refunds(self, form):
        account = self.account
        intent = account.find("payment_intent", form.get("payment_intent", ""))
        charge = account.objects[intent["latest_charge"]]
        left = charge["amount"] - charge["amount_refunded"]
        amount = whole(form, "amount", 1) if "amount" in form else left
        if amount > left:
            raise Refusal(400, "Refund amount is greater than unrefunded amount on charge",
                          code="charge_already_refunded" if not left else None)
        if form.get("reason") not in (None, "duplicate", "fraudulent", "requested_by_customer"):
            raise Refusal(400, "Invalid reason", param="reason")
        charge["amount_refunded"] += amount
        refund = account.new("refund", "re", amount=amount, currency=charge["currency"],
                             charge=charge["id"], payment_intent=intent["id"],
                             reason=form.get("reason"), status="succeeded",
                             metadata=form.get("metadata", {}))
        account.happened("refund.created", refund)
        return refund

    def listed(self, name, query):
        kind, wanted = KINDS[name], []
        least = int(query.get("created", {}).get("gte", 0))
        limit = int(query.get("limit", "10"))
        if not 1 <= limit <= 100:
            raise Refusal(400, "Invalid limit", param="limit")
        for identity in self.account.order:
            thing = self.account.objects[identity]
            if thing["object"] == kind and thing["created"] >= least and all(
                    thing.get(k) == query[k] for k in ("customer", "payment_intent", "email")
                    if k in query):
                wanted.append(thing)
        if "starting_after" in query:
            ids = [w["id"] for w in wanted]
            wanted = wanted[ids.index(query["starting_after"]) + 1:]
        return {"object": "list", "url": f"/v1/{name}", "has_more": len(wanted) > limit,
                "data": wanted[:limit]}

    def call(self, method, path, query, form):
        account = self.account
        if path == "balance":
            return {"object": "balance", "livemode": account.live,
                    "available": [{"amount": 0, "currency": "usd"}],
                    "pending": [{"amount": 0, "currency": "usd"}]}
        name = path if path in KINDS else path.rsplit("/", 1)[0]
        if path in LISTS and method == "GET":
            self.known(query, LISTS[path])
            return self.listed(path, query)
        if path in CREATE and method == "POST":
            self.known(form, CREATE[path])
            return getattr(self, path.replace("/", "_"))(form)
        match = re.fullmatch(r"payment_methods/(\w+)/attach", path)
        if match and method == "POST":
            self.known(form, {"customer", "expand"})
            thing = account.find("payment_method", match[1])
            thing["customer"] = account.find("customer", form["customer"])["id"]
            return thing
        match = re.fullmatch(r"payment_intents/(\w+)/cancel", path)
        if match and method == "POST":
            raise Refusal(400, "This PaymentIntent has succeeded and cannot be cancelled.",
                          code="payment_intent_unexpected_state")
        if name in KINDS and name != path:
            thing = account.find(KINDS[name], path.rsplit("/", 1)[1])
            if method == "DELETE" and name == "customers":
                del account.objects[thing["id"]]
                account.order.remove(thing["id"])
                return {"id": thing["id"], "object": "customer", "deleted": True}
            if method == "GET":
                self.known(query, {"expand"})
                return thing
        raise Refusal(404, f"Unrecognized request URL ({method}: /v1/{path}).")

    @staticmethod
    def known(form, names):
        unknown = set(form) - names
        if unknown:
            raise Refusal(400, f"Received unknown parameter: {sorted(unknown)[0]}",
                          code="parameter_unknown", param=sorted(unknown)[0])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, body, kind="application/json", **headers):
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        url = urllib.parse.urlsplit(self.path)
        with LOCK:
            if url.path.startswith("/c/pay/"):
                self.page(url.path.rsplit("/", 1)[1])
            elif url.path.startswith("/v1/"):
                self.api(url.path[4:], url.query, body)
            else:
                self.reply(404, "nothing here", "text/plain")

    def page(self, identity):
        account, api = self.server.account, self.server.api
        session = account.objects.get(identity)
        if session is None or self.command not in ("GET", "POST"):
            self.reply(404, "nothing here", "text/plain")
        elif self.command == "GET":
            self.reply(200, "<!doctype html><title>Pay</title>", "text/html")
        else:
            success = session["success_url"]
            api.pay(session)
            self.reply(303, "", "text/plain", Location=success)

    def api(self, path, query, body):
        account = self.server.account
        status, more = 200, {}
        try:
            if self.headers.get("Authorization") != f"Bearer {self.server.secret_key}":
                account.asked.append({"method": self.command, "path": path, "status": 401})
                raise Refusal(401, "Invalid API Key provided")
            if body and self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
                raise Refusal(400, "Send forms.")
            asked = nested(urllib.parse.parse_qsl(query, True, True))
            form = nested(urllib.parse.parse_qsl(body, True, True)) if body else {}
            answer, status, more = self.once(path, asked, form)
        except Refusal as refusal:
            answer, status = {"error": refusal.error}, refusal.status
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            answer, status = {"error": {"type": "api_error", "message": repr(error)}}, 500
        if status != 401:
            account.asked.append({"method": self.command, "path": path, "status": status,
                                  "key": self.headers.get("Idempotency-Key"),
                                  "message": answer.get("error", {}).get("message")})
        self.reply(status, answer, **more)

    def once(self, path, query, form):
        """A key that was used answers as it did then, and refuses another call."""
        account, api = self.server.account, self.server.api
        key = self.headers.get("Idempotency-Key") if self.command == "POST" else None
        said = hashlib.sha256(json.dumps([path, form], sort_keys=True).encode()).hexdigest()
        if key in account.keys:
            kept = account.keys[key]
            if kept["said"] != said:
                raise Refusal(400, "Keys for idempotent requests can only be used with the same "
                              "parameters they were first used with.", "idempotency_error")
            return kept["answer"], kept["status"], {"Idempotent_Replayed": "true"}
        status = 200
        try:
            thing = api.call(self.command, path, query, form)
            answer = account.expanded(thing, form.get("expand", []) + query.get("expand", []))
            answer = {k: v for k, v in answer.items() if not k.startswith("_")}
        except Refusal as refusal:
            if refusal.status in (401, 404) or not key:
                raise
            answer, status = {"error": refusal.error}, refusal.status
        for identity in account.order:
            charge = account.objects[identity]
            if charge["object"] == "charge":
                charge["balance_transaction"] = charge["_booked"]
        if key:
            account.keys[key] = {"said": said, "answer": answer, "status": status}
        return answer, status, {}

    do_GET = do_POST = do_DELETE = handle_any

    def log_message(self, *_):
        pass


def signed(event, secret, skew=0):
    """An event as it travels, and the header that goes with it."""
    raw = json.dumps(event, indent=2).encode()
    when = int(time.time()) + skew
    signature = hmac.new(secret.encode(), b"%d." % when + raw, hashlib.sha256).hexdigest()
    return raw, when, signature


def deliver(account, secret, trust, skew=0, forged=False):
    """Posts what waits to the endpoint; the statuses that it answered."""
    statuses = []
    url = urllib.parse.urlsplit(account.hook)
    with LOCK:
        waiting, account.events = account.events, []
    for event in waiting:
        event["livemode"] = account.live
        raw, when, signature = signed(event, secret, skew)
        if forged:
            signature = signature[::-1]
        connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=60, context=trust)
        connection.request("POST", url.path, raw, {
            "Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0",
            "Stripe-Signature": f"t={when},v1={signature}"})
        answer = connection.getresponse()
        statuses.append([event["type"], answer.status, answer.read().decode()])
        connection.close()
    return statuses


def main():
    certificate, key, authority = sys.argv[1:4]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    port = server.server_port
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    server.secret_key = sys.stdin.readline().strip()
    secret = sys.stdin.readline().strip()
    server.account = account = Account()
    server.api = Api(account, f"https://127.0.0.1:{port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trust = ssl.create_default_context(cafile=authority)
    print(json.dumps({"port": port}), flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        answer = {}
        if word == "hook":
            account.hook = rest
        elif word == "mode":
            account.live = rest == "live"
        elif word == "tell":
            answer = {"told": deliver(account, secret, trust, -3600 if rest == "stale" else 0,
                                      rest == "forged")}
        elif word == "asked":
            with LOCK:
                answer, account.asked = {"asked": account.asked}, []
        elif word == "sums":
            charges = [o for o in account.objects.values() if o["object"] == "charge"]
            answer = {"charged": sum(c["amount"] for c in charges), "charges": len(charges),
                      "refunded": sum(c["amount_refunded"] for c in charges)}
        elif word == "reset":
            account.__init__()
        elif word == "card":
            method = account.new("payment_method", "pm", type="card", customer=None)
            account.happened("payment_method.updated", method)
            raw, when, signature = signed(account.events.pop(), secret)
            answer = {"method": method["id"], "payload": raw.decode(),
                      "header": f"t={when},v1={signature}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
