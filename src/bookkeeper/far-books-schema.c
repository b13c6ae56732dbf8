/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the bookkeeper keeps beside the journal: who is who, what was bought, which requests were
 * answered. Invariants that SQL can hold stand here as CHECK, UNIQUE and REFERENCES:
 *
 * - one live entitlement for a reader, property and article;
 * - every entitlement has its pledge or its completed view;
 * - one open view for a reader and article, one open charge for a tab;
 * - what is settled of a pledge lies between nothing and its price.
 *
 * A person is known by the SHA-256 of a device key, in `readers` and nowhere else; the accounts of
 * the ledger have random ids. Names of columns that hold money end in _micros, of times in _us.
 * Numbers of states are those of the enums in market/. A step that was released is never changed.
 * */
#include "bookkeeper/far-books-schema.h"

static const char schema_1[] =
  "CREATE TABLE properties ("
  "  property INTEGER PRIMARY KEY,"
  "  name TEXT NOT NULL UNIQUE,"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  fee_bps INTEGER NOT NULL CHECK (fee_bps BETWEEN 0 AND 10000),"
  "  fee_receiver TEXT NOT NULL,"
  "  free_type INTEGER NOT NULL CHECK (free_type IN (0, 1)),"
  "  free_limit INTEGER NOT NULL CHECK (free_limit >= 0),"
  "  refund_window_us INTEGER NOT NULL CHECK (refund_window_us >= 0),"
  "  reader_cap_micros INTEGER NOT NULL CHECK (reader_cap_micros >= 0),"
  "  tab_cap_micros INTEGER NOT NULL CHECK (tab_cap_micros >= 0),"
  "  hour_cap_micros INTEGER NOT NULL CHECK (hour_cap_micros >= 0),"
  "  estimated BLOB NOT NULL CHECK (length (estimated) = 16),"
  "  payable BLOB NOT NULL CHECK (length (payable) = 16),"
  "  fee_estimated BLOB NOT NULL CHECK (length (fee_estimated) = 16),"
  "  fee_earned BLOB NOT NULL CHECK (length (fee_earned) = 16)"
  ") STRICT;"

  "CREATE TABLE house_accounts ("
  "  kind INTEGER NOT NULL,"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  id BLOB NOT NULL CHECK (length (id) = 16),"
  "  PRIMARY KEY (kind, currency)"
  ") STRICT, WITHOUT ROWID;"

  "CREATE TABLE readers ("
  "  reader INTEGER PRIMARY KEY,"
  "  device BLOB NOT NULL UNIQUE CHECK (length (device) = 32),"
  "  first_us INTEGER NOT NULL,"
  "  customer TEXT,"
  "  payment_method TEXT,"
  "  method_us INTEGER NOT NULL DEFAULT 0,"
  "  CHECK ((customer IS NULL) = (payment_method IS NULL))"
  ") STRICT;"

  "CREATE TABLE tabs ("
  "  tab INTEGER PRIMARY KEY,"
  "  id BLOB NOT NULL UNIQUE CHECK (length (id) = 16),"
  "  reader INTEGER NOT NULL REFERENCES readers,"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  wallet BLOB CHECK (length (wallet) = 16),"
  "  secured INTEGER NOT NULL CHECK (secured IN (0, 1)),"
  "  open_micros INTEGER NOT NULL DEFAULT 0 CHECK (open_micros >= 0),"
  "  n_open INTEGER NOT NULL DEFAULT 0 CHECK (n_open >= 0),"
  "  oldest_us INTEGER NOT NULL DEFAULT 0,"
  "  n_failures INTEGER NOT NULL DEFAULT 0 CHECK (n_failures >= 0),"
  "  first_failed_us INTEGER NOT NULL DEFAULT 0,"
  "  retry_us INTEGER NOT NULL DEFAULT 0,"
  "  UNIQUE (reader, currency),"
  "  CHECK ((n_failures = 0) = (first_failed_us = 0)),"
  "  CHECK ((n_open = 0) = (open_micros = 0))"
  ") STRICT;"
  "CREATE INDEX tabs_by_amount ON tabs (currency, open_micros) WHERE secured = 1;"
  "CREATE INDEX tabs_by_age ON tabs (currency, oldest_us) WHERE secured = 1 AND n_open > 0;"
  "CREATE INDEX tabs_failed ON tabs (first_failed_us) WHERE first_failed_us > 0;"

  /* state: 0 open, 1 settled, 2 refunded, 3 written off */
  "CREATE TABLE pledges ("
  "  pledge INTEGER PRIMARY KEY,"
  "  id BLOB NOT NULL UNIQUE CHECK (length (id) = 16),"
  "  reader INTEGER NOT NULL REFERENCES readers,"
  "  property INTEGER NOT NULL REFERENCES properties,"
  "  article TEXT NOT NULL,"
  "  tab INTEGER NOT NULL REFERENCES tabs,"
  "  price_micros INTEGER NOT NULL CHECK (price_micros > 0),"
  "  fee_bps INTEGER NOT NULL CHECK (fee_bps BETWEEN 0 AND 10000),"
  "  settled_micros INTEGER NOT NULL"
  "    CHECK (settled_micros >= 0 AND settled_micros <= price_micros),"
  "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
  "  time_us INTEGER NOT NULL,"
  "  closed_us INTEGER NOT NULL DEFAULT 0,"
  "  CHECK (state <> 1 OR settled_micros = price_micros),"
  "  CHECK (state <> 0 OR settled_micros < price_micros)"
  ") STRICT;"
  "CREATE INDEX pledges_open ON pledges (tab, pledge) WHERE state = 0;"
  "CREATE INDEX pledges_of_reader ON pledges (reader, property, state);"
  "CREATE INDEX pledges_refunded ON pledges (reader, closed_us) WHERE state = 2;"

  "CREATE TABLE advertisers ("
  "  advertiser INTEGER PRIMARY KEY,"
  "  name TEXT NOT NULL,"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  funds BLOB NOT NULL CHECK (length (funds) = 16),"
  "  UNIQUE (name, currency)"
  ") STRICT;"
  "CREATE TABLE campaigns ("
  "  campaign INTEGER PRIMARY KEY,"
  "  name TEXT NOT NULL UNIQUE,"
  "  advertiser INTEGER NOT NULL REFERENCES advertisers,"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  funded_micros INTEGER NOT NULL CHECK (funded_micros >= 0),"
  "  frequency_cap INTEGER NOT NULL CHECK (frequency_cap > 0),"
  "  budget BLOB NOT NULL CHECK (length (budget) = 16)"
  ") STRICT;"

  "CREATE TABLE views ("
  "  view INTEGER PRIMARY KEY,"
  "  nonce BLOB NOT NULL UNIQUE CHECK (length (nonce) = 16),"
  "  reader INTEGER NOT NULL REFERENCES readers,"
  "  property INTEGER NOT NULL REFERENCES properties,"
  "  article TEXT NOT NULL,"
  "  campaign INTEGER NOT NULL REFERENCES campaigns,"
  "  creative TEXT NOT NULL,"
  "  price_micros INTEGER NOT NULL CHECK (price_micros > 0),"
  "  fee_bps INTEGER NOT NULL CHECK (fee_bps BETWEEN 0 AND 10000),"
  "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 8),"
  "  duration_us INTEGER NOT NULL CHECK (duration_us > 0),"
  "  total_bytes INTEGER NOT NULL CHECK (total_bytes > 0),"
  "  fetched_bytes INTEGER NOT NULL DEFAULT 0"
  "    CHECK (fetched_bytes >= 0 AND fetched_bytes <= total_bytes),"
  "  reserved_us INTEGER NOT NULL,"
  "  started_us INTEGER NOT NULL DEFAULT 0,"
  "  last_us INTEGER NOT NULL DEFAULT 0,"
  "  expires_us INTEGER NOT NULL,"
  "  visible_ms INTEGER,"
  "  muted INTEGER,"
  "  pending_publisher BLOB CHECK (length (pending_publisher) = 16),"
  "  pending_fee BLOB CHECK (length (pending_fee) = 16),"
  "  CHECK (pending_publisher IS NOT NULL OR pending_fee IS NOT NULL),"
  "  CHECK (state <> 5 OR fetched_bytes = total_bytes)"
  ") STRICT;"
  "CREATE UNIQUE INDEX views_open ON views (reader, property, article) WHERE state < 5;"
  "CREATE INDEX views_expiry ON views (expires_us) WHERE state < 5;"
  "CREATE INDEX views_of_reader ON views (reader, view);"

  /* by: 0 pledge, 1 wallet, 2 ad */
  "CREATE TABLE entitlements ("
  "  entitlement INTEGER PRIMARY KEY,"
  "  reader INTEGER NOT NULL REFERENCES readers,"
  "  property INTEGER NOT NULL REFERENCES properties,"
  "  article TEXT NOT NULL,"
  "  by INTEGER NOT NULL CHECK (by BETWEEN 0 AND 2),"
  "  pledge INTEGER UNIQUE REFERENCES pledges,"
  "  view INTEGER UNIQUE REFERENCES views,"
  "  since_us INTEGER NOT NULL,"
  "  refundable_until_us INTEGER NOT NULL,"
  "  ended_us INTEGER NOT NULL DEFAULT 0,"
  "  CHECK ((by < 2) = (pledge IS NOT NULL)),"
  "  CHECK ((by = 2) = (view IS NOT NULL)),"
  "  CHECK (by < 2 OR refundable_until_us = 0)"
  ") STRICT;"
  "CREATE UNIQUE INDEX entitlements_live ON entitlements (reader, property, article)"
  "  WHERE ended_us = 0;"

  /* Counters of a day; the key that links them to readers goes with the day. */
  "CREATE TABLE frequency_days ("
  "  day_us INTEGER PRIMARY KEY,"
  "  key BLOB NOT NULL CHECK (length (key) = 32)"
  ") STRICT;"
  "CREATE TABLE frequency ("
  "  counter BLOB PRIMARY KEY CHECK (length (counter) = 32),"
  "  n INTEGER NOT NULL CHECK (n > 0)"
  ") STRICT, WITHOUT ROWID;"

  /* state: 0 begun, 1 unknown, 2 succeeded, 3 failed */
  "CREATE TABLE charges ("
  "  charge INTEGER PRIMARY KEY,"
  "  intent BLOB NOT NULL UNIQUE CHECK (length (intent) = 16),"
  "  tab INTEGER NOT NULL REFERENCES tabs,"
  "  amount_micros INTEGER NOT NULL CHECK (amount_micros > 0),"
  "  to_wallet_micros INTEGER NOT NULL DEFAULT 0 CHECK (to_wallet_micros >= 0),"
  "  fee_micros INTEGER NOT NULL DEFAULT 0 CHECK (fee_micros >= 0),"
  "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
  "  customer TEXT NOT NULL,"
  "  payment_method TEXT NOT NULL,"
  "  provider_id TEXT,"
  "  begun_us INTEGER NOT NULL,"
  "  ended_us INTEGER NOT NULL DEFAULT 0"
  ") STRICT;"
  "CREATE UNIQUE INDEX charges_open ON charges (tab) WHERE state < 2;"
  "CREATE TABLE charge_items ("
  "  charge INTEGER NOT NULL REFERENCES charges,"
  "  pledge INTEGER NOT NULL REFERENCES pledges,"
  "  amount_micros INTEGER NOT NULL CHECK (amount_micros > 0),"
  "  PRIMARY KEY (charge, pledge)"
  ") STRICT, WITHOUT ROWID;"

  /* Sums that the journal implies; `ledger.verify` adds it up again and compares. */
  "CREATE TABLE earnings_articles ("
  "  property INTEGER NOT NULL REFERENCES properties,"
  "  article TEXT NOT NULL,"
  "  pay_micros INTEGER NOT NULL, ad_micros INTEGER NOT NULL, fee_micros INTEGER NOT NULL,"
  "  refund_micros INTEGER NOT NULL, write_off_micros INTEGER NOT NULL,"
  "  n_pledges INTEGER NOT NULL, n_views INTEGER NOT NULL, n_refunds INTEGER NOT NULL,"
  "  PRIMARY KEY (property, article)"
  ") STRICT, WITHOUT ROWID;"
  "CREATE TABLE earnings_hours ("
  "  property INTEGER NOT NULL REFERENCES properties,"
  "  hour_us INTEGER NOT NULL,"
  "  pay_micros INTEGER NOT NULL, ad_micros INTEGER NOT NULL, fee_micros INTEGER NOT NULL,"
  "  refund_micros INTEGER NOT NULL, write_off_micros INTEGER NOT NULL,"
  "  n_pledges INTEGER NOT NULL, n_views INTEGER NOT NULL, n_refunds INTEGER NOT NULL,"
  "  unsecured_micros INTEGER NOT NULL,"
  "  PRIMARY KEY (property, hour_us)"
  ") STRICT, WITHOUT ROWID;"

  /* What was answered to which key. scope: the first half of the hash of principal, command, party
   * and key. Rows are in the order of time; only the narrow index is in that of the hashes. */
  "CREATE TABLE answers ("
  "  answer INTEGER PRIMARY KEY,"
  "  scope BLOB NOT NULL UNIQUE CHECK (length (scope) = 16),"
  "  body BLOB NOT NULL CHECK (length (body) = 32),"
  "  text TEXT NOT NULL,"
  "  time_us INTEGER NOT NULL"
  ") STRICT;"

  "CREATE TABLE tokens ("
  "  hash BLOB PRIMARY KEY CHECK (length (hash) = 32),"
  "  role TEXT NOT NULL CHECK (role IN ('publisher')),"
  "  made_us INTEGER NOT NULL,"
  "  revoked_us INTEGER NOT NULL DEFAULT 0"
  ") STRICT, WITHOUT ROWID;";

