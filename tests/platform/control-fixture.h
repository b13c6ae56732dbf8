/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A control API over a fake platform, and a client that drives the main context while it waits. */
#pragma once

#include <json-glib/json-glib.h>

#include "fake-platform.h"
#include "platform/far-control.h"
#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

#define T0 (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC) /* 2026-01-01 */
/* Only ever waited for when something is broken. */
#define DEADLINE_S 60

typedef struct {
  char         *dir;
  char         *socket_path;
  FarClock     *clock;
  FarPlatform  *platform;
  FarTelemetry *telemetry;
  FarScheduler *scheduler;
  FarControl   *control;
} Fixture;

/* clock: taken; NULL = one that stands still at T0. */
void     fixture_init   (Fixture *self, FarClock *clock);
/* The control API alone, as in a restart. */
void     fixture_start_control (Fixture *self);
void     fixture_clear  (Fixture *self);
void     fixture_record (Fixture *self, const char *function, FarInvocationOutcome outcome,
                         gint64 duration_us);
void     fixture_log    (Fixture *self, const char *function, const char *message);

typedef gboolean (*Condition) (gpointer user_data);
/* Runs the main context until condition is TRUE; fails the test after DEADLINE_S. */
void     run_until      (const char *what, Condition condition, gpointer user_data);

/* ---- Requests ---- */

typedef struct {
  guint     status;
  char     *head;
  char     *body; /* chunks put together */
  gsize     length;
  JsonNode *json; /* nullable */
} Answer;

void        answer_clear (Answer *answer);
/* headers: (nullable): whole lines with their ends. body: (nullable) */
void        ask_raw      (Fixture *self, const char *method, const char *path,
                          const char *headers, const char *body, gsize n_bytes, Answer *answer);
/* With a JSON content type where there is a body; the status must be as given. */
void        ask          (Fixture *self, const char *method, const char *path, const char *body,
                          guint status, Answer *answer);
JsonObject *answer_object (Answer *answer);
const char *answer_code   (Answer *answer);

/* ---- Streams and half requests ---- */

typedef struct {
  int        fd;
  GString   *bytes;
  gboolean   closed;
  GPtrArray *lines; /* (element-type JsonNode): whole lines of NDJSON so far */
  gsize      parsed;
} Client;

void        client_open  (Client *client, Fixture *self);
void        client_send  (Client *client, const char *text, gsize n_bytes);
void        client_get   (Client *client, Fixture *self, const char *path);
/* Reads what is there. */
void        client_poll  (Client *client);
void        client_wait_lines  (Client *client, guint n);
void        client_wait_closed (Client *client);
JsonObject *client_line  (Client *client, guint index);
const char *client_type  (Client *client, guint index);
gint64      client_seq   (Client *client, guint index);
void        client_clear (Client *client);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Client, client_clear)

G_END_DECLS
