/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A platform for tests that answers at once and does as it is told: a control API on the data
 * directory's socket and a market on a free port, on the main context. It keeps no books; it has
 * two articles, one reader, and one ad. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An event of the stream, without its seq. */
#define FAR_FAKE_TRAFFIC "\"type\":\"traffic\",\"running\":%s,\"readers_per_second\":%d," \
  "\"report\":{\"arrivals\":7,\"pledges\":2,\"ads\":1,\"left\":4}"

typedef struct _FarFakePlatform FarFakePlatform;

FarFakePlatform *far_fake_platform_new         (const char      *data_dir);
void             far_fake_platform_free        (FarFakePlatform *self);
/* How often a request ("POST /pledges") was made. */
guint            far_fake_platform_count       (FarFakePlatform *self,
                                                const char      *request);
/* The body of the last such request, of a GET its query; "" if there was none. */
const char      *far_fake_platform_last_body   (FarFakePlatform *self,
                                                const char      *request);
/* The next n such requests are refused with that status and code. */
void             far_fake_platform_refuse      (FarFakePlatform *self,
                                                const char      *request,
                                                guint            n,
                                                guint            status,
                                                const char      *code);
/* By whom the article is open: "pledge", "ad", or "" for locked. */
void             far_fake_platform_set_open_by (FarFakePlatform *self,
                                                const char      *by);
void             far_fake_platform_set_no_ad   (FarFakePlatform *self);
void             far_fake_platform_set_method_required (FarFakePlatform *self,
                                                        gboolean         required);
/* Of the platform's telemetry, as its status says. */
void             far_fake_platform_set_dropped (FarFakePlatform *self,
                                                guint            n_dropped);
/* From now on such requests are answered with that JSON. */
void             far_fake_platform_answer      (FarFakePlatform *self,
                                                const char      *request,
                                                const char      *json);
/* Sends an event to whoever follows the stream. members: a JSON object's without braces. */
void             far_fake_platform_send        (FarFakePlatform *self,
                                                const char      *members);
/* Ends the event stream, and answers nothing from now on. */
void             far_fake_platform_die         (FarFakePlatform *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarFakePlatform, far_fake_platform_free)

G_END_DECLS