/* The reader's own money: visits to the provider's page, refunds of wallets, caps. What was taken
 * from a reader by a charge or a top-up is what can go back to where it came from. */
static const char schema_2[] =
  "ALTER TABLE properties ADD COLUMN network_cap INTEGER NOT NULL DEFAULT 50"
  "  CHECK (network_cap >= 0);"

  /* reason: a word for why it failed or is not known. action_url: where the bank wants the reader.
   * refunded_micros: what of it went back. scope: of the kept answer that began it, which names the
   * customer and goes with them. */
  "ALTER TABLE charges ADD COLUMN reason TEXT;"
  "ALTER TABLE charges ADD COLUMN action_url TEXT;"
  "ALTER TABLE charges ADD COLUMN scope BLOB CHECK (length (scope) = 16);"
  "ALTER TABLE charges ADD COLUMN refunded_micros INTEGER NOT NULL DEFAULT 0"
  "  CHECK (refunded_micros >= 0 AND refunded_micros <= amount_micros);"
  "CREATE INDEX charges_of_tab ON charges (tab, charge);"

  /* kind: 0 setup, 1 topup. state: 0 open, 1 processing, 2 succeeded, 3 failed, 4 expired. session,
   * customer, provider_id: as the provider names them. */
  "CREATE TABLE checkouts ("
  "  checkout INTEGER PRIMARY KEY,"
  "  id BLOB NOT NULL UNIQUE CHECK (length (id) = 16),"
  "  reader INTEGER NOT NULL REFERENCES readers,"
  "  property INTEGER NOT NULL REFERENCES properties,"
  "  tab INTEGER REFERENCES tabs,"
  "  kind INTEGER NOT NULL CHECK (kind IN (0, 1)),"
  "  amount_micros INTEGER NOT NULL CHECK (amount_micros >= 0),"
  "  fee_micros INTEGER NOT NULL DEFAULT 0 CHECK (fee_micros >= 0),"
  "  refunded_micros INTEGER NOT NULL DEFAULT 0"
  "    CHECK (refunded_micros >= 0 AND refunded_micros <= amount_micros),"
  "  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 4),"
  "  session TEXT,"
  "  url TEXT,"
  "  customer TEXT,"
  "  provider_id TEXT,"
  "  scope BLOB CHECK (length (scope) = 16),"
  "  begun_us INTEGER NOT NULL,"
  "  ended_us INTEGER NOT NULL DEFAULT 0,"
  "  CHECK ((kind = 1) = (amount_micros > 0)),"
  "  CHECK ((kind = 1) = (tab IS NOT NULL))"
  ") STRICT;"
  "CREATE INDEX checkouts_open ON checkouts (begun_us) WHERE state < 2;"
  "CREATE INDEX checkouts_of_reader ON checkouts (reader, checkout);"
  "CREATE INDEX checkouts_of_tab ON checkouts (tab, state) WHERE tab IS NOT NULL;"
  "CREATE INDEX checkouts_paid ON checkouts (provider_id) WHERE provider_id IS NOT NULL;"

  /* state: 0 begun, 1 unknown, 2 succeeded, 3 failed. The money is out of the wallet from the
   * beginning; a failure brings it back. */
  "CREATE TABLE wallet_refunds ("
  "  refund INTEGER PRIMARY KEY,"
  "  id BLOB NOT NULL UNIQUE CHECK (length (id) = 16),"
  "  tab INTEGER NOT NULL REFERENCES tabs,"
  "  charge INTEGER REFERENCES charges,"
  "  checkout INTEGER REFERENCES checkouts,"
  "  amount_micros INTEGER NOT NULL CHECK (amount_micros > 0),"
  "  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),"
  "  provider_id TEXT,"
  "  begun_us INTEGER NOT NULL,"
  "  ended_us INTEGER NOT NULL DEFAULT 0,"
  "  CHECK ((charge IS NULL) <> (checkout IS NULL))"
  ") STRICT;"
  "CREATE INDEX wallet_refunds_open ON wallet_refunds (begun_us) WHERE state < 2;"
  "CREATE INDEX wallet_refunds_of_tab ON wallet_refunds (tab, refund);"
  "CREATE INDEX wallet_refunds_of_charge ON wallet_refunds (charge) WHERE charge IS NOT NULL;"
  "CREATE INDEX wallet_refunds_of_checkout ON wallet_refunds (checkout)"
  "  WHERE checkout IS NOT NULL;"

  /* NULL: none. */
  "CREATE TABLE reader_caps ("
  "  reader INTEGER NOT NULL REFERENCES readers,"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  day_micros INTEGER CHECK (day_micros >= 0),"
  "  month_micros INTEGER CHECK (month_micros >= 0),"
  "  PRIMARY KEY (reader, currency)"
  ") STRICT, WITHOUT ROWID;";

/* The provider takes its fee in the currency of the account, which may be another than the reader
 * paid in. NULL: the same. */
static const char schema_3[] =
  "ALTER TABLE charges ADD COLUMN fee_currency TEXT CHECK (length (fee_currency) = 3);"
  "ALTER TABLE checkouts ADD COLUMN fee_currency TEXT CHECK (length (fee_currency) = 3);";

/* The least that a card is charged; 0: what the provider asks. */
static const char schema_4[] =
  "ALTER TABLE properties ADD COLUMN least_charge_micros INTEGER NOT NULL DEFAULT 0"
  "  CHECK (least_charge_micros >= 0);"
  "CREATE INDEX properties_least ON properties (currency, least_charge_micros);";

/* Until when answers are kept under the scope alone, also of keys that say when they were made
 * (far-answers.c). No row: none is. */
static const char schema_5[] =
  "CREATE TABLE answers_before (until_us INTEGER NOT NULL) STRICT;"
  "INSERT INTO answers_before SELECT time_us FROM answers ORDER BY answer DESC LIMIT 1;";

const char *const far_books_schema[] = { schema_1, schema_2, schema_3, schema_4, schema_5 };
const guint far_books_schema_len = G_N_ELEMENTS (far_books_schema);
