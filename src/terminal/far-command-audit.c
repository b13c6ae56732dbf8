/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl audit cards: first that the detector finds what is planted, then every byte of the
 * data directory. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-card-audit.h"
#include "terminal/far-terminal.h"

static void
print_json (const FarCardAudit *audit, guint planted)
{
  g_auto (FarJsonWriter) w = { 0 };

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_bool (&w, "ok", audit->n_found == 0 && audit->n_unread == 0);
  far_json_add_int (&w, "planted_found", planted);
  far_json_add_int (&w, "files", (gint64) audit->n_files);
  far_json_add_int (&w, "bytes", (gint64) audit->n_bytes);
  far_json_add_int (&w, "unread", (gint64) audit->n_unread);
  far_json_add_int (&w, "found", (gint64) audit->n_found);
  far_json_begin_array (&w, "findings");
  for (guint i = 0; i < audit->findings->len; i++)
    {
      const FarCardFinding *finding = g_ptr_array_index (audit->findings, i);

      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "file", finding->path);
      far_json_add_int (&w, "offset", (gint64) finding->offset);
      far_json_add_string (&w, "issuer", finding->issuer);
      far_json_add_string (&w, "number", finding->masked);
      far_json_end_object (&w);
    }
  far_json_end_array (&w);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

static void
print_text (const FarCardAudit *audit, guint planted, const char *folder)
{
  printf ("The detector found all of %u planted test numbers, and nothing else\n", planted);
  printf ("%" G_GUINT64_FORMAT " bytes in %" G_GUINT64_FORMAT " files of %s: %" G_GUINT64_FORMAT
          " card numbers\n", audit->n_bytes, audit->n_files, folder, audit->n_found);
  for (guint i = 0; i < audit->findings->len; i++)
    {
      const FarCardFinding *finding = g_ptr_array_index (audit->findings, i);
      g_autofree char *path = far_terminal_clean (finding->path);

      printf ("  %s at byte %" G_GUINT64_FORMAT ": %s %s\n", path, finding->offset,
              finding->issuer, finding->masked);
    }
  if (audit->n_unread > 0)
    printf ("%" G_GUINT64_FORMAT " FILES COULD NOT BE READ\n", audit->n_unread);
  if (audit->n_found == 0)
    puts ("By issuer range, length and check digit, in plain digits and as printed on cards; what "
          "is encrypted or packed cannot be seen");
}

int
far_command_audit (FarTerminal *self, int argc, char **argv)
{
  g_auto (FarCardAudit) audit = { 0 };
  g_autoptr (GError) error = NULL;
  const char *folder;
  guint planted;
  int code;

  if (!far_terminal_parse (self, far_command_find ("audit"), NULL, &argc, &argv, &code))
    return code;
  if (argc < 2 || argc > 3 || strcmp (argv[1], "cards") != 0)
    return far_terminal_usage ("say what to look for: farthingctl audit cards [FOLDER]");
  folder = argc == 3 ? argv[2] : self->data_dir;
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      fprintf (stderr, "farthingctl: %s is no folder\n", folder);
      return FAR_EXIT_NO_INPUT;
    }
  if (!far_card_audit_prove (&planted, &error))
    {
      far_terminal_fail (error);
      return FAR_EXIT_SOFTWARE;
    }
  far_card_audit_init (&audit);
  far_card_audit_folder (&audit, folder);
  if (self->json)
    print_json (&audit, planted);
  else
    print_text (&audit, planted, folder);
  return audit.n_found == 0 && audit.n_unread == 0 ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}
