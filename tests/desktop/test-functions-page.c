/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-page-test.h"

#include "desktop/charts/far-heat-map.h"
#include "desktop/charts/far-time-chart.h"
#include "desktop/charts/far-time-plot.h"
#include "desktop/functions/far-function-detail.h"
#include "desktop/functions/far-functions-page.h"
#include "desktop/functions/far-invocation-list.h"
#include "desktop/functions/far-log-view.h"

typedef FarPageTest Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  far_page_test_init (fixture);
  far_page_test_start (fixture, FAR_TYPE_FUNCTIONS_PAGE, "Functions", GPOINTER_TO_INT (data), 700);
  far_test_wait_until (far_test_has_text (fixture->page, "Pledge"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  far_page_test_clear (fixture);
}

/* What a row reads, from left to right. */
static char *
row_text (GtkWidget *row)
{
  GString *text = g_string_new (NULL);

  for (GtkWidget *cell = gtk_widget_get_first_child (row); cell != NULL;
       cell = gtk_widget_get_next_sibling (cell))
    {
      GtkWidget *label = far_test_find (cell, GTK_TYPE_LABEL, NULL);

      if (label != NULL)
        g_string_append_printf (text, "%s|", gtk_label_get_label (GTK_LABEL (label)));
    }
  return g_string_free (text, FALSE);
}

static char *
nth_row (GtkWidget *page, guint n)
{
  GtkWidget *list = far_test_find (page, GTK_TYPE_LIST_VIEW, NULL);
  GtkWidget *row = gtk_widget_get_first_child (list);

  while (row != NULL && n-- > 0)
    row = gtk_widget_get_next_sibling (row);
  return row != NULL ? row_text (row) : g_strdup ("");
}

static gboolean
row_is (GtkWidget *page, guint n, const char *text)
{
  g_autofree char *row = nth_row (page, n);

  return g_str_equal (row, text);
}

/* Most invocations first; a function that never ran has no percentile. */
static void
test_table (Fixture *fixture, gconstpointer data)
{
  far_test_wait_until (row_is (fixture->page, 0,
                               "Pledge|90|1|4|10.0%|800 µs|7 ms|5|$0.000002|"));
  far_test_wait_until (row_is (fixture->page, 1,
                               "Content|40|0|0|5.0%|600 µs|5 ms|3|$0.000001|"));
  far_test_wait_until (row_is (fixture->page, 2, "Settle|0|0|0|—|—|—|0|$0.00|"));
}

static void
test_narrow (Fixture *fixture, gconstpointer data)
{
  far_test_wait_until (row_is (fixture->page, 0, "Pledge|90|1|7 ms|"));
}

/* With large text there is less room still: what tells a sick function stays in sight. */
static void
test_large_text (Fixture *fixture, gconstpointer data)
{
  int dpi;

  g_object_get (gtk_settings_get_default (), "gtk-xft-dpi", &dpi, NULL);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 144 * 1024, NULL);
  far_test_wait_until (row_is (fixture->page, 0, "Pledge|1|7 ms|"));
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", dpi, NULL);
}

static void
test_search (Fixture *fixture, gconstpointer data)
{
  GtkWidget *entry;

  g_assert_true (far_page_search (FAR_PAGE (fixture->page)));
  far_test_wait_until ((entry = far_test_find (fixture->page, GTK_TYPE_SEARCH_ENTRY, NULL)) !=
                       NULL);
  gtk_editable_set_text (GTK_EDITABLE (entry), "tle");
  far_test_wait_until (row_is (fixture->page, 0, "Settle|0|0|0|—|—|—|0|$0.00|"));
  g_assert_false (far_test_has_text (fixture->page, "Pledge"));
  gtk_editable_set_text (GTK_EDITABLE (entry), "nobody");
  far_test_wait_until (far_test_has_text (fixture->page, "No Function of That Name"));
}

/* As long as nobody has answered nothing is said, neither that there were calls nor that not. */
static void
test_unanswered (Fixture *fixture, gconstpointer data)
{
  GtkWidget *detail;
  GtkWidget *stack;

  far_fake_platform_refuse (fixture->platform, "GET /v1/invocations", 1, 503, "unavailable");
  far_functions_page_open (FAR_FUNCTIONS_PAGE (fixture->page), "Pledge");
  detail = far_test_find (fixture->page, FAR_TYPE_FUNCTION_DETAIL, NULL);
  far_test_wait_until (gtk_widget_get_mapped (detail));
  stack = gtk_widget_get_ancestor (far_test_find (detail, FAR_TYPE_TIME_CHART, NULL),
                                   GTK_TYPE_STACK);
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "invocations");
  far_test_wait_until (far_fake_platform_count (fixture->platform, "GET /v1/invocations") > 0);
  far_test_settle ();
  g_assert_false (far_test_has_text (detail, "No Invocations Yet"));
  g_assert_false (far_test_has_text (detail, "Single Invocations Are Not Reported Here"));

  /* It asks again by itself; then it is known. */
  far_fake_platform_answer (fixture->platform, "GET /v1/invocations", "{\"invocations\":[]}");
  far_test_wait_until (far_test_has_text (detail, "No Invocations Yet"));
}

