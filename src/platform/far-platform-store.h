/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform's own database, D/platform/platform.db: functions made by the API, settings, event
 * sources, accepted asynchronous events, queues and their messages.
 *
 * The loop never waits for a disk. What is in force lives in memory, with whoever owns it; the
 * database is read once at the start, and from then on only a writer thread touches it. Writes that
 * are ready share one commit (synchronous=FULL), each in a savepoint of its own, and are told only
 * when the disk has them: thousands of acknowledged writes a second cost a few fsyncs. They are
 * applied in the order in which they were handed over. All functions here: the loop's thread. */
#pragma once

#include "platform/far-loop.h"
#include "store/far-db.h"

G_BEGIN_DECLS

/* Writes that wait for the thread; more are refused with FAR_DB_ERROR_BUSY. */
#define FAR_PLATFORM_STORE_PENDING_MAX 50000
#define FAR_PLATFORM_STORE_BATCH_MAX 2000
#define FAR_PLATFORM_STORE_DIR "platform"
#define FAR_PLATFORM_STORE_FILE "platform.db"

typedef struct _FarPlatformStore FarPlatformStore;

/* On the writer thread, within a savepoint that an error undoes. */
typedef gboolean (*FarStoreApply) (FarDb *db, gpointer data, GError **error);
/* On the loop's thread. error: NULL once it is on the disk. data is freed behind it. */
typedef void     (*FarStoreDone)  (gpointer data, const GError *error);

/* Opens, and brings up to date, what is in data_dir. Blocks. */
FarPlatformStore *far_platform_store_open  (FarLoop *loop, const char *data_dir, GError **error);
/* To read what is there: until the first write. */
FarDb            *far_platform_store_get_db (FarPlatformStore *self);
/* done, free_data: (nullable). Never tells from here. */
void              far_platform_store_write (FarPlatformStore *self, FarStoreApply apply,
                                            FarStoreDone done, gpointer data,
                                            GDestroyNotify free_data);
/* Handed over and not yet told. */
guint             far_platform_store_n_pending (FarPlatformStore *self);
/* Waits until all that was handed over is on the disk, and tells it; the other one is the end. */
void              far_platform_store_flush (FarPlatformStore *self);
void              far_platform_store_close (FarPlatformStore *self);

/* Small documents, each under a kind and a key. json NULL deletes. done may be NULL. */
void     far_platform_store_put  (FarPlatformStore *self, const char *kind, const char *key,
                                  const char *json, FarStoreDone done, gpointer user_data);
typedef gboolean (*FarStoreVisit) (const char *key, const char *json, gpointer user_data,
                                   GError **error);
gboolean far_platform_store_each (FarPlatformStore *self, const char *kind, FarStoreVisit visit,
                                  gpointer user_data, GError **error);

/* For tests of upgrades: as the database was at a version. */
const char *const *far_platform_store_migrations (void);
gint32             far_platform_store_application_id (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarPlatformStore, far_platform_store_close)

G_END_DECLS
