/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window in a language other than the code's: from .ui files, from code, in plurals, in dates
 * and figures. FARTHING_TEST_LANGUAGE says which. */
#include "far-desktop-test.h"

#include "desktop/alarms/far-alarm-format.h"
#include "desktop/deployments/far-deployment-dialog.h"
#include "desktop/far-format.h"
#include "desktop/far-window.h"
#include "far-fake-platform.h"

#define US_PER_DAY (24 * 60 * 60 * (gint64) G_USEC_PER_SEC)

static void
test_window (void)
{
  g_autoptr (FarFakePlatform) platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  GtkWidget *window = g_object_ref (far_window_new (NULL, session));

  gtk_window_present (GTK_WINDOW (window));
  far_session_start (session);
  far_test_wait_until (far_test_has_text (window, "Übersicht"));
  far_test_wait_until (far_test_has_text (window, "Letzte Ereignisse"));
  far_test_wait_until (far_test_has_text (window, "130 insgesamt"));

  far_window_show_page (FAR_WINDOW (window), "functions");
  far_test_wait_until (far_test_has_text (window, "Gleichzeitigkeit"));
  far_window_show_page (FAR_WINDOW (window), "traces");
  far_test_wait_until (far_test_has_text (window, "Alle Funktionen"));
  far_window_show_page (FAR_WINDOW (window), "reader");
  far_test_wait_until (far_test_find (window, GTK_TYPE_TOGGLE_BUTTON, "Alle") != NULL);

  far_test_close (window, window);
  far_test_session_stop (session);
  g_assert_finalize_object (session);
}

/* A dialog's .ui file, and the strings of its list. */
static void
test_dialog (void)
{
  FarSession *session = far_test_session_new ();
  GtkWidget *dialog = far_deployment_dialog_new (NULL, session);

  gtk_window_present (GTK_WINDOW (dialog));
  far_test_wait_until (gtk_widget_get_mapped (dialog));
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (dialog)), ==, "Neues Deployment");
  g_assert_nonnull (far_test_find (dialog, ADW_TYPE_COMBO_ROW, "Art"));
  g_assert_true (far_test_has_text (dialog, "Ein anderes Farthing"));
  gtk_window_destroy (GTK_WINDOW (dialog));
  far_test_settle ();
  g_assert_finalize_object (session);
}

/* Figures, plurals and dates. */
static void
test_format (void)
{
  const gint64 now_us = G_GINT64_CONSTANT (1795521600000000); /* 24 Nov 2026, noon UTC */
  g_autofree char *one = far_format_age (US_PER_DAY);
  g_autofree char *two = far_format_age (2 * US_PER_DAY);
  g_autofree char *share = far_format_fraction (0.0001);
  g_autofree char *day = far_format_day ("2026-03-09", now_us);

  g_assert_cmpstr (one, ==, "vor 1 Tag");
  g_assert_cmpstr (two, ==, "vor 2 Tagen");
  g_assert_cmpstr (share, ==, "<0,1\xc2\xa0%");
  g_assert_true (g_str_has_prefix (day, "9. "));
}

/* What the platform brings along is translated; what somebody has named is theirs. */
static void
test_alarms (void)
{
  FarAlarmInfo info = { .id = (char *) "disk", .name = (char *) "The disk is nearly full" };
  g_autofree char *own = far_alarm_format_name (&info);
  g_autofree char *built_in = NULL;

  g_assert_cmpstr (own, ==, "The disk is nearly full");
  info.builtin = TRUE;
  built_in = far_alarm_format_name (&info);
  g_assert_cmpstr (built_in, ==, "Die Platte ist fast voll");
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/german/window", test_window);
  g_test_add_func ("/german/dialog", test_dialog);
  g_test_add_func ("/german/format", test_format);
  g_test_add_func ("/german/alarms", test_alarms);
  return g_test_run ();
}
