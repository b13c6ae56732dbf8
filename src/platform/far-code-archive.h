/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function's code as it is uploaded: a zip file, unpacked into a folder of its own.
 *
 * Whatever is in it stays below that folder and within Lambda's limits: names with "..", absolute
 * ones, links, devices, encrypted entries and names that stand twice are refused; what an entry
 * says about its size is not believed. The folder appears whole or not at all. Any thread; blocks.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_CODE_ERROR (far_code_error_quark ())
GQuark far_code_error_quark (void);
typedef enum {
  FAR_CODE_ERROR_FORMAT, /* no zip, or broken, or with something in it that is not taken */
  FAR_CODE_ERROR_SIZE,
  FAR_CODE_ERROR_ZIP_SIZE, /* of the zip itself */
  FAR_CODE_ERROR_IO,
} FarCodeError;

/* Lambda's: of the zip as it is uploaded, and of what is in it. */
#define FAR_CODE_ZIP_MAX (50 * 1024 * 1024)
#define FAR_CODE_BYTES_MAX (250 * G_GINT64_CONSTANT (1024) * 1024)
#define FAR_CODE_ENTRIES_MAX 20000
#define FAR_CODE_PATH_MAX 512
#define FAR_CODE_DEPTH_MAX 32

/* dir: absolute; nothing is done if it is there already, for its name is made of the digest of
 * what is in it. Folders get 0755, files 0644, or 0755 if the zip says they can be executed. */
gboolean far_code_archive_unpack (const void *data, gsize n_bytes, const char *dir,
                                  GError **error);
/* Removes what was unpacked: a folder with all that is in it. */
void     far_code_archive_remove (const char *dir);
/* Only looks through it, with the same checks. */
gboolean far_code_archive_check  (const void *data, gsize n_bytes, GError **error);

G_END_DECLS
