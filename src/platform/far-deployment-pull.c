/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how single records of a deployment get into a telemetry of its own, each exactly once.
 *
 * The cursor is kept beside the database, behind what the database has: it is written when a
 * question to the telemetry has come back, which is answered after everything recorded before it
 * was stored. So after a crash some records come again; those of the first pages that are there
 * already (the newest, and the newest of those that came late, after the clock over there was set
 * back) are told by request, time and duration, and left out.
 *
 * The telemetry's clock is not ours: it stands at the moment up to which the other side has told
 * everything, and moves on with each batch. What lies behind it has no value rather than zero, and
 * while nobody answers, nothing is claimed. What the other side deleted before it was told here is
 * a gap. Nothing is asked for before the two clocks have been compared. Main thread. */
#include "platform/far-deployment-file.h"

#include <glib/gstdio.h>

#include "base/far-json.h"
#include "telemetry/far-query.h"

#define FOLDER "deployments"
#define CURSOR_FILE "cursor.json"
#define CURSOR_MAX 256
#define OVERLAP_US FAR_TELEMETRY_PAST_US /* what is older lies behind */
#define KNOWN_ROWS_MAX FAR_QUERY_ROWS_MAX
#define PULL_INTERVAL_MS 2000

struct _FarDeploymentPull {
  FarDeployment *deployment; /* NULL once it was stopped */
  FarClock      *clock;      /* of the telemetry */
  char          *folder;
  char          *cursor;     /* nullable: from the beginning */
  gint64         covered_us; /* 0 = nothing yet */
  GHashTable    *known;      /* nullable: records that may come again */
  guint          timer;
  gboolean       more;
  gboolean       waiting;    /* for the first probe */
  int            ref_count;
};

static FarDeploymentPull *
pull_ref (FarDeploymentPull *self)
{
  self->ref_count++;
  return self;
}

static void
pull_unref (FarDeploymentPull *self)
{
  if (--self->ref_count > 0)
    return;
  g_clear_pointer (&self->clock, far_clock_unref);
  g_clear_pointer (&self->known, g_hash_table_unref);
  g_free (self->folder);
  g_free (self->cursor);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarDeploymentPull, pull_unref)

/* ---- The cursor ---- */

static char *
cursor_path (FarDeploymentPull *self)
{
  return g_build_filename (self->folder, CURSOR_FILE, NULL);
}

/* A file that cannot be read is as good as none: the database tells what is there. */
static void
read_cursor (FarDeploymentPull *self)
{
  g_autofree char *path = cursor_path (self);
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  const char *cursor;
  gsize length;

  if (g_file_get_contents (path, &text, &length, NULL))
    root = far_json_parse_object (text, length, FAR_JSON_SIZE_MAX, NULL);
  if (root == NULL ||
      !far_json_get_string (json_node_get_object (root), "cursor", CURSOR_MAX, &cursor, NULL) ||
      !far_json_get_int (json_node_get_object (root), "covered_us", 1, G_MAXINT64,
                         &self->covered_us, NULL))
    return;
  self->cursor = g_strdup (cursor);
}

static void
write_cursor (FarDeploymentPull *self)
{
  g_autofree char *path = cursor_path (self);
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "cursor", self->cursor);
  far_json_add_int (&writer, "covered_us", self->covered_us);
  far_json_end_object (&writer);
  /* One that was not written costs a few records that are told apart again. */
  g_file_set_contents_full (path, writer.text->str, (gssize) writer.text->len,
                            G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

char *
far_deployment_record_key (const FarInvocation *record)
{
  char hex[FAR_ID_HEX_LEN + 1];

  far_id_to_hex (&record->request_id, hex);
  return g_strdup_printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", hex,
                          record->arrival_us, record->duration_us, record->function);
}

/* ---- Rounds ---- */

static void ask (FarDeploymentPull *self);

static gboolean
on_timer (gpointer user_data)
{
  FarDeploymentPull *self = user_data;

  self->timer = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
next_round (FarDeploymentPull *self)
{
  if (self->deployment == NULL || self->timer != 0)
    return;
  if (self->more)
    ask (self);
  else
    self->timer = g_timeout_add (PULL_INTERVAL_MS, on_timer, self);
}

static gboolean
open_telemetry (FarDeploymentPull *self, gint64 start_us)
{
  g_autoptr (GError) error = NULL;

  if (self->deployment->telemetry != NULL)
    return TRUE;
  self->clock = far_clock_new_manual (start_us);
  self->deployment->telemetry = far_telemetry_open (self->folder, self->clock, &error);
  if (self->deployment->telemetry != NULL)
    return TRUE;
  g_clear_pointer (&self->clock, far_clock_unref);
  far_deployment_set_failing (self->deployment, error->message);
  return FALSE;
}

static void
cover (FarDeploymentPull *self, gint64 to_us)
{
  gint64 now_us = far_clock_now_us (self->clock);

  if (to_us > now_us)
    far_clock_advance (self->clock, to_us - now_us, NULL);
  self->covered_us = MAX (self->covered_us, to_us);
}

/* It kept what came after what was told last only from rows_from_us on. */
static void
leave_gap (FarDeploymentPull *self, gint64 rows_from_us)
{
  if (self->covered_us == 0 || rows_from_us <= self->covered_us)
    return;
  cover (self, rows_from_us);
  far_telemetry_begin_session (self->deployment->telemetry);
}

/* Everything of the batch is stored. */
static void
on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarDeploymentPull) self = user_data;
  g_autoptr (GArray) rows = far_telemetry_invocations_finish (NULL, result, NULL);

  if (self->deployment == NULL)
    return;
  if (rows != NULL)
    write_cursor (self);
  next_round (self);
}

