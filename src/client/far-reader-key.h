/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader's device key: an Ed25519 seed in the file DATA_DIR/readers/NAME.key, mode 0600, made on
 * first use. Blocking, but only a small file of our own. Main thread. */
#pragma once

#include <gio/gio.h>

#include "base/far-crypto.h"

G_BEGIN_DECLS

#define FAR_READER_NAME_MAX 64
#define FAR_READER_NAME_DEFAULT "me"

typedef struct {
  guint8 private_key[FAR_ED25519_KEY_LEN];
  guint8 public_key[FAR_ED25519_KEY_LEN];
  char id[2 * FAR_ED25519_KEY_LEN + 1]; /* the public key in hex: who the reader is to the market */
} FarReaderKey;

/* name: letters, digits, "-" and "_". Errors: G_FILE_ERROR; G_FILE_ERROR_PERM if others can read
 * the file; G_FILE_ERROR_INVAL for a damaged file or a name that is none.
 * Returns: (transfer full) */
FarReaderKey *far_reader_key_load     (const char *data_dir, const char *name, GError **error);
/* A new one that is kept nowhere, for simulated readers. */
FarReaderKey *far_reader_key_new_from_seed (const guint8 seed[FAR_ED25519_KEY_LEN]);
/* Wipes it. */
void          far_reader_key_free     (FarReaderKey *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarReaderKey, far_reader_key_free)

G_END_DECLS
