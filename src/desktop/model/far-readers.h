/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated readers: start, stop, how many, what they did. */
#pragma once

#include "client/far-platform-client.h"

G_BEGIN_DECLS

#define FAR_TYPE_READERS (far_readers_get_type ())
G_DECLARE_FINAL_TYPE (FarReaders, far_readers, FAR, READERS, GObject)

/* Signals: "changed" (what they did, or whether they run), "problem" (GError): one of the calls
 * below failed. */

FarReaders *far_readers_new         (GSettings         *settings);
void        far_readers_set_client  (FarReaders        *self,
                                     FarPlatformClient *client);
FarTraffic *far_readers_get_traffic (FarReaders        *self);
gboolean    far_readers_get_running (FarReaders        *self);
void        far_readers_start       (FarReaders        *self);
void        far_readers_stop        (FarReaders        *self);
int         far_readers_get_rate    (FarReaders        *self);
void        far_readers_set_rate    (FarReaders        *self,
                                     int                per_second);

G_END_DECLS
