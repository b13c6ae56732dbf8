/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-page-test.h"

#include "desktop/alarms/far-alarm-dialog.h"
#include "desktop/alarms/far-alarm-row.h"
#include "desktop/alarms/far-alarms-page.h"

#define LIST "GET /v1/alarms"

#define ALARM(id, name, state, more) \
  "{\"id\":\"" id "\",\"name\":\"" name "\",\"enabled\":true,\"builtin\":false," \
  "\"metric\":\"p99_us\",\"function\":\"Pledge\",\"window_s\":300,\"compare\":\"above\"," \
  "\"threshold\":250000,\"clear\":null,\"for_s\":0,\"clear_for_s\":0,\"n_min\":0," \
  "\"no_data\":\"no_data\",\"webhook\":null,\"unit\":\"us\",\"state\":\"" state "\"," \
  "\"pending\":false,\"since_us\":1795521600000000,\"value\":312000,\"n\":5,\"text\":\"\"" more "}"
#define METRICS \
  "\"metrics\":[{\"name\":\"wal_bytes\",\"unit\":\"bytes\",\"kind\":\"system\"," \
  "\"description\":\"d\"},{\"name\":\"p99_us\",\"unit\":\"us\",\"kind\":\"function\"," \
  "\"description\":\"d\"}]"

typedef FarPageTest Fixture; /* hears what the session's alarms tell */

static void
turned_cb (Fixture *fixture, FarAlarmItem *item)
{
  g_string_append_printf (fixture->heard, "%s:%s ", far_alarm_item_get_info (item)->id,
                          far_alarm_item_get_info (item)->state);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  far_page_test_init (fixture);
  far_fake_platform_answer (fixture->platform, LIST,
                            "{\"alarms\":[" ALARM ("fine", "All fine", "ok", "") ","
                            ALARM ("slow", "Too slow", "alarm", "") "]," METRICS "}");
  far_fake_platform_answer (fixture->platform, "GET /v1/alarms/slow/history",
                            "{\"history\":[{\"time_us\":1795521600000000,\"state\":\"alarm\","
                            "\"text\":\"It was <b>slow\"}]}");
  far_fake_platform_answer (fixture->platform, "PUT /v1/alarms/slow", "{}");
  far_fake_platform_answer (fixture->platform, "DELETE /v1/alarms/slow", "{}");
  far_fake_platform_answer (fixture->platform, "POST /v1/alarms", "{}");
  g_signal_connect_swapped (far_session_get_alarms (fixture->session), "turned",
                            G_CALLBACK (turned_cb), fixture);
  far_page_test_start (fixture, FAR_TYPE_ALARMS_PAGE, "Alarms", GPOINTER_TO_INT (data), 700);
  far_test_wait_until (far_test_has_text (fixture->page, "Too slow"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  far_page_test_clear (fixture);
}

static const char *
first_row (Fixture *fixture)
{
  GtkWidget *row = far_test_find (fixture->page, FAR_TYPE_ALARM_ROW, NULL);

  return row != NULL ? adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)) : NULL;
}

static guint
badge (Fixture *fixture)
{
  guint n;

  g_object_get (fixture->page, "badge", &n, NULL);
  return n;
}

/* What is raised comes first. What was so before is told to nobody; what changes is told once. */
static void
test_states (Fixture *fixture, gconstpointer data)
{
  int minimum;

  far_test_wait_until (g_strcmp0 (first_row (fixture), "Too slow") == 0);
  g_assert_cmpuint (badge (fixture), ==, 1);
  g_assert_cmpstr (fixture->heard->str, ==, "");
  gtk_widget_measure (fixture->page, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);

  /* The list says so too from now on, as the platform's would. */
  far_fake_platform_answer (fixture->platform, LIST,
                            "{\"alarms\":[" ALARM ("fine", "All fine", "alarm", "") ","
                            ALARM ("slow", "Too slow", "ok", "") "]," METRICS "}");
  far_fake_platform_send (fixture->platform, "\"type\":\"alarm\",\"from\":\"alarm\",\"alarm\":"
                          ALARM ("slow", "Too slow", "ok", ""));
  far_fake_platform_send (fixture->platform, "\"type\":\"alarm\",\"from\":\"ok\",\"alarm\":"
                          ALARM ("fine", "All fine", "alarm", ""));
  far_test_wait_until (g_strcmp0 (first_row (fixture), "All fine") == 0);
  far_test_wait_until (strstr (fixture->heard->str, "slow:ok ") != NULL &&
                       strstr (fixture->heard->str, "fine:alarm ") != NULL);
  g_assert_cmpuint (fixture->heard->len, ==, strlen ("slow:ok fine:alarm "));
  g_assert_cmpuint (badge (fixture), ==, 1);
}

