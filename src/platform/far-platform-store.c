/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarPlatformStore: one writer thread, batches of writes, and the way back to the loop over an
 * eventfd. Invariants: `waiting` and `told` are only touched under the lock; n_pending counts what
 * was handed over and not yet told, on the loop's thread alone. */
#include "platform/far-platform-store.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/far-paths.h"
#include "platform/far-platform.h"

typedef struct {
  GList          link;
  FarStoreApply  apply;
  FarStoreDone   done;
  GDestroyNotify free_data;
  gpointer       data;
  GError        *error;
} Write;

struct _FarPlatformStore {
  FarLoop     *loop;
  FarLoopWatch watch;
  char        *path;
  FarDb       *db;     /* the loop's, until the thread starts */
  GThread     *thread; /* NULL until the first write */
  GMutex       lock;
  GCond        ready;
  GQueue       waiting;
  GQueue       told;
  gboolean     closing;
  int          event_fd;
  guint        n_pending;
};

/* Version 1. `event` has the asynchronous events that were accepted and are not done, `message`
 * those of all queues, and `document` everything small. */
static const char schema_1[] =
  "CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL,"
  " PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;"
  "CREATE TABLE event (id BLOB PRIMARY KEY CHECK (length (id) = 16), function TEXT NOT NULL,"
  " payload BLOB NOT NULL, route TEXT, client_context TEXT, trace TEXT,"
  " accepted_us INTEGER NOT NULL, due_us INTEGER NOT NULL,"
  " n_errors INTEGER NOT NULL DEFAULT 0, n_throttles INTEGER NOT NULL DEFAULT 0) STRICT;"
  "CREATE TABLE message (id BLOB PRIMARY KEY CHECK (length (id) = 16), queue TEXT NOT NULL,"
  " body TEXT NOT NULL, attributes TEXT, sent_us INTEGER NOT NULL, visible_us INTEGER NOT NULL,"
  " first_received_us INTEGER NOT NULL DEFAULT 0, n_received INTEGER NOT NULL DEFAULT 0) STRICT;"
  "CREATE INDEX message_by_queue ON message (queue);";

static const char *const migrations[] = { schema_1, NULL };

const char *const *
far_platform_store_migrations (void)
{
  return migrations;
}

gint32
far_platform_store_application_id (void)
{
  return FAR_DB_APPLICATION_ID ('F', 'p', 'l', 't');
}

static FarDb *
open_db (const char *path, GError **error)
{
  const FarDbOptions options = {
    .mode = FAR_DB_MODE_CREATE,
    .sync = FAR_DB_SYNC_FULL,
    .application_id = far_platform_store_application_id (),
    .migrations = migrations,
  };

  return far_db_open (path, &options, error);
}

/* ---- The thread ---- */

/* A write that fails undoes itself alone; a commit that fails fails them all. */
static void
apply_batch (FarDb *db, GQueue *batch)
{
  g_autoptr (GError) error = NULL;
  GList *link;

  if (far_db_begin (db, &error))
    {
      for (link = batch->head; link != NULL && error == NULL; link = link->next)
        {
          Write *write = link->data;

          if (!far_db_savepoint (db, &error))
            break;
          if (write->apply (db, write->data, &write->error))
            far_db_release (db, &error);
          else
            far_db_undo (db, &error);
        }
      if (error != NULL)
        far_db_rollback (db);
      else
        far_db_commit (db, &error);
    }
  if (error == NULL)
    return;
  for (link = batch->head; link != NULL; link = link->next)
    {
      Write *write = link->data;

      if (write->error == NULL)
        write->error = g_error_copy (error);
    }
}

static void
fail_batch (GQueue *batch, const GError *error)
{
  GList *link;

  for (link = batch->head; link != NULL; link = link->next)
    ((Write *) link->data)->error = g_error_copy (error);
}

static void
move (GQueue *from, GQueue *to, guint max)
{
  while (from->head != NULL && max-- > 0)
    g_queue_push_tail_link (to, g_queue_pop_head_link (from));
}

static void
wake (FarPlatformStore *self)
{
  const guint64 one = 1;
  ssize_t n = write (self->event_fd, &one, sizeof one);

  (void) n; /* full: it is awake */
}

static gpointer
writer (gpointer user_data)
{
  FarPlatformStore *self = user_data;
  FarDb *db = NULL;

  g_mutex_lock (&self->lock);
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      GQueue batch = G_QUEUE_INIT;

      while (self->waiting.head == NULL && !self->closing)
        g_cond_wait (&self->ready, &self->lock);
      if (self->waiting.head == NULL)
        break;
      move (&self->waiting, &batch, FAR_PLATFORM_STORE_BATCH_MAX);
      g_mutex_unlock (&self->lock);
      if (db == NULL)
        db = open_db (self->path, &error);
      if (db != NULL)
        apply_batch (db, &batch);
      else
        fail_batch (&batch, error);
      g_mutex_lock (&self->lock);
      move (&batch, &self->told, G_MAXUINT);
      wake (self);
    }
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&db, far_db_close);
  return NULL;
}

/* ---- The loop's side ---- */

static void
tell (FarPlatformStore *self)
{
  GQueue told = G_QUEUE_INIT;
  GList *link;

  g_mutex_lock (&self->lock);
  move (&self->told, &told, G_MAXUINT);
  g_mutex_unlock (&self->lock);
  while ((link = g_queue_pop_head_link (&told)) != NULL)
    {
      Write *write = link->data;

      self->n_pending--;
      if (write->done != NULL)
        write->done (write->data, write->error);
      if (write->free_data != NULL)
        write->free_data (write->data);
      g_clear_error (&write->error);
      g_free (write);
    }
}

