/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-page-test.h"

#include "desktop/traces/far-span-row.h"
#include "desktop/traces/far-traces-page.h"

#define LIST "GET /v1/traces"
#define ONE "GET /v1/traces/aa"
#define N_SPANS 500

static const char list[] =
  "{\"traces\":[{\"trace_id\":\"aa\",\"name\":\"POST /pledges\",\"function\":\"Pledge\","
  "\"start_us\":1795521600000000,\"duration_us\":12000,\"invocations\":3,\"errors\":1}]}";

static const char trace[] =
  "{\"trace_id\":\"aa\",\"start_us\":1000,\"duration_us\":12000,\"complete\":true,\"spans\":["
  "{\"span_id\":\"1\",\"parent_id\":null,\"kind\":\"gateway\",\"name\":\"POST /pledges\","
  "\"function\":\"Pledge\",\"start_us\":1000,\"duration_us\":12000,\"status\":\"error\","
  "\"request_id\":\"r-1\",\"outcome\":\"timeout\",\"attributes\":{}},"
  "{\"span_id\":\"2\",\"parent_id\":\"1\",\"kind\":\"cold\",\"name\":\"cold\","
  "\"function\":\"Pledge\",\"start_us\":900,\"duration_us\":3000,\"status\":\"unset\","
  "\"request_id\":null,\"outcome\":null,\"attributes\":{\"app.article\":\"ro\\u001bpe\",\"n\":3}},"
  "{\"span_id\":\"3\",\"parent_id\":\"2\",\"kind\":\"init\",\"name\":\"init\","
  "\"function\":\"Pledge\",\"start_us\":1500,\"duration_us\":1000,\"status\":\"unset\","
  "\"request_id\":null,\"outcome\":null,\"attributes\":{}}]}";

typedef FarPageTest Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  far_page_test_init (fixture);
  far_fake_platform_answer (fixture->platform, LIST, list);
  far_fake_platform_answer (fixture->platform, ONE, trace);
  far_page_test_start (fixture, FAR_TYPE_TRACES_PAGE, "Traces", GPOINTER_TO_INT (data), 700);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  far_page_test_clear (fixture);
}

static void
open_trace (Fixture *fixture, const char *landmark)
{
  far_test_wait_until (far_test_has_text (fixture->page, "POST /pledges · Pledge"));
  far_page_open (FAR_PAGE (fixture->page), "aa");
  far_test_wait_until (far_test_has_text (fixture->page, landmark));
}

/* As long as nobody has answered nothing is said, neither that there are traces nor that not. */
static void
test_unanswered (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_refuse (fixture->platform, LIST, G_MAXUINT, 503, "unavailable");
  far_test_wait_until (far_fake_platform_count (fixture->platform, LIST) > 0);
  far_test_settle ();
  g_assert_false (far_test_has_text (fixture->page, "No Traces in This Time"));
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  far_test_wait_until (far_test_has_text (fixture->page, "POST /pledges · Pledge"));
  g_assert_true (far_test_has_text (fixture->page, "12 ms"));
  far_fake_platform_answer (fixture->platform, LIST, "{\"traces\":[]}");
  far_test_click (fixture->page, "_Failed only");
  far_test_wait_until (far_test_has_text (fixture->page, "No Traces in This Time"));
  far_fake_platform_refuse (fixture->platform, LIST, 1000, 501, "not_reported");
  far_test_click (fixture->page, "_Failed only");
  far_test_wait_until (far_test_has_text (fixture->page, "Traces Are Not Reported Here"));
  g_assert_true (far_test_has_text (fixture->page, "Refused: not_reported."));
}

/* Every row says what its bar shows; the chosen one's details are beside it. */
static void
test_trace (Fixture *fixture, gconstpointer data)
{
  GtkWidget *row;

  open_trace (fixture, "Initialisation");
  g_assert_true (far_test_has_text (fixture->page, "1 span begins before its parent: the clocks "
                                                   "of two machines differ"));
  g_assert_true (far_test_has_text (fixture->page, "failed (timeout)"));
  g_assert_true (far_test_has_text (fixture->page, "r-1"));
  row = far_test_find (fixture->page, FAR_TYPE_SPAN_ROW, NULL);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (gtk_widget_get_parent (row)),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "POST /pledges · Pledge, 12 ms, after 100 µs, level 1, "
                                       "failed");

  g_assert_true (gtk_widget_activate_action (gtk_widget_get_parent (row), "list.select-item",
                                             "(ubb)", 1, FALSE, FALSE));
  far_test_wait_until (far_test_has_text (fixture->page, "begins 100 µs before its parent"));
  g_assert_true (far_test_has_text (fixture->page, "article"));
  g_assert_true (far_test_has_text (fixture->page, "rope"));

  g_assert_true (far_page_back (FAR_PAGE (fixture->page)));
  far_test_wait_until (far_test_has_text (fixture->page, "POST /pledges · Pledge"));
  g_assert_false (far_page_back (FAR_PAGE (fixture->page)));
}

