/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A world (books-world.h) with a publisher of two properties, "news" (fee of 30 %, a window for
 * refunds) and "blog" (10 %, none), and short ways to be paid and to pay out. */
#pragma once

#include "books-world.h"

#define PLEDGE "{'command':'pledge','key':'%s','reader':'%s','property':'%s','article':'%s'," \
  "'price_micros':'%" G_GINT64_FORMAT "','currency':'USD'}"

World      *new_world          (void);
/* Bank accounts of the publisher and of who pays; a threshold of 5. */
void        set_accounts (World *world);
/* A reader with a method owes amount_micros, and pays it: payment "pi_READER-PROPERTY-ARTICLE". */
void        pay          (World *world, guint reader, const char *property,
                                const char *article, gint64 amount_micros);
/* payout.prepare with one batch of that amount. Returns: (transfer full): the batch */
char       *prepare      (World *world, const char *key, gint64 expected_micros);
/* The only payout of a batch. Returns: (transfer full) */
char       *payout_of    (World *world, const char *batch);
/* A member of the earnings, whose sums are checked. */
gint64      earning      (World *world, const char *property, const char *name);

/* Answers */
void        done         (JsonNode *answer);
JsonObject *object       (JsonNode *answer);
JsonObject *nth          (JsonNode *answer, const char *array, guint n);
guint       length       (JsonNode *answer, const char *array);
gint64      micros_of    (JsonObject *from, const char *name);
