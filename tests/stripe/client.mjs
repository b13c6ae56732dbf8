// SPDX-License-Identifier: GPL-3.0-or-later
// The npm "stripe" client, unmodified, against the bundled test provider: told only where it is and
// the key. TAP on stdout. Arguments: the gateway's port, the directory that node_modules lies in.
import assert from 'node:assert/strict';
import http from 'node:http';
import {createRequire} from 'node:module';
import path from 'node:path';

const [port, modules] = process.argv.slice(2);
const require = createRequire(path.join(modules, 'package.json'));
const Stripe = require('stripe');
const where = {host: '127.0.0.1', port: Number(port), protocol: 'http', maxNetworkRetries: 0,
  telemetry: false};
const stripe = new Stripe('sk_test_ropewalk', where);
let count = 0, failed = 0;

async function test(name, run) {
  count += 1;
  try {
    await run();
    console.log(`ok ${count} ${name}`);
  } catch (error) {
    failed += 1;
    console.error(error);
    console.log(`not ok ${count} ${name}`);
  }
}

// What a browser does on the hosted page.
function browse(url, form) {
  const body = form ? new URLSearchParams(form).toString() : null;
  return new Promise((resolve, reject) => {
    const request = http.request(url, {method: form ? 'POST' : 'GET', headers: form
      ? {'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length} : {}},
    (answer) => {
      let text = '';
      answer.on('data', (part) => { text += part; });
      answer.on('end', () => resolve({status: answer.statusCode, text,
        location: answer.headers.location}));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function saved(name) {
  const customer = await stripe.customers.create({description: 'a reader',
    metadata: {who: 'somebody'}});
  const method = await stripe.paymentMethods.attach(name, {customer: customer.id});
  assert.equal(method.customer, customer.id);
  return {customer: customer.id, payment_method: method.id};
}

function charge(who, extra, options) {
  return stripe.paymentIntents.create({amount: 523, currency: 'usd', confirm: true,
    off_session: true, ...who, ...extra}, options);
}

async function refused(promise, Type, check) {
  const error = await promise.then(() => null, (e) => e);
  assert.ok(error, 'it was not refused');
  assert.ok(error instanceof Type, `${error.type} ${error.message}`);
  for (const [name, value] of Object.entries(check ?? {})) assert.equal(error[name], value);
  return error;
}

await test('customers: made, read, changed, listed, deleted', async () => {
  const made = await stripe.customers.create({name: 'Ann', email: 'ann@example.com',
    metadata: {a: '1', b: '2'}});
  assert.match(made.id, /^cus_/);
  assert.equal(made.livemode, false);
  const changed = await stripe.customers.update(made.id, {metadata: {a: ''}, name: 'Ann B'});
  assert.deepEqual(changed.metadata, {b: '2'});
  assert.equal((await stripe.customers.retrieve(made.id)).name, 'Ann B');
  const ids = [];
  for await (const one of stripe.customers.list({limit: 2})) ids.push(one.id);
  assert.ok(ids.includes(made.id));
  assert.equal(new Set(ids).size, ids.length);
  assert.equal((await stripe.customers.del(made.id)).deleted, true);
  assert.equal((await stripe.customers.retrieve(made.id)).deleted, true);
  assert.equal((await stripe.customers.retrieve(made.id)).name, undefined);
  await refused(stripe.customers.update(made.id, {name: 'x'}),
    Stripe.errors.StripeInvalidRequestError, {code: 'resource_missing', statusCode: 404});
});

await test('payment methods: attached, listed, detached; a card is refused unread', async () => {
  const who = await saved('pm_card_mastercard');
  const list = await stripe.customers.listPaymentMethods(who.customer);
  assert.deepEqual(list.data.map((m) => m.id), [who.payment_method]);
  assert.equal(list.data[0].card.brand, 'mastercard');
  assert.equal((await stripe.paymentMethods.detach(who.payment_method)).customer, null);
  assert.equal((await stripe.paymentMethods.list({customer: who.customer})).data.length, 0);
  const error = await refused(stripe.paymentMethods.create({type: 'card',
    card: {number: '4242424242424242', exp_month: 1, exp_year: 2040, cvc: '123'}}), Error);
  assert.ok(!JSON.stringify(error).includes('4242424242424242'));
  await refused(stripe.paymentMethods.attach('pm_card_chargeDeclined', {customer: who.customer}),
    Stripe.errors.StripeCardError, {code: 'card_declined'});
});

await test('setup intents keep a method for later', async () => {
  const customer = await stripe.customers.create();
  const setup = await stripe.setupIntents.create({customer: customer.id,
    payment_method: 'pm_card_visa', confirm: true});
  assert.equal(setup.status, 'succeeded');
  const paid = await charge({customer: customer.id, payment_method: setup.payment_method});
  assert.equal(paid.status, 'succeeded');
});

await test('a charge off session, and what it cost', async () => {
  const paid = await charge(await saved('pm_card_visa'), {metadata: {intent: 'x'},
    expand: ['latest_charge.balance_transaction', 'customer']});
  assert.equal(paid.status, 'succeeded');
  assert.equal(paid.amount_received, 523);
  assert.deepEqual(paid.metadata, {intent: 'x'});
  assert.equal(paid.latest_charge.paid, true);
  assert.equal(paid.latest_charge.balance_transaction.fee, 45); // 15.167 rounded, and 30
  assert.equal(paid.latest_charge.balance_transaction.net, 478);
  assert.equal(paid.customer.object, 'customer');
  const again = await stripe.paymentIntents.retrieve(paid.id);
  assert.equal(again.latest_charge, paid.latest_charge.id);
  const booked = await stripe.balanceTransactions.retrieve(
    paid.latest_charge.balance_transaction.id);
  assert.equal(booked.source, paid.latest_charge.id);
  const found = await stripe.paymentIntents.list({customer: paid.customer.id});
  assert.deepEqual(found.data.map((i) => i.metadata.intent), ['x']);
});

await test('refusals come as errors by their types', async () => {
  const cases = [['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_authenticationRequired', 'authentication_required', 'authentication_required']];
  for (const [name, code, declined] of cases) {
    const error = await refused(charge(await saved(name)), Stripe.errors.StripeCardError,
      {code, decline_code: declined, statusCode: 402});
    assert.equal(error.payment_intent.status, 'requires_payment_method');
    assert.equal(error.payment_intent.last_payment_error.code, code);
  }
  await refused(new Stripe('sk_test_wrong', where).customers.list(),
    Stripe.errors.StripeAuthenticationError, {statusCode: 401});
  await refused(charge(await saved('pm_card_visa'), {amount: 49}),
    Stripe.errors.StripeInvalidRequestError, {code: 'amount_too_small'});
  await refused(charge(await saved('pm_card_visa'), {amount: 5125, currency: 'kwd'}),
    Stripe.errors.StripeInvalidRequestError);
  await refused(charge(await saved('pm_card_visa'), {amount: -5}),
    Stripe.errors.StripeInvalidRequestError);
  await refused(stripe.paymentIntents.retrieve('pi_nothing'),
    Stripe.errors.StripeInvalidRequestError, {code: 'resource_missing'});
});

await test('one key is one charge; another request under it is refused', async () => {
  const who = await saved('pm_card_visa');
  const key = `key-${Date.now()}`;
  const first = await charge(who, {}, {idempotencyKey: key});
  const again = await charge(who, {}, {idempotencyKey: key});
  assert.equal(first.id, again.id);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
  assert.equal(first.lastResponse.headers['idempotent-replayed'], undefined);
  await refused(charge(who, {amount: 524}, {idempotencyKey: key}),
    Stripe.errors.StripeIdempotencyError);
  assert.equal((await stripe.paymentIntents.list({customer: who.customer})).data.length, 1);
  const declines = await saved('pm_card_chargeCustomerFail');
  const one = await refused(charge(declines, {}, {idempotencyKey: `${key}-d`}), Error);
  const two = await refused(charge(declines, {}, {idempotencyKey: `${key}-d`}), Error);
  assert.equal(one.payment_intent.id, two.payment_intent.id);
});

await test('a lost answer is found again under its key', async () => {
  const who = await saved('pm_card_timeout');
  const key = `lost-${Date.now()}`;
  await refused(charge(who, {}, {idempotencyKey: key}), Stripe.errors.StripeError);
  const found = await charge(who, {}, {idempotencyKey: key});
  assert.equal(found.status, 'succeeded');
  assert.equal((await stripe.paymentIntents.list({customer: who.customer})).data.length, 1);
});

await test('on session the bank may ask, and the page answers', async () => {
  const customer = await stripe.customers.create();
  const asked = await stripe.paymentIntents.create({amount: 700, currency: 'eur', confirm: true,
    customer: customer.id, payment_method: 'pm_card_authenticationRequired',
    return_url: 'https://example.com/back'});
  assert.equal(asked.status, 'requires_action');
  const url = asked.next_action.redirect_to_url.url;
  assert.equal((await browse(url)).status, 200);
  await browse(url, {outcome: 'yes'});
  assert.equal((await stripe.paymentIntents.retrieve(asked.id)).status, 'succeeded');
  assert.equal((await browse(url)).status, 410);
});

await test('intents wait, are confirmed later, or cancelled', async () => {
  const customer = await stripe.customers.create();
  const waits = await stripe.paymentIntents.create({amount: 500, currency: 'usd',
    customer: customer.id});
  assert.equal(waits.status, 'requires_payment_method');
  const paid = await stripe.paymentIntents.confirm(waits.id, {payment_method: 'pm_card_visa'});
  assert.equal(paid.status, 'succeeded');
  await refused(stripe.paymentIntents.cancel(paid.id), Stripe.errors.StripeInvalidRequestError,
    {code: 'payment_intent_unexpected_state'});
  const other = await stripe.paymentIntents.create({amount: 500, currency: 'usd'});
  assert.equal((await stripe.paymentIntents.cancel(other.id)).status, 'canceled');
});

await test('Checkout in payment mode: declined, then paid', async () => {
  const session = await stripe.checkout.sessions.create({mode: 'payment',
    success_url: 'https://example.com/done?s={CHECKOUT_SESSION_ID}', metadata: {topup: 't1'},
    payment_intent_data: {metadata: {topup: 't1'}},
    line_items: [{quantity: 2, price_data: {currency: 'usd', unit_amount: 500,
      product_data: {name: 'Wallet'}}}]});
  assert.match(session.id, /^cs_test_/);
  assert.equal(session.status, 'open');
  assert.equal(session.amount_total, 1000);
  const page = await browse(session.url);
  assert.equal(page.status, 200);
  assert.match(page.text, /10\.00 USD/);
  assert.ok(!/<input/i.test(page.text), 'the page has a field');
  assert.equal((await browse(session.url, {outcome: 'declines'})).status, 402);
  assert.equal((await stripe.checkout.sessions.retrieve(session.id)).status, 'open');
  const pressed = await browse(session.url, {outcome: 'succeeds'});
  assert.equal(pressed.location, `https://example.com/done?s=${session.id}`);
  const done = await stripe.checkout.sessions.retrieve(session.id,
    {expand: ['payment_intent.latest_charge.balance_transaction']});
  assert.equal(done.status, 'complete');
  assert.equal(done.payment_status, 'paid');
  assert.deepEqual(done.payment_intent.metadata, {topup: 't1'});
  assert.equal(done.payment_intent.latest_charge.balance_transaction.fee, 59);
  assert.equal((await browse(session.url, {outcome: 'succeeds'})).status, 410);
});

await test('Checkout in setup mode saves a method that is charged later', async () => {
  const customer = await stripe.customers.create();
  const session = await stripe.checkout.sessions.create({mode: 'setup', customer: customer.id,
    currency: 'usd', success_url: 'https://example.com/done'});
  await browse(session.url, {outcome: 'succeeds'});
  const done = await stripe.checkout.sessions.retrieve(session.id, {expand: ['setup_intent']});
  assert.equal(done.payment_status, 'no_payment_required');
  const paid = await charge({customer: customer.id,
    payment_method: done.setup_intent.payment_method});
  assert.equal(paid.status, 'succeeded');
  const other = await stripe.checkout.sessions.create({mode: 'setup',
    currency: 'usd', success_url: 'https://example.com/done'});
  assert.equal((await stripe.checkout.sessions.expire(other.id)).status, 'expired');
  await refused(stripe.checkout.sessions.create({mode: 'subscription',
    success_url: 'https://example.com/'}), Stripe.errors.StripeInvalidRequestError);
});

await test('refunds: in part, the rest, and no more; one that fails later', async () => {
  const paid = await charge(await saved('pm_card_visa'));
  const part = await stripe.refunds.create({payment_intent: paid.id, amount: 23});
  assert.equal(part.status, 'succeeded');
  assert.equal((await stripe.charges.retrieve(paid.latest_charge)).amount_refunded, 23);
  const rest = await stripe.refunds.create({charge: paid.latest_charge});
  assert.equal(rest.amount, 500);
  assert.equal((await stripe.charges.retrieve(paid.latest_charge)).refunded, true);
  await refused(stripe.refunds.create({charge: paid.latest_charge}),
    Stripe.errors.StripeInvalidRequestError, {code: 'charge_already_refunded'});
  const slow = await charge(await saved('pm_card_pendingRefund'));
  assert.equal((await stripe.refunds.create({payment_intent: slow.id})).status, 'pending');
  assert.equal((await stripe.refunds.list({payment_intent: paid.id})).data.length, 2);
});

await test('disputes: opened at once, won by evidence, or lost', async () => {
  for (const [evidence, status, n] of [['winning_evidence', 'won', 2], ['x', 'lost', 1]]) {
    const paid = await charge(await saved('pm_card_createDispute'));
    const [dispute] = (await stripe.disputes.list({payment_intent: paid.id})).data;
    assert.equal(dispute.status, 'needs_response');
    assert.equal(dispute.amount, 523);
    await refused(stripe.refunds.create({payment_intent: paid.id}),
      Stripe.errors.StripeInvalidRequestError, {code: 'charge_disputed'});
    const closed = await stripe.disputes.update(dispute.id,
      {evidence: {uncategorized_text: evidence}});
    assert.equal(closed.status, status);
    assert.equal(closed.balance_transactions.length, n);
    await refused(stripe.disputes.close(dispute.id), Stripe.errors.StripeInvalidRequestError);
  }
});

await test('webhooks are signed as constructEvent wants them', async () => {
  const endpoint = await stripe.webhookEndpoints.create({url: 'https://example.com/hook',
    enabled_events: ['payment_intent.succeeded']});
  assert.match(endpoint.secret, /^whsec_/);
  assert.equal((await stripe.webhookEndpoints.retrieve(endpoint.id)).secret, undefined);
  const paid = await charge(await saved('pm_card_visa'));
  const sent = [];
  for (let i = 0; i < 50; i += 1) {
    const due = await stripe.rawRequest('POST', '/v1/test_helpers/webhook_deliveries');
    sent.push(...due.data.filter((d) => d.url === 'https://example.com/hook'));
    if (due.data.length === 0) break;
  }
  assert.equal(sent.length, 1);
  const {payload, stripe_signature: signature} = sent[0];
  const event = stripe.webhooks.constructEvent(payload, signature, endpoint.secret);
  assert.equal(event.type, 'payment_intent.succeeded');
  assert.equal(event.data.object.id, paid.id);
  assert.throws(() => stripe.webhooks.constructEvent(`${payload} `, signature, endpoint.secret),
    Stripe.errors.StripeSignatureVerificationError);
  assert.throws(() => stripe.webhooks.constructEvent(payload, signature, 'whsec_other'),
    Stripe.errors.StripeSignatureVerificationError);
  assert.equal((await stripe.events.retrieve(event.id)).data.object.id, paid.id);
  await stripe.webhookEndpoints.del(endpoint.id);
});

await test('our receiver takes what generateTestHeaderString signs, and nothing else', async () => {
  const payload = JSON.stringify({id: 'evt_of_the_test', object: 'event', type: 'customer.created',
    data: {object: {id: 'cus_x', object: 'customer'}}});
  const now = Math.floor(Date.now() / 1000);
  const post = (body, header) => new Promise((resolve, reject) => {
    const request = http.request({host: '127.0.0.1', port: Number(port), method: 'POST',
      path: '/webhooks/provider', headers: {'content-type': 'application/json',
        'content-length': Buffer.byteLength(body), ...(header && {'stripe-signature': header})}},
    (answer) => {
      let text = '';
      answer.on('data', (part) => { text += part; });
      answer.on('end', () => resolve({status: answer.statusCode, body: JSON.parse(text)}));
    });
    request.on('error', reject);
    request.end(body);
  });
  const sign = (secret, timestamp = now) => stripe.webhooks.generateTestHeaderString({payload,
    secret, timestamp});
  assert.equal((await post(payload, sign('whsec_test_ropewalk'))).status, 200);
  const cases = [[payload, sign('whsec_test_ropewalk', now - 400), 'webhook_stale'],
    [payload, sign('whsec_other'), 'webhook_forged'], [payload, null, 'webhook_unsigned'],
    [`${payload} `, sign('whsec_test_ropewalk'), 'webhook_forged'],
    [payload, 'rubbish', 'webhook_unsigned']];
  for (const [body, header, code] of cases) {
    const answer = await post(body, header);
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error.code, code);
  }
});

console.log(`1..${count}`);
process.exitCode = failed ? 1 : 0;
