/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to store: what the files of the room share. */
#pragma once

#include "store/far-db.h"

G_BEGIN_DECLS

struct _FarDb {
  sqlite3 *handle;
  char *path;
  GHashTable *statements; /* address of the SQL literal → sqlite3_stmt, owned */
};

/* Sets an error from SQLite's result code and the connection's last message. Always FALSE. */
gboolean far_db_fail      (FarDb *db, int code, GError **error);
/* Brings user_version up to the end of the array, in one transaction; sets application_id too. */
gboolean far_db_migrate   (FarDb *db, const FarDbOptions *options, gint64 from_version,
                           GError **error);
guint    far_db_n_migrations (const FarDbOptions *options);

G_END_DECLS