static void
on_told (guint32 events, gpointer user_data)
{
  FarPlatformStore *self = user_data;
  guint64 count;
  ssize_t n = read (self->event_fd, &count, sizeof count);

  (void) n;
  tell (self);
}

FarPlatformStore *
far_platform_store_open (FarLoop *loop, const char *data_dir, GError **error)
{
  g_autofree char *dir = g_build_filename (data_dir, FAR_PLATFORM_STORE_DIR, NULL);
  FarPlatformStore *self;

  if (!far_paths_ensure_private_dir (dir, error))
    return NULL;
  self = g_new0 (FarPlatformStore, 1);
  g_mutex_init (&self->lock);
  g_cond_init (&self->ready);
  self->loop = loop;
  self->path = g_build_filename (dir, FAR_PLATFORM_STORE_FILE, NULL);
  self->event_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->event_fd < 0)
    g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                 "No event descriptor can be made: %s", g_strerror (errno));
  else
    self->db = open_db (self->path, error);
  if (self->db == NULL
      || !far_loop_add (loop, &self->watch, self->event_fd, EPOLLIN, on_told, self, error))
    g_clear_pointer (&self, far_platform_store_close);
  return self;
}

FarDb *
far_platform_store_get_db (FarPlatformStore *self)
{
  return self->db;
}

guint
far_platform_store_n_pending (FarPlatformStore *self)
{
  return self->n_pending;
}

void
far_platform_store_write (FarPlatformStore *self, FarStoreApply apply, FarStoreDone done,
                          gpointer data, GDestroyNotify free_data)
{
  Write *write = g_new0 (Write, 1);
  gboolean refused = self->n_pending >= FAR_PLATFORM_STORE_PENDING_MAX;

  if (self->thread == NULL)
    {
      g_clear_pointer (&self->db, far_db_close);
      self->thread = g_thread_new ("platform-store", writer, self);
    }
  write->link.data = write;
  write->apply = apply;
  write->done = done;
  write->data = data;
  write->free_data = free_data;
  if (refused)
    write->error = g_error_new_literal (FAR_DB_ERROR, FAR_DB_ERROR_BUSY,
                                        "Too much waits to be written to disk; try again later");
  self->n_pending++;
  g_mutex_lock (&self->lock);
  g_queue_push_tail_link (refused ? &self->told : &self->waiting, &write->link);
  g_cond_signal (&self->ready);
  g_mutex_unlock (&self->lock);
  if (refused)
    wake (self);
}

void
far_platform_store_flush (FarPlatformStore *self)
{
  while (self->thread != NULL)
    {
      g_mutex_lock (&self->lock);
      self->closing = TRUE;
      g_cond_signal (&self->ready);
      g_mutex_unlock (&self->lock);
      g_thread_join (g_steal_pointer (&self->thread));
      self->closing = FALSE;
      tell (self); /* who is told may write once more */
    }
}

void
far_platform_store_close (FarPlatformStore *self)
{
  far_platform_store_flush (self);
  g_clear_pointer (&self->db, far_db_close);
  far_loop_remove (self->loop, &self->watch);
  if (self->event_fd >= 0)
    close (self->event_fd);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->ready);
  g_free (self->path);
  g_free (self);
}

/* ---- Documents ---- */

typedef struct {
  char        *kind;
  char        *key;
  char        *json; /* NULL = delete */
  FarStoreDone done;
  gpointer     user_data;
} Put;

static void
put_free (gpointer data)
{
  Put *put = data;

  g_free (put->kind);
  g_free (put->key);
  g_free (put->json);
  g_free (put);
}

static gboolean
put_apply (FarDb *db, gpointer data, GError **error)
{
  const Put *put = data;
  g_autoptr (FarStatement) statement = NULL;

  if (put->json != NULL)
    statement = far_db_prepare (db, "INSERT INTO document (kind, key, json) VALUES (?1, ?2, ?3)"
                                    " ON CONFLICT (kind, key) DO UPDATE SET json = ?3", error);
  else
    statement = far_db_prepare (db, "DELETE FROM document WHERE kind = ?1 AND key = ?2", error);
  if (statement == NULL)
    return FALSE;
  far_statement_bind_text (statement, 1, put->kind);
  far_statement_bind_text (statement, 2, put->key);
  if (put->json != NULL)
    far_statement_bind_text (statement, 3, put->json);
  return far_db_run (db, statement, error);
}

static void
put_done (gpointer data, const GError *error)
{
  Put *put = data;

  if (put->done != NULL)
    put->done (put->user_data, error);
}

void
far_platform_store_put (FarPlatformStore *self, const char *kind, const char *key,
                        const char *json, FarStoreDone done, gpointer user_data)
{
  Put *put = g_new0 (Put, 1);

  put->kind = g_strdup (kind);
  put->key = g_strdup (key);
  put->json = g_strdup (json);
  put->done = done;
  put->user_data = user_data;
  far_platform_store_write (self, put_apply, put_done, put, put_free);
}

gboolean
far_platform_store_each (FarPlatformStore *self, const char *kind, FarStoreVisit visit,
                         gpointer user_data, GError **error)
{
  g_autoptr (FarStatement) statement
      = far_db_prepare (self->db, "SELECT key, json FROM document WHERE kind = ?1 ORDER BY key",
                        error);
  FarStep step;

  if (statement == NULL)
    return FALSE;
  far_statement_bind_text (statement, 1, kind);
  while ((step = far_db_step (self->db, statement, error)) == FAR_STEP_ROW)
    if (!visit (far_statement_get_text (statement, 0), far_statement_get_text (statement, 1),
                user_data, error))
      return FALSE;
  return step == FAR_STEP_DONE;
}
