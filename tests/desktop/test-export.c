/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/export/far-export-dialog.h"
#include "far-fake-platform.h"

#define EXPORT "GET /v1/export"

typedef struct {
  FarFakePlatform *platform;
  FarSession      *session;
  GtkWidget       *dialog;
  char            *name;
  char            *text;
} Fixture;

static void
ready_cb (Fixture *fixture, const char *name, const char *text)
{
  fixture->name = g_strdup (name);
  fixture->text = g_strdup (text);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  FarPlatformClient *client;

  fixture->platform = far_fake_platform_new (far_test_data_dir ());
  fixture->session = far_test_session_new ();
  far_session_start (fixture->session);
  far_test_wait_until ((client = far_session_get_client (fixture->session)) != NULL &&
                       g_list_model_get_n_items (far_platform_client_get_functions (client)) == 3);
  fixture->dialog = far_export_dialog_new (NULL, fixture->session, "Pledge");
  g_object_ref (fixture->dialog);
  g_signal_connect_swapped (fixture->dialog, "ready", G_CALLBACK (ready_cb), fixture);
  gtk_window_present (GTK_WINDOW (fixture->dialog));
  far_test_wait_until (gtk_widget_get_mapped (fixture->dialog));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->dialog));
  far_test_session_stop (fixture->session);
  g_assert_finalize_object (fixture->dialog);
  g_assert_finalize_object (fixture->session);
  far_fake_platform_free (fixture->platform);
  g_free (fixture->name);
  g_free (fixture->text);
}

/* The keyboard begins at the first choice; on "Cancel" Enter would give up. */
static void
test_focus (Fixture *fixture, gconstpointer data)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (fixture->dialog));

  g_assert_nonnull (focus);
  g_assert_nonnull (gtk_widget_get_ancestor (focus, ADW_TYPE_COMBO_ROW));
}

/* It begins with the function whose page one is on; the range is that of all pages. */
static void
test_file (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_answer (fixture->platform, EXPORT, "<html>…</html>");
  g_assert_true (far_test_has_text (fixture->dialog, "Pledge"));
  g_assert_true (far_test_has_text (fixture->dialog, "5 minutes"));
  far_test_click (fixture->dialog, "_Export…");
  far_test_wait_until (fixture->text != NULL);
  g_assert_cmpstr (fixture->text, ==, "<html>…</html>");
  g_assert_true (g_str_has_prefix (fixture->name, "farthing-overview-"));
  g_assert_true (g_str_has_suffix (fixture->name, ".html"));
  far_test_wait_until (!gtk_widget_get_mapped (fixture->dialog));
}

/* What the platform says is said, and one can try again. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_refuse (fixture->platform, EXPORT, 1, 501, "not_reported");
  far_fake_platform_answer (fixture->platform, EXPORT, "a");
  far_test_click (fixture->dialog, "_Export…");
  far_test_wait_until (far_test_has_text (fixture->dialog, "Refused: not_reported."));
  g_assert_null (fixture->text);
  far_test_click (fixture->dialog, "_Export…");
  far_test_wait_until (fixture->text != NULL);
}

/* Closed while the file is being made: nothing comes any more. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_answer (fixture->platform, EXPORT, "a");
  far_test_click (fixture->dialog, "_Export…");
  g_assert_true (far_test_has_text (fixture->dialog, "The file is being made…"));
  far_test_click (fixture->dialog, "_Cancel");
  far_test_wait_until (!gtk_widget_get_mapped (fixture->dialog));
  far_test_settle ();
  g_assert_null (fixture->text);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add ("/export/focus", Fixture, NULL, set_up, test_focus, tear_down);
  g_test_add ("/export/file", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/export/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/export/cancelled", Fixture, NULL, set_up, test_cancelled, tear_down);
  return g_test_run ();
}
