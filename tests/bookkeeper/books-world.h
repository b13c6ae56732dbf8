/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A world for tests: books in a directory of their own, a clock that stands still, and commands as
 * JSON in one line. Each command is a transaction of its own and the books are checked after it. */
#pragma once

#include "base/far-json.h"
#include "bookkeeper/far-books.h"
#include "bookkeeper/far-later.h"

#define WORLD_START_US G_GINT64_CONSTANT (1795435200000000) /* 2026-11-23T12:00:00Z */
#define WORLD_SECOND G_GINT64_CONSTANT (1000000)
#define WORLD_DAY (86400 * WORLD_SECOND)

typedef struct {
  char     *dir;
  FarClock *clock;
  FarBooks *books;
  char     *token_hash; /* hex, of the publisher's token */
  gboolean  check;      /* far_books_check() after each command */
} World;

World    *world_new    (FarLedgerMoney money);
void      world_free   (World *world);
void      world_reopen (World *world);
/* The same where the books may be closed. */
void      world_reopen_as (World *world, FarLedgerMoney money);
/* Removes a folder and what is in it. */
void      world_remove_tree (const char *path);
/* SHA-256 of the token in a file, in hex. Returns: (transfer full) */
char     *world_token_hash (const char *token_path);
/* Ids of readers by number. Returns: (transfer none) */
const char *world_reader (guint n);

/* Sends one command: json with ' for ". Returns: (transfer full): the answer's object */
JsonNode *world_ask     (World *world, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The same as another principal. */
/* In a transaction that stays open. together: tried without savepoints first, as the server does;
 * *ret_again, which may be NULL, counts the times that this was not enough. */
char     *world_execute (World *world, const char *principal, FarCommandSet allowed,
                         const char *json, gboolean together, guint *ret_again,
                         gsize *ret_n_answer);
JsonNode *world_ask_as  (World *world, const char *principal, FarCommandSet allowed,
                         const char *json);
/* Asserts that it is refused with code, and that not a row of the ledger was written. */
void      world_refused (World *world, const char *code, const char *format, ...)
                         G_GNUC_PRINTF (3, 4);

const char *answer_text   (JsonNode *answer, const char *name);
gint64      answer_int    (JsonNode *answer, const char *name);
gint64      answer_micros (JsonNode *answer, const char *name);
gboolean    answer_bool   (JsonNode *answer, const char *name);

/* The property "news" in USD with a fee of 30 %, and the campaign "tea" with budget_micros. */
void      world_furnish (World *world, gint64 budget_micros);
JsonNode *world_pledge  (World *world, guint reader, const char *article, const char *key);
/* Reserves, fetches and watches a 4 s ad to its end. */
JsonNode *world_watch   (World *world, guint reader, const char *article, const char *key);
JsonNode *world_earnings (World *world);
void      world_sweep   (World *world);
void      world_advance (World *world, gint64 delta_us);

/* An object that is a member of an answer. Returns: (transfer none) */
JsonObject *world_part  (JsonNode *answer, const char *name);
JsonNode *world_wallet  (World *world, guint reader);
/* Returns: (transfer full): the checkout's id */
char     *world_begin_topup  (World *world, guint reader, gint64 amount_micros, const char *key);
JsonNode *world_finish_topup (World *world, const char *checkout, const char *outcome);
void      world_top_up  (World *world, guint reader, gint64 amount_micros, const char *key);
/* The member "refunds" of what wallet.refund.begin answered. */
JsonArray *world_refunds (JsonNode *answer);
JsonNode *world_end_refund (World *world, JsonNode *begun, guint i, const char *outcome);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)
