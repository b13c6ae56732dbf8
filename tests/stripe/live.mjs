// SPDX-License-Identifier: GPL-3.0-or-later
// The npm "stripe" client, unmodified, against the live provider of the tests (live_provider.py): it
// is to speak as Stripe does, and not merely as our own client hears it. Arguments: its port, the
// directory that node_modules lies in, the key, the webhooks' secret. A signed message on stdin.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

const [port, modules, key, secret] = process.argv.slice(2);
const Stripe = createRequire(path.join(modules, 'package.json'))('stripe');
const where = {host: '127.0.0.1', port: Number(port), protocol: 'https', maxNetworkRetries: 0,
  telemetry: false};
const stripe = new Stripe(key, where);
const {method, payload, header} = JSON.parse(readFileSync(0, 'utf8'));

async function refused(promise, type) {
  const error = await promise.then(() => null, (e) => e);
  assert.equal(error?.type, type, `${error?.type} ${error?.message}`);
}

const customer = await stripe.customers.create({description: 'a reader', metadata: {a: '1'}});
assert.match(customer.id, /^cus_/);
assert.equal(customer.livemode, true);
assert.deepEqual((await stripe.customers.retrieve(customer.id)).metadata, {a: '1'});
assert.equal((await stripe.balance.retrieve()).livemode, true);
await stripe.paymentMethods.attach(method, {customer: customer.id});

const wanted = {amount: 523, currency: 'usd', customer: customer.id, payment_method: method,
  confirm: true, off_session: true};
const paid = await stripe.paymentIntents.create(wanted, {idempotencyKey: 'k'});
assert.equal(paid.status, 'succeeded');
assert.equal((await stripe.paymentIntents.create(wanted, {idempotencyKey: 'k'})).id, paid.id);
await refused(stripe.paymentIntents.create({...wanted, amount: 524}, {idempotencyKey: 'k'}),
  'StripeIdempotencyError');
await refused(stripe.paymentIntents.create({...wanted, amount: 49}), 'StripeInvalidRequestError');
await refused(stripe.paymentIntents.create({...wanted, colour: 'red'}),
  'StripeInvalidRequestError');
const whole = await stripe.paymentIntents.retrieve(paid.id,
  {expand: ['latest_charge.balance_transaction']});
assert.equal(whole.latest_charge.balance_transaction.fee, 46);
const ids = [];
for await (const one of stripe.paymentIntents.list({customer: customer.id})) ids.push(one.id);
assert.deepEqual(ids, [paid.id]);

const refund = await stripe.refunds.create({payment_intent: paid.id, amount: 500});
assert.equal(refund.status, 'succeeded');
await refused(stripe.refunds.create({payment_intent: paid.id, amount: 24}),
  'StripeInvalidRequestError');
const session = await stripe.checkout.sessions.create({mode: 'setup', currency: 'usd',
  customer: customer.id, success_url: 'https://localhost/a', cancel_url: 'https://localhost/b'});
assert.equal(session.status, 'open');
const shown = await stripe.checkout.sessions.retrieve(session.id, {expand: ['setup_intent']});
assert.equal(shown.setup_intent.status, 'requires_payment_method');
await refused(stripe.checkout.sessions.create({mode: 'setup', currency: 'usd',
  success_url: 'http://localhost/a'}), 'StripeInvalidRequestError');
await refused(new Stripe('sk_live_other', where).balance.retrieve(), 'StripeAuthenticationError');
assert.equal((await stripe.disputes.list()).data.length, 0);
assert.equal((await stripe.customers.del(customer.id)).deleted, true);

assert.equal(stripe.webhooks.constructEvent(payload, header, secret).livemode, true);
assert.throws(() => stripe.webhooks.constructEvent(payload, header, 'whsec_other'));
