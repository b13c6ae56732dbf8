/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A true ledger with something of everything in it, copies of it, and ways to tamper with them. */
#pragma once

#include <sqlite3.h>

#include "ledger/far-ledger-fixture.h"

G_BEGIN_DECLS

#define TRANSFERS 700
#define ANY_ROW G_MININT64 /* found out, but no one row is the culprit */

typedef struct {
  Fixture f;       /* the true ledger, closed but for its checks */
  FarId   accounts[6];
  char   *copy;    /* directory of the one that is tampered with */
} Crime;

void     crime_set_up      (Crime *c, gconstpointer unused);
void     crime_tear_down   (Crime *c, gconstpointer unused);
void     crime_add_rows    (Crime *c, guint from, guint to, gint64 amount_micros);
void     crime_fresh_copy  (Crime *c);
sqlite3 *crime_open_raw    (Crime *c);
void     crime_run_sql     (Crime *c, const char *sql);
gint64   crime_ask         (Crime *c, const char *sql);
/* Writes another value of the same type. */
void     crime_change_cell (Crime *c, const char *table, const char *column, gint64 rowid);
void     crime_assert_found_out (Crime *c, gint64 first_bad, const char *what);

G_END_DECLS