static void
test_detail (Fixture *fixture, gconstpointer data)
{
  GtkWidget *detail;
  GtkWidget *search;
  GtkWidget *stack;
  guint asked;

  far_functions_page_open (FAR_FUNCTIONS_PAGE (fixture->page), "Pledge");
  detail = far_test_find (fixture->page, FAR_TYPE_FUNCTION_DETAIL, NULL);
  far_test_wait_until (gtk_widget_get_mapped (detail));
  g_assert_true (far_test_has_text (detail, "provided.al2023 · 128 MB · stopped after 10 s · "
                                            "2 instances now"));
  g_assert_false (far_page_search (FAR_PAGE (fixture->page)));

  stack = gtk_widget_get_ancestor (far_test_find (detail, FAR_TYPE_TIME_CHART, NULL),
                                   GTK_TYPE_STACK);
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "invocations");
  far_test_wait_until (far_test_has_text (detail, "Timed out (Sandbox.Timedout)"));
  g_assert_true (far_test_has_text (detail, "Cold, 2.1 ms"));
  g_assert_true (far_test_has_text (detail, "10 s"));

  /* Terminal escapes are gone, markup is text. */
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "logs");
  far_test_wait_until (far_test_has_text (detail, "red [31mherring <b>"));

  /* The platform searches, not only what is on screen; and may have nothing to search. */
  asked = far_fake_platform_count (fixture->platform, "GET /v1/logs");
  search = far_test_find (detail, GTK_TYPE_SEARCH_ENTRY, NULL);
  gtk_editable_set_text (GTK_EDITABLE (search), "HERRING");
  far_test_wait_until (far_fake_platform_count (fixture->platform, "GET /v1/logs") > asked);
  far_test_wait_until (far_test_has_text (detail, "red [31mherring <b>"));
  far_fake_platform_refuse (fixture->platform, "GET /v1/logs", 1000, 501, "not_reported");
  gtk_editable_set_text (GTK_EDITABLE (search), "h");
  far_test_wait_until (far_test_has_text (detail, "Logs Are Not Reported Here"));

  g_assert_true (far_page_back (FAR_PAGE (fixture->page)));
  far_test_wait_until (far_test_find (fixture->page, GTK_TYPE_COLUMN_VIEW, NULL) != NULL);
  g_assert_false (far_page_back (FAR_PAGE (fixture->page)));
}

#define FIGURES(invocations, errors, p99) \
  "\"invocations\":" invocations ",\"errors\":0,\"throttles\":0,\"cold_starts\":0,\"n\":10," \
  "\"error_ppm\":" errors ",\"throttle_ppm\":0,\"cold_ppm\":null,\"cost_picodollars\":0," \
  "\"p99_us\":" p99

static gboolean
says (GtkWidget *plot, const char *text)
{
  g_autofree char *words = far_time_plot_describe (FAR_TIME_PLOT (plot));

  return strstr (words, text) != NULL;
}