#define SPAN_OF(id, kind, function) \
  "{\"span_id\":\"" id "\",\"parent_id\":null,\"kind\":\"" kind "\",\"name\":\"span " id "\"," \
  "\"function\":\"" function "\",\"start_us\":100" id ",\"duration_us\":10,\"status\":\"ok\"," \
  "\"request_id\":null,\"outcome\":null,\"attributes\":{}}"

/* A function has a page where the deployment has it; a service of another system has none. */
static void
test_other_system (Fixture *fixture, gconstpointer data)
{
  FarPlatformClient *client;
  GtkWidget *row;

  far_test_wait_until ((client = far_session_get_client (fixture->session)) != NULL &&
                       g_list_model_get_n_items (far_platform_client_get_functions (client)) > 0);
  far_fake_platform_answer (fixture->platform, ONE,
                            "{\"trace_id\":\"aa\",\"start_us\":1000,\"duration_us\":12,"
                            "\"complete\":true,\"spans\":[" SPAN_OF ("1", "invoke", "Pledge") ","
                            SPAN_OF ("2", "remote", "checkout") "]}");
  open_trace (fixture, "Show _Function");
  row = gtk_widget_get_parent (far_test_find (fixture->page, FAR_TYPE_SPAN_ROW, NULL));
  g_assert_true (gtk_widget_activate_action (row, "list.select-item", "(ubb)", 1, FALSE, FALSE));
  far_test_wait_until (far_test_has_text (fixture->page, "checkout"));
  g_assert_false (far_test_has_text (fixture->page, "Show _Function"));
  g_assert_true (gtk_widget_activate_action (row, "list.select-item", "(ubb)", 0, FALSE, FALSE));
  far_test_wait_until (far_test_has_text (fixture->page, "Show _Function"));
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_refuse (fixture->platform, ONE, 1, 404, "unknown_trace");
  open_trace (fixture, "This Trace Is Not Kept Any Longer");
}

/* Many spans of long names, deeply nested, in a narrow window: nothing gets wider, the list makes
 * no more rows than it needs, and there is a picture. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("{\"trace_id\":\"aa\",\"start_us\":0,\"duration_us\":1,"
                                           "\"complete\":false,\"spans\":[");
  g_autoptr (GdkTexture) picture = NULL;
  GtkWidget *row;
  int minimum;

  for (int i = 0; i < N_SPANS; i++)
    g_string_append_printf (text, "%s{\"span_id\":\"s%d\",\"parent_id\":\"%s%d\",\"kind\":"
                                  "\"remote\",\"name\":\"a.rather.long.name.of.a.span.that.does."
                                  "not.fit.into.any.window.number.%d\",\"start_us\":%d,"
                                  "\"duration_us\":%d,\"status\":\"ok\"}", i > 0 ? "," : "", i,
                            i > 0 ? "s" : "x", i - 1, i, 1000 + i, 1 + (i * 37) % 5000);
  g_string_append (text, "]}");
  far_fake_platform_answer (fixture->platform, ONE, text->str);
  open_trace (fixture, "There are more spans than are shown · The parent of 1 span is missing");
  far_test_wait_until ((row = far_test_find (fixture->page, FAR_TYPE_SPAN_ROW, NULL)) != NULL &&
                       gtk_widget_get_width (row) > 0);
  gtk_widget_measure (fixture->page, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  picture = far_test_draw (row);
  g_assert_cmpuint (far_test_count_colors (picture, 3), ==, 3);
}

#define ADD(path, width, test) \
  g_test_add (path, Fixture, GINT_TO_POINTER (width), set_up, test, tear_down)

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  ADD ("/traces-page/unanswered", 1000, test_unanswered);
  ADD ("/traces-page/list", 1000, test_list);
  ADD ("/traces-page/trace", 1000, test_trace);
  ADD ("/traces-page/other-system", 1000, test_other_system);
  ADD ("/traces-page/gone", 1000, test_gone);
  ADD ("/traces-page/many", 360, test_many);
  return g_test_run ();
}
