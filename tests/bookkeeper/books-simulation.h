/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of the simulation: readers (test-books-simulation.c) and the office, which is
 * the provider's news, disputes, payouts and the signing key (books-simulation-office.c). */
#pragma once

#include "base/far-random.h"
#include "books-world.h"

#define READERS 6
#define ARTICLES 5
#define PAYMENTS_MAX 64

typedef enum {
  ACCESS_NONE,
  ACCESS_PAID,
  ACCESS_WATCHED,
} Access;

/* A charge whose outcome is known, and what is said of it later. */
typedef struct {
  char  *intent;
  char  *outcome;
  gint64 amount_micros;
  guint  fee_micros;
  char  *dispute; /* "" none, "opened", "won", "lost" */
} Payment;

enum {
  DID_PLEDGE, DID_REFUND, DID_WATCH, DID_CHARGE, DID_FAIL, DID_REPLAY, DID_CRASH, DID_REFUSE,
  DID_TOP_UP, DID_LATE, DID_DISPUTE, DID_WON, DID_PAYOUT, DID_PAID, DID_BOUNCED, DID_ROTATE, N_DID,
};

typedef struct {
  World     *world;
  FarRng     rng;
  gboolean   loud;
  guint      n_keys;
  Access     access[READERS][ARTICLES];
  gint64     price[READERS][ARTICLES]; /* of what was paid */
  char      *view[READERS][ARTICLES];
  guint      at_event[READERS][ARTICLES];
  gboolean   method[READERS];
  gint64     owed_micros;    /* all pledges less all refunds, whatever was settled */
  gint64     in_bank_micros; /* paid out */
  GPtrArray *remembered;     /* of Remembered: requests with keys */
  GPtrArray *payments;       /* of Payment */
  guint      n_done[N_DID];  /* steps by kind that had an effect */
} Simulation;

guint     sim_draw    (Simulation *sim, guint bound);
/* One command; the process may die before its commit or after it, and then it is sent again. keyed:
 * remembered, to be sent again later. Returns: (transfer full) */
JsonNode *sim_send    (Simulation *sim, gboolean keyed, const char *format, ...)
  G_GNUC_PRINTF (3, 4);
gboolean  sim_is_ok   (JsonNode *answer);
gboolean  sim_is_code (JsonNode *answer, const char *code);

/* ---- books-simulation-office.c ---- */
void      office_open     (Simulation *sim);
void      office_close    (Simulation *sim);
/* One outcome was booked. */
void      office_remember (Simulation *sim, const char *intent, const char *outcome,
                           gint64 amount_micros, guint fee_micros);
void      office_step     (Simulation *sim);
/* Statements of all months add up, and the bank has what was paid out. */
void      office_expect   (Simulation *sim);