static void
test_one (Fixture *fixture, gconstpointer data)
{
  GtkWidget *control;

  far_page_open (FAR_PAGE (fixture->page), "slow");
  far_test_wait_until (far_test_has_text (fixture->page, "It was <b>slow"));
  g_assert_true (far_test_has_text (fixture->page,
                                    "Duration, p99 above 250 ms · Pledge · within 5 min"));
  control = far_test_find (fixture->page, GTK_TYPE_SWITCH, NULL);
  g_assert_true (gtk_switch_get_active (GTK_SWITCH (control)));
  gtk_switch_set_active (GTK_SWITCH (control), FALSE);
  far_test_wait_until (far_fake_platform_count (fixture->platform, "PUT /v1/alarms/slow") == 1);
  g_assert_nonnull (strstr (far_fake_platform_last_body (fixture->platform, "PUT /v1/alarms/slow"),
                            "\"enabled\":false"));
  far_test_wait_until (gtk_widget_is_sensitive (control));

  g_assert_true (far_page_back (FAR_PAGE (fixture->page)));
  g_assert_false (far_page_back (FAR_PAGE (fixture->page)));
  far_page_open (FAR_PAGE (fixture->page), "no such alarm");
  g_assert_false (far_page_back (FAR_PAGE (fixture->page)));
}

static GtkWidget *
find_row (GtkWidget *root, const char *title)
{
  GtkWidget *row = NULL;

  far_test_wait_until ((row = far_test_find (root, ADW_TYPE_ENTRY_ROW, title)) != NULL);
  return row;
}

/* Typed in milliseconds, sent in microseconds; what is no number is said, not sent. */
static void
test_add (Fixture *fixture, gconstpointer data)
{
  GtkWidget *dialog = far_alarm_dialog_new (GTK_WINDOW (fixture->window), fixture->session, NULL);
  const char *body;

  g_object_ref (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
  far_test_wait_until (gtk_widget_get_mapped (dialog));
  gtk_editable_set_text (GTK_EDITABLE (find_row (dialog, "Name")), "Mine");
  gtk_editable_set_text (GTK_EDITABLE (find_row (dialog, "Limit (ms)")), "much");
  far_test_click (dialog, "_Add");
  g_assert_true (far_test_has_text (dialog, "“Limit (ms)” must be a number."));
  g_assert_cmpuint (far_fake_platform_count (fixture->platform, "POST /v1/alarms"), ==, 0);

  far_fake_platform_refuse (fixture->platform, "POST /v1/alarms", 1, 400, "bad_rule");
  gtk_editable_set_text (GTK_EDITABLE (find_row (dialog, "Limit (ms)")), "12.5");
  far_test_click (dialog, "_Add");
  far_test_wait_until (far_test_has_text (dialog, "Refused: bad_rule."));
  far_test_click (dialog, "_Add");
  far_test_wait_until (!gtk_widget_get_mapped (dialog));
  body = far_fake_platform_last_body (fixture->platform, "POST /v1/alarms");
  g_assert_nonnull (strstr (body, "\"name\":\"Mine\""));
  g_assert_nonnull (strstr (body, "\"metric\":\"p99_us\""));
  g_assert_nonnull (strstr (body, "\"threshold\":12500,\"clear\":null,\"window_s\":300"));
  far_test_settle ();
  g_assert_finalize_object (dialog);
}

#define ADD(path, width, test) \
  g_test_add (path, Fixture, GINT_TO_POINTER (width), set_up, test, tear_down)

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  ADD ("/alarms-page/states", 360, test_states);
  ADD ("/alarms-page/one", 800, test_one);
  ADD ("/alarms-page/add", 800, test_add);
  return g_test_run ();
}
