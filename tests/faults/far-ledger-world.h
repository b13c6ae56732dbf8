/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ledger at work on the faulty disk, and all that must hold when it was interrupted:
 *
 *   - the ledger opens and verifies, its checkpoints with it;
 *   - every acknowledged transfer is there, once, with the content that was acknowledged;
 *   - the commands whose commit was not answered happened wholly or not at all, and so did what the
 *     application wrote in the same commit; retrying them with the same ids leaves one;
 *   - no checkpoint that was acknowledged is lost. */
#pragma once

#include "base/far-random.h"
#include "far-power-disk.h"
#include "ledger/far-ledger.h"

G_BEGIN_DECLS

/* How the disk or the ledger is weakened on purpose. */
typedef enum {
  SOUND,
  NO_SYNC,
  NORMAL_SYNC,
  NO_CHECKPOINT_SYNC,
} Weakness;

#define WORLD_ACCOUNTS 4

typedef struct {
  FarLedgerOptions options;
  Weakness   weakness;
  char      *keys_path;
  FarClock  *clock;
  FarRng     rng;
  FarLedger *ledger;
  FarId      accounts[WORLD_ACCOUNTS];
  gboolean   accounts_known;  /* acknowledged */
  GArray    *acknowledged;    /* FarTransfer */
  GArray    *in_flight;       /* FarTransfer: of the commit that is being made */
  guint64    checkpoint_size; /* the largest that was acknowledged */
  GString   *problem;         /* the first that was found; empty: none */
} World;

/* On a formatted disk. */
void     world_init       (World *w, guint64 seed, const char *directory, Weakness weakness);
/* Returns: (transfer full) (nullable): what went wrong */
char    *world_clear      (World *w);
gboolean world_problem    (World *w, const char *format, ...) G_GNUC_PRINTF (2, 3);
guint    world_below      (World *w, guint bound);
gboolean world_open       (World *w, GError **error);
gboolean world_open_accounts (World *w);
/* A commit of some commands, one that is taken back, a checkpoint, or closing and opening. FALSE
 * if storage failed. */
gboolean world_work_once  (World *w);
gboolean world_commit_in_flight (World *w);
/* Everything above, on the ledger that is open; then the retry. */
gboolean world_check      (World *w);
/* Opens it and checks. */
gboolean world_recover    (World *w);

G_END_DECLS
