/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The publisher's side of the books, a module of its own (far-books-schema.h has the readers'):
 * platform → publisher → property, what was paid out, what was disputed, and who may ask.
 *
 * Every property has a publisher; one that was registered before there were any has one of its own
 * name. A payout is the sum of its items; an open payout of a publisher and currency is the only
 * one. A dispute takes back what one charge brought, item by item; what a reader had in the wallet
 * from it comes from there as far as it holds, and the rest is the platform's loss.
 *
 * Numbers of states are those of the enums in far-publishing.h. A step that was released is never
 * changed. */
#include "bookkeeper/far-books-schema.h"

static const char schema_1[] =
  "CREATE TABLE publishers ("
  "  publisher INTEGER PRIMARY KEY,"
  "  name TEXT NOT NULL UNIQUE,"
  "  legal_name TEXT NOT NULL DEFAULT '',"
  "  iban TEXT,"
  "  bic TEXT,"
  "  threshold_micros INTEGER NOT NULL CHECK (threshold_micros >= 0)"
  ") STRICT;"
  "CREATE TABLE property_publishers ("
  "  property INTEGER PRIMARY KEY REFERENCES properties,"
  "  publisher INTEGER NOT NULL REFERENCES publishers"
  ") STRICT;"
  "CREATE INDEX properties_of_publisher ON property_publishers (publisher);"
  "INSERT INTO publishers (name, threshold_micros) SELECT name, 20000000 FROM properties;"
  "INSERT INTO property_publishers SELECT p.property, b.publisher"
  "  FROM properties p JOIN publishers b USING (name);"

  /* Who pays them. */
  "CREATE TABLE house ("
  "  one INTEGER PRIMARY KEY CHECK (one = 1),"
  "  legal_name TEXT NOT NULL,"
  "  iban TEXT NOT NULL,"
  "  bic TEXT"
  ") STRICT;"

  "CREATE TABLE payout_batches ("
  "  batch INTEGER PRIMARY KEY,"
  "  id BLOB NOT NULL UNIQUE CHECK (length (id) = 16),"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  made_us INTEGER NOT NULL,"
  "  exported_us INTEGER NOT NULL DEFAULT 0"
  ") STRICT;"
  /* state: 0 prepared, 1 paid, 2 failed. The account is that of the day it was made. */
  "CREATE TABLE payouts ("
  "  payout INTEGER PRIMARY KEY,"
  "  id BLOB NOT NULL UNIQUE CHECK (length (id) = 16),"
  "  batch INTEGER NOT NULL REFERENCES payout_batches,"
  "  publisher INTEGER NOT NULL REFERENCES publishers,"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  amount_micros INTEGER NOT NULL CHECK (amount_micros > 0),"
  "  legal_name TEXT NOT NULL,"
  "  iban TEXT NOT NULL,"
  "  bic TEXT,"
  "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
  "  made_us INTEGER NOT NULL,"
  "  booked_us INTEGER NOT NULL," /* ledger time by which its rows were there */
  "  ended_us INTEGER NOT NULL DEFAULT 0,"
  "  note TEXT NOT NULL DEFAULT ''"
  ") STRICT;"
  "CREATE UNIQUE INDEX payouts_open ON payouts (publisher, currency) WHERE state = 0;"
  "CREATE INDEX payouts_of_batch ON payouts (batch);"
  "CREATE TABLE payout_items ("
  "  payout INTEGER NOT NULL REFERENCES payouts,"
  "  property INTEGER NOT NULL REFERENCES properties,"
  "  amount_micros INTEGER NOT NULL CHECK (amount_micros > 0),"
  "  PRIMARY KEY (payout, property)"
  ") STRICT, WITHOUT ROWID;"
  "CREATE INDEX payout_items_of_property ON payout_items (property, payout);"

  /* Final money that may still be asked back. */
  "CREATE INDEX entitlements_refundable ON entitlements (property, refundable_until_us)"
  "  WHERE ended_us = 0 AND refundable_until_us > 0;"

  /* state: 0 opened, 1 won, 2 lost. What is taken back stands until it is won. */
  "CREATE TABLE disputes ("
  "  dispute INTEGER PRIMARY KEY,"
  "  id TEXT NOT NULL UNIQUE,"
  "  payment TEXT NOT NULL,"
  "  charge INTEGER REFERENCES charges,"
  "  tab INTEGER REFERENCES tabs,"
  "  currency TEXT NOT NULL CHECK (length (currency) = 3),"
  "  reference BLOB NOT NULL CHECK (length (reference) = 16),"
  "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
  "  amount_micros INTEGER NOT NULL CHECK (amount_micros > 0),"
  "  wallet_micros INTEGER NOT NULL CHECK (wallet_micros >= 0),"
  "  loss_micros INTEGER NOT NULL CHECK (loss_micros >= 0),"
  "  fee_micros INTEGER NOT NULL DEFAULT 0 CHECK (fee_micros >= 0),"
  "  opened_us INTEGER NOT NULL,"
  "  closed_us INTEGER NOT NULL DEFAULT 0"
  ") STRICT;"
  "CREATE INDEX disputes_of_payment ON disputes (payment);"
  "CREATE INDEX charges_of_provider ON charges (provider_id) WHERE provider_id IS NOT NULL;"
  "CREATE TABLE dispute_items ("
  "  dispute INTEGER NOT NULL REFERENCES disputes,"
  "  pledge INTEGER NOT NULL REFERENCES pledges,"
  "  publisher_micros INTEGER NOT NULL CHECK (publisher_micros >= 0),"
  "  fee_micros INTEGER NOT NULL CHECK (fee_micros >= 0),"
  "  PRIMARY KEY (dispute, pledge)"
  ") STRICT, WITHOUT ROWID;"
  "CREATE INDEX dispute_items_of_pledge ON dispute_items (pledge);"

  "CREATE TABLE access_tokens ("
  "  hash BLOB PRIMARY KEY CHECK (length (hash) = 32),"
  "  role TEXT NOT NULL CHECK (role IN ('publisher', 'advertiser', 'operator')),"
  "  scope TEXT NOT NULL,"
  "  label TEXT NOT NULL,"
  "  made_us INTEGER NOT NULL,"
  "  expires_us INTEGER NOT NULL DEFAULT 0,"
  "  revoked_us INTEGER NOT NULL DEFAULT 0"
  ") STRICT, WITHOUT ROWID;"
  "INSERT INTO access_tokens (hash, role, scope, label, made_us, revoked_us)"
  "  SELECT hash, role, '*', 'publisher.token', made_us, revoked_us FROM tokens;"
  "DROP TABLE tokens;"

  /* What the going-live checklist remembers. */
  "CREATE TABLE house_notes ("
  "  name TEXT PRIMARY KEY,"
  "  time_us INTEGER NOT NULL,"
  "  text TEXT NOT NULL"
  ") STRICT, WITHOUT ROWID;";

/* As of charges: NULL where it is the dispute's. */
static const char schema_2[] =
  "ALTER TABLE disputes ADD COLUMN fee_currency TEXT CHECK (length (fee_currency) = 3);";

const char *const far_publishing_schema[] = { schema_1, schema_2 };
const guint far_publishing_schema_len = G_N_ELEMENTS (far_publishing_schema);
