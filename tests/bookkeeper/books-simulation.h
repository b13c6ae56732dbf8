/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of the simulation: readers (test-books-simulation.c), their purses, which are
 * visits to the provider's page, money paid ahead and back, and being forgotten
 * (books-simulation-purse.c), the office, which is the provider's news, disputes, payouts and the
 * signing key (books-simulation-office.c), and what must hold after every step
 * (books-simulation-check.c). */
#pragma once

#include "base/far-random.h"
#include "books-world.h"

#define READERS 6
#define ARTICLES 5
#define PAYMENTS_MAX 64
/* As far as the longest seed comes: the soak's, with 400 steps. */
#define SIMULATION_MONTHS "2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-04", \
                          "2027-05", "2027-06", "2027-07"

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
  gint64 taken_micros; /* of the wallet, by that dispute */
  gboolean late;       /* had failed, and came after all */
} Payment;

enum {
  DID_PLEDGE, DID_REFUND, DID_WATCH, DID_CHARGE, DID_FAIL, DID_REPLAY, DID_CRASH, DID_AGAIN,
  DID_REFUSE, DID_TOP_UP, DID_LATE, DID_DISPUTE, DID_WON, DID_PAYOUT, DID_PAID, DID_BOUNCED,
  DID_ROTATE, DID_VISIT_FAIL, DID_SETUP, DID_ASK, DID_RETURN, DID_RETURN_FAIL, DID_FORGET,
  DID_BACKWARDS, DID_TOP_UP_DISPUTE, DID_TOP_UP_WON, DID_FOREIGN, DID_CAP, DID_CAPPED,
  DID_COME_LATE,
  N_DID,
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
  gint64     share_micros;   /* the publisher's part of that, exactly */
  guint      n_paid;         /* pledges that were acknowledged, less refunds that were */
  gboolean   capped[READERS];
  gint64     purse_micros;   /* what readers have paid, ahead or for what they owed, less what
                              * went back to them */
  gint64     in_bank_micros; /* paid out */
  GPtrArray *visits;         /* of the purses' own */
  GPtrArray *returns;
  GPtrArray *remembered;     /* of Remembered: requests with keys */
  GPtrArray *payments;       /* of Payment */
  guint      n_done[N_DID];  /* steps by kind that had an effect */
  GChecksum *script;         /* of all that was asked and answered, random ids left out */
} Simulation;

guint     sim_draw    (Simulation *sim, guint bound);
/* One command; the process may die before its commit or after it, and then it is sent again. keyed:
 * remembered, to be sent again later. Returns: (transfer full) */
JsonNode *sim_send    (Simulation *sim, gboolean keyed, const char *format, ...)
  G_GNUC_PRINTF (3, 4);
void      sim_refund  (Simulation *sim, guint reader, guint article);
void      sim_method  (Simulation *sim, guint reader);
void      sim_settle  (Simulation *sim);
gboolean  sim_is_ok   (JsonNode *answer);
gboolean  sim_is_code (JsonNode *answer, const char *code);

/* No kept answer that may be gone, since one of those who were asked about was forgotten, is asked
 * for again. */
void      sim_forget_answers (Simulation *sim);

/* ---- books-simulation-check.c ---- */
/* After every command: debits equal credits in each currency, and no flag is broken. */
void      check_ledger    (Simulation *sim, const char *request);
/* After every step: what was acknowledged is there exactly once, and the reader may read what they
 * paid for or watched, and nothing else. */
void      check_step      (Simulation *sim, guint reader, guint article);
/* At the end of a seed: who may read what, the publisher's figures, and the ledger's own word. */
void      check_end       (Simulation *sim);
/* Notes what was asked and answered. Two runs of a seed must come to the same. */
void      check_note      (Simulation *sim, const char *request, const char *answer);
/* The publisher's part of a price. */
gint64    check_share     (gint64 price_micros);

/* ---- books-simulation-purse.c ---- */
void      purse_open   (Simulation *sim);
void      purse_close  (Simulation *sim);
void      purse_step   (Simulation *sim, guint reader);
/* All wallets less all tabs are what was paid less what was bought. */
void      purse_expect (Simulation *sim);

/* ---- books-simulation-office.c ---- */
void      office_open     (Simulation *sim);
void      office_close    (Simulation *sim);
/* One outcome was booked. */
void      office_remember (Simulation *sim, const char *intent, const char *outcome,
                           gint64 amount_micros, guint fee_micros);
void      office_step     (Simulation *sim);
/* Statements of all months add up, and the bank has what was paid out. */
void      office_expect   (Simulation *sim);
