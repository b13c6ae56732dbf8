/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desktop's side of one deployment: starts or joins the platform, keeps what the pages show up
 * to date, and carries out what the user asks for. */
#pragma once

#include "client/far-launcher.h"
#include "client/far-market-client.h"
#include "client/far-platform-client.h"
#include "desktop/model/far-alarms.h"
#include "desktop/model/far-books.h"
#include "desktop/model/far-catalog.h"
#include "desktop/model/far-deployment.h"
#include "desktop/model/far-feed.h"
#include "desktop/model/far-happenings.h"
#include "desktop/model/far-ledger-watch.h"
#include "desktop/model/far-media-cache.h"
#include "desktop/model/far-purse.h"
#include "desktop/model/far-readers.h"
#include "desktop/model/far-watch-list.h"

G_BEGIN_DECLS

#define FAR_TYPE_SESSION (far_session_get_type ())
G_DECLARE_FINAL_TYPE (FarSession, far_session, FAR, SESSION, GObject)

/* Properties that notify: "client" and "market" (NULL until the platform answers; another one after
 * it was started anew, or another deployment was chosen), "cost", "remote" (whether another
 * deployment than the platform itself is shown), and "range" (of FarRange, writable). Signals:
 * "problem" (text): something the user asked for failed, and what to do; "notice" (text): it is
 * done. */

FarSession        *far_session_new             (const char         *data_dir,
                                                GSettings          *settings);
void               far_session_start           (FarSession         *self);
void               far_session_stop_async      (FarSession         *self,
                                                gboolean            keep_running,
                                                GAsyncReadyCallback callback,
                                                gpointer            user_data);
gboolean           far_session_stop_finish     (FarSession         *self,
                                                GAsyncResult       *result,
                                                GError            **error);
FarDeployment     *far_session_get_deployment  (FarSession         *self);
FarBooks          *far_session_get_books       (FarSession         *self);
FarPlatformClient *far_session_get_client      (FarSession         *self);
FarMarketClient   *far_session_get_market      (FarSession         *self);
FarPurse          *far_session_get_purse       (FarSession         *self);
FarWatchList      *far_session_get_watched     (FarSession         *self);
FarAlarms         *far_session_get_alarms      (FarSession         *self);
FarHappenings     *far_session_get_happenings  (FarSession         *self);
FarLedgerWatch    *far_session_get_ledgers     (FarSession         *self);
FarReaders        *far_session_get_readers     (FarSession         *self);
FarCatalog        *far_session_get_catalog     (FarSession         *self);
FarMediaCache     *far_session_get_media       (FarSession         *self);
const char        *far_session_get_data_dir    (FarSession         *self);
gint64             far_session_now_us          (FarSession         *self);
void               far_session_report          (FarSession         *self,
                                                const char         *action,
                                                const GError       *error);
FarRange           far_session_get_range       (FarSession         *self);
void               far_session_set_range       (FarSession         *self,
                                                FarRange            range);
void               far_session_watch           (FarSession         *self,
                                                FarFeed            *feed);
void               far_session_unwatch         (FarSession         *self,
                                                FarFeed            *feed);
gint64             far_session_get_invocations (FarSession         *self);
gint64             far_session_get_cost        (FarSession         *self);

G_END_DECLS