static void
take_batch (FarDeploymentPull *self, FarSourceBatch *batch, gint64 asked_us)
{
  FarTelemetry *telemetry = self->deployment->telemetry;
  FarInvocationQuery barrier = { .limit = 1 };
  guint i;

  leave_gap (self, batch->rows_from_us);
  for (i = 0; i < batch->records->len; i++)
    {
      const FarInvocation *record = &g_array_index (batch->records, FarInvocation, i);
      g_autofree char *key = self->known != NULL ? far_deployment_record_key (record) : NULL;

      cover (self, far_invocation_end_us (record));
      if (key == NULL || !g_hash_table_contains (self->known, key))
        far_telemetry_record (telemetry, record);
    }
  if (!batch->more)
    {
      /* What ended before it was asked has been told. */
      cover (self, asked_us);
      g_clear_pointer (&self->known, g_hash_table_unref);
    }
  g_free (self->cursor);
  self->cursor = g_strdup (batch->cursor);
  self->more = batch->more;
  far_telemetry_invocations_async (telemetry, &barrier, NULL, on_stored, pull_ref (self));
}

typedef struct {
  FarDeploymentPull *pull;
  gint64             asked_us;
} Asked;

static void
on_batch (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asked *asked = user_data;
  g_autoptr (FarDeploymentPull) self = asked->pull;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSourceBatch) batch = far_source_pull_finish (FAR_SOURCE (source), result, &error);
  gint64 start_us = asked->asked_us;

  if (self->deployment == NULL)
    return;
  self->more = FALSE;
  if (batch == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        far_deployment_set_failing (self->deployment, error->message);
      next_round (self);
      return;
    }
  if (batch->records->len > 0)
    start_us = g_array_index (batch->records, FarInvocation, 0).arrival_us;
  if (open_telemetry (self, start_us))
    take_batch (self, batch, asked->asked_us);
}

/* By the other side's clock: its newest figures are of then. */
static void
ask (FarDeploymentPull *self)
{
  FarDeployment *deployment = self->deployment;
  Asked *asked;

  self->waiting = deployment->sample_us == 0;
  if (self->waiting)
    return;
  asked = g_new0 (Asked, 1);
  asked->pull = pull_ref (self);
  asked->asked_us = far_clock_now_us (deployment->owner->clock) + deployment->skew_us;
  far_source_pull_async (deployment->source, self->cursor, deployment->cancellable, on_batch,
                         asked);
}

/* ---- Life ---- */

/* FALSE: it was stopped. */
static gboolean
add_known (FarDeploymentPull *self, GAsyncResult *result)
{
  g_autoptr (GArray) rows = far_telemetry_invocations_finish (NULL, result, NULL);
  guint i;

  if (self->deployment == NULL)
    return FALSE;
  for (i = 0; rows != NULL && i < rows->len; i++)
    g_hash_table_add (self->known,
                      far_deployment_record_key (&g_array_index (rows, FarInvocation, i)));
  return TRUE;
}

static void
on_known_behind (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarDeploymentPull) self = user_data;

  if (add_known (self, result))
    ask (self);
}

static void
on_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  const FarInvocationQuery behind = { .behind_only = TRUE, .limit = KNOWN_ROWS_MAX };
  g_autoptr (FarDeploymentPull) self = user_data;

  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (add_known (self, result))
    far_telemetry_invocations_async (self->deployment->telemetry, &behind, NULL, on_known_behind,
                                     pull_ref (self));
}

void
far_deployment_pull_start (FarDeployment *deployment)
{
  FarDeploymentPull *self = g_new0 (FarDeploymentPull, 1);
  FarInvocationQuery newest = { .limit = KNOWN_ROWS_MAX };

  self->ref_count = 1;
  self->deployment = deployment;
  self->folder = far_deployment_folder (deployment->owner->data_dir, deployment->id);
  deployment->pull = self;
  read_cursor (self);
  if (self->covered_us == 0)
    {
      ask (self);
      return;
    }
  if (!open_telemetry (self, self->covered_us))
    return;
  newest.from_us = self->covered_us - OVERLAP_US;
  far_telemetry_invocations_async (deployment->telemetry, &newest, NULL, on_known,
                                   pull_ref (self));
}

void
far_deployment_pull_probed (FarDeployment *deployment)
{
  if (deployment->pull != NULL && deployment->pull->waiting)
    ask (deployment->pull);
}

void
far_deployment_pull_stop (FarDeployment *deployment)
{
  FarDeploymentPull *self = g_steal_pointer (&deployment->pull);

  if (self == NULL)
    return;
  self->deployment = NULL;
  g_clear_handle_id (&self->timer, g_source_remove);
  pull_unref (self);
}

char *
far_deployment_folder (const char *data_dir, const char *id)
{
  char *folder = g_build_filename (data_dir, "telemetry", FOLDER, id, NULL);

  g_mkdir_with_parents (folder, 0700);
  return folder;
}

char *
far_deployment_state_path (const char *data_dir, const char *id)
{
  g_autofree char *folder = g_build_filename (data_dir, "telemetry", FOLDER, NULL);
  g_autofree char *file = g_strconcat (id, ".state", NULL);

  g_mkdir_with_parents (folder, 0700);
  return g_build_filename (folder, file, NULL);
}

void
far_deployment_pull_forget (const char *data_dir, const char *id)
{
  static const char *const files[] = { "telemetry.db", "telemetry.db-wal", "telemetry.db-shm",
                                       CURSOR_FILE };
  g_autofree char *folder = g_build_filename (data_dir, "telemetry", FOLDER, id, NULL);
  g_autofree char *state = far_deployment_state_path (data_dir, id);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (folder, files[i], NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
  g_unlink (state);
}
