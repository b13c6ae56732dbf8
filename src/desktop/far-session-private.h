/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session from within: far-session.c keeps it up to date, far-session-life.c begins and ends
 * it. */
#pragma once

#include "desktop/far-session.h"
#include "desktop/model/far-event-log.h"

G_BEGIN_DECLS

struct _FarSession
{
  GObject parent_instance;

  FarLauncher       *launcher;
  FarClock          *clock;
  GCancellable      *cancellable;
  FarDeployment     *deployment;
  FarBooks          *books;
  FarReaders        *readers;
  FarPurse          *purse;
  FarWatchList      *watched;
  FarAlarms         *alarms;
  FarHappenings     *happenings;
  FarLedgerWatch    *ledgers;
  FarCatalog        *catalog;
  FarEventLog       *log;

  FarPlatformClient *client;
  FarMarketClient   *market;
  FarMediaCache     *media;
  GPtrArray         *feeds; /* of FarFeed: those on screen */
  guint              tick_id;
  guint              n_ticks;
  gboolean           asking; /* a status is under way */
  gint64             invocations; /* of all functions together, as the cost */
  gint64             cost_picodollars;
  FarRange           range;
};

void     far_session_set_client (FarSession        *self,
                                 FarPlatformClient *client);
gboolean far_session_tick       (gpointer           user_data);

G_END_DECLS