/* Beside the time before, version beside version, and with what happened drawn into the charts. */
static void
test_compare (Fixture *fixture, gconstpointer data)
{
  GtkWidget *detail;
  GtkWidget *chart;

  far_fake_platform_answer (fixture->platform, "GET /v1/summary",
                            "{\"total\":{" FIGURES ("200", "25000", "{\"value\":3000}") "},"
                            "\"groups\":[{\"key\":\"1\"," FIGURES ("150", "0", "null") "},"
                            "{\"key\":\"2\"," FIGURES ("50", "0", "{\"value\":9000}") "}],"
                            "\"baseline\":{\"total\":{"
                            FIGURES ("100", "10000", "{\"value\":4000}") "}}}");
  far_fake_platform_answer (fixture->platform, "GET /v1/annotations",
                            "{\"annotations\":[{\"id\":1,\"time_us\":1795521605000000,"
                            "\"kind\":\"deploy\",\"text\":\"Version <2> it is\"},"
                            "{\"id\":2,\"time_us\":1795521605000000,\"kind\":\"note\","
                            "\"function\":\"Content\",\"text\":\"Of another one\"}]}");
  far_functions_page_open (FAR_FUNCTIONS_PAGE (fixture->page), "Pledge");
  detail = far_test_find (fixture->page, FAR_TYPE_FUNCTION_DETAIL, NULL);
  far_test_wait_until (far_test_has_text (detail, "+100%"));
  g_assert_true (far_test_has_text (detail, "+1.5 points"));
  g_assert_true (far_test_has_text (detail, "-25%"));
  g_assert_true (far_test_has_text (detail, "Version 2"));
  g_assert_true (far_test_has_text (detail, "9 ms"));

  chart = far_test_find (detail, FAR_TYPE_TIME_PLOT, NULL);
  far_test_wait_until (says (chart, "Deployed: Version <2> it is."));
  g_assert_false (says (chart, "Of another one"));

  far_fake_platform_refuse (fixture->platform, "GET /v1/summary", 1000, 501, "not_reported");
  far_session_set_range (fixture->session, FAR_RANGE_HOUR);
  far_test_wait_until (far_test_has_text (detail, "Refused: not_reported."));
  g_assert_false (far_test_has_text (detail, "+100%"));
}

/* What a deployment does not report is left out, or said to be unknown, and is nowhere 0 or -1; a
 * percentile is as exact as its source. */
static void
test_unreported (Fixture *fixture, gconstpointer data)
{
  const FarFunctionFigures bare = { .instances = FAR_FIGURE_UNKNOWN, .reserved_concurrency = -1 };
  g_autoptr (FarFunctionInfo) info = far_function_info_new ("resize", "go", &bare);
  GtkWidget *detail;

  far_fake_platform_answer (fixture->platform, "GET /v1/summary",
                            "{\"total\":{\"invocations\":null,\"n\":null,\"p50_us\":{\"value\":"
                            "2500,\"low\":null,\"high\":5000},\"p99_us\":{\"value\":10000000,"
                            "\"low\":10000000,\"high\":null}},\"groups\":[],\"baseline\":null}");
  far_fake_platform_refuse (fixture->platform, "GET /v1/heatmap", 1000, 501, "not_reported");
  far_functions_page_open (FAR_FUNCTIONS_PAGE (fixture->page), "Pledge");
  detail = far_test_find (fixture->page, FAR_TYPE_FUNCTION_DETAIL, NULL);
  far_test_wait_until (far_test_has_text (detail, "< 5 ms"));
  g_assert_true (far_test_has_text (detail, "> 10 s"));
  g_assert_false (far_test_has_text (detail, "-1"));
  far_test_wait_until (far_test_has_text (detail, "Refused: not_reported."));
  g_assert_null (far_test_find (detail, FAR_TYPE_HEAT_MAP, NULL));

  far_function_detail_set_function (FAR_FUNCTION_DETAIL (detail), info);
  g_assert_true (far_test_has_text (detail, "go"));
}

/* A log that ended, because the platform went away, is read again by itself. */
static void
test_log_again (Fixture *fixture, gconstpointer data)
{
  GtkWidget *detail;
  GtkWidget *stack;

  far_functions_page_open (FAR_FUNCTIONS_PAGE (fixture->page), "Pledge");
  detail = far_test_find (fixture->page, FAR_TYPE_FUNCTION_DETAIL, NULL);
  far_test_wait_until (gtk_widget_get_mapped (detail));
  stack = gtk_widget_get_ancestor (far_test_find (detail, FAR_TYPE_TIME_CHART, NULL),
                                   GTK_TYPE_STACK);
  far_fake_platform_refuse (fixture->platform, "GET /v1/logs", 1, 503, "away");
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "logs");
  far_test_wait_until (far_test_has_text (detail, "red [31mherring <b>"));
}

#define ADD(path, width, test) \
  g_test_add (path, Fixture, GINT_TO_POINTER (width), set_up, test, tear_down)

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  ADD ("/functions-page/table", 1100, test_table);
  ADD ("/functions-page/narrow", 400, test_narrow);
  ADD ("/functions-page/large-text", 360, test_large_text);
  ADD ("/functions-page/search", 1100, test_search);
  ADD ("/functions-page/detail", 1100, test_detail);
  ADD ("/functions-page/unanswered", 1100, test_unanswered);
  ADD ("/functions-page/compare", 1100, test_compare);
  ADD ("/functions-page/unreported", 1100, test_unreported);
  ADD ("/functions-page/log-again", 1100, test_log_again);
  return g_test_run ();
}
