/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit of files (see the header). */
#include "terminal/far-card-audit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/far-card-scan.h"

#define CHUNK (1024 * 1024)
#define DEPTH_MAX 32

typedef struct {
  FarCardAudit *audit;
  const char   *path;
} Where;

static void
finding_free (gpointer data)
{
  FarCardFinding *finding = data;

  g_free (finding->path);
  g_free (finding);
}

void
far_card_audit_init (FarCardAudit *audit)
{
  memset (audit, 0, sizeof *audit);
  audit->findings = g_ptr_array_new_with_free_func (finding_free);
}

void
far_card_audit_clear (FarCardAudit *audit)
{
  g_clear_pointer (&audit->findings, g_ptr_array_unref);
}

static void
on_found (const FarCardFound *found, gpointer data)
{
  Where *where = data;
  FarCardFinding *finding;

  where->audit->n_found++;
  if (where->audit->findings->len == FAR_CARD_FINDINGS_MAX)
    return;
  finding = g_new0 (FarCardFinding, 1);
  finding->path = g_strdup (where->path);
  finding->offset = found->offset;
  finding->issuer = found->issuer;
  g_strlcpy (finding->masked, found->masked, sizeof finding->masked);
  g_ptr_array_add (where->audit->findings, finding);
}

static void
audit_file (FarCardAudit *audit, const char *path)
{
  Where where = { audit, path };
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  FarCardScan scan;
  ssize_t n = -1;

  far_card_scan_init (&scan, on_found, &where);
  while (fd >= 0 && ((n = read (fd, chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR)))
    if (n > 0)
      {
        far_card_scan_feed (&scan, chunk, (gsize) n);
        audit->n_bytes += (guint64) n;
      }
  far_card_scan_end (&scan);
  if (fd >= 0)
    close (fd);
  audit->n_files++;
  if (n < 0)
    audit->n_unread++;
}

static void
audit_folder (FarCardAudit *audit, const char *path, guint depth)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (dir == NULL || depth > DEPTH_MAX)
    {
      audit->n_unread++;
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);
      struct stat info;

      if (lstat (inner, &info) != 0)
        continue; /* gone meanwhile */
      if (S_ISDIR (info.st_mode))
        audit_folder (audit, inner, depth + 1);
      else if (S_ISREG (info.st_mode))
        audit_file (audit, inner);
    }
}

void
far_card_audit_folder (FarCardAudit *audit, const char *path)
{
  g_return_if_fail (audit != NULL && path != NULL);

  audit_folder (audit, path, 0);
}

/* ---- the proof that it finds what is there ---- */

/* Test numbers that the providers publish; %s is one, as in a log, a database page, a form. */
static const char *const planted[] = {
  "4242424242424242", "5555555555554444", "2223003122003222", "378282246310005",
  "6011111111111117", "3566002020360505", "36227206271667", "6205500000000000004",
};

static const char *const shapes[] = {
  "%s", "{\"number\":\"%s\"}", "2026-11-23T12:00:00Z INFO card[number]=%s&cvc=1\n",
  "\x0d\x17\x03" "customer%s" "pm_card_visa\x01",
};

static const char *const decoys[] = {
  "1795435200123456", "4242424242424241", "0.4242424242424242", "4012345678901",
  "0190aaaa4242424242424242ffee0012aabbccdd", "550e8400-e29b-41d4-a716-446655440000",
  "42424242424242424242424242424242",
};

static gboolean
plant (const char *folder, guint number, const char *text, gsize filler, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%u", number);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GString) bytes = g_string_new (NULL);

  for (gsize i = 0; i < filler; i++)
    g_string_append_c (bytes, (char) ("\0x\xff "[i % 4]));
  g_string_append (bytes, text);
  for (gsize i = 0; i < 100; i++)
    g_string_append_c (bytes, (char) ("\0y"[i % 2]));
  return g_file_set_contents (path, bytes->str, (gssize) bytes->len, error);
}

static void
remove_planted (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

/* One file a number and shape, some of them across the end of what is read at once. */
static gboolean
plant_numbers (const char *folder, guint *ret_n, GError **error)
{
  *ret_n = 0;
  for (guint i = 0; i < G_N_ELEMENTS (planted); i++)
    for (guint j = 0; j < G_N_ELEMENTS (shapes); j++)
      {
        g_auto (GStrv) around = g_strsplit (shapes[j], "%s", 2);
        g_autofree char *text = g_strconcat (around[0], planted[i], around[1], NULL);

        if (!plant (folder, (*ret_n)++, text, j == 0 ? CHUNK - 7 - i : 100 * i + j, error))
          return FALSE;
      }
  return plant (folder, (*ret_n)++, "4242 4242 4242 4242", 9, error) &&
         plant (folder, (*ret_n)++, "3782-822463-10005", 9, error);
}

static gboolean
plant_decoys (const char *folder, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (decoys); i++)
    if (!plant (folder, i, decoys[i], 50, error))
      return FALSE;
  return TRUE;
}

gboolean
far_card_audit_prove (guint *ret_planted, GError **error)
{
  g_autofree char *numbers = g_dir_make_tmp ("farthing-audit-XXXXXX", error);
  g_autofree char *others = numbers != NULL ? g_dir_make_tmp ("farthing-audit-XXXXXX", error)
                                            : NULL;
  g_auto (FarCardAudit) found = { 0 };
  g_auto (FarCardAudit) wrong = { 0 };
  gboolean ok;

  far_card_audit_init (&found);
  far_card_audit_init (&wrong);
  *ret_planted = 0;
  ok = others != NULL && plant_numbers (numbers, ret_planted, error) &&
       plant_decoys (others, error);
  if (ok)
    {
      far_card_audit_folder (&found, numbers);
      far_card_audit_folder (&wrong, others);
      ok = found.n_found == *ret_planted && wrong.n_found == 0;
      if (!ok)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                     "the detector does not work here: it found %" G_GUINT64_FORMAT " of %u "
                     "planted numbers and %" G_GUINT64_FORMAT " that were none", found.n_found,
                     *ret_planted, wrong.n_found);
    }
  if (numbers != NULL)
    remove_planted (numbers);
  if (others != NULL)
    remove_planted (others);
  return ok;
}
