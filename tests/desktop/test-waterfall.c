/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of a waterfall: whatever spans come, in whatever order, each gets one row, below its
 * parent. */
#include "base/far-json.h"
#include "desktop/charts/far-waterfall.h"

#include <string.h>

#define N_LONG 500

static FarWaterfall *
lay_out (const char *spans)
{
  g_autofree char *text = g_strdup_printf ("{\"trace_id\":\"t\",\"start_us\":1000,"
                                           "\"duration_us\":1,\"complete\":true,\"spans\":[%s]}",
                                           spans);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_json_parse_object (text, strlen (text), FAR_JSON_SIZE_MAX,
                                                     &error);
  g_autoptr (FarTraceInfo) trace = NULL;

  g_assert_no_error (error);
  trace = far_trace_info_parse (json_node_get_object (node), &error);
  g_assert_no_error (error);
  return far_waterfall_new (trace);
}

#define SPAN(id, parent, start, duration) \
  "{\"span_id\":\"" id "\",\"parent_id\":\"" parent "\",\"kind\":\"call\",\"name\":\"" id "\"," \
  "\"start_us\":" start ",\"duration_us\":" duration ",\"status\":\"ok\"}"

static char *
order (const FarWaterfall *waterfall)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < waterfall->n_rows; i++)
    g_string_append_printf (text, "%s%u ", waterfall->rows[i].span->span_id,
                            waterfall->rows[i].depth);
  return g_string_free (text, FALSE);
}

#define assert_order(waterfall, expected) \
  G_STMT_START { \
    g_autofree char *order_ = order (waterfall); \
    g_assert_cmpstr (order_, ==, expected); \
  } G_STMT_END

/* Children by their beginning, though they come in another order, and before their parents. */
static void
test_nesting (void)
{
  g_autoptr (FarWaterfall) waterfall =
    lay_out (SPAN ("d", "b", "1300", "100") "," SPAN ("c", "a", "1600", "300") ","
             SPAN ("a", "", "1000", "1000") "," SPAN ("b", "a", "1200", "300"));

  assert_order (waterfall, "a0 b1 d2 c1 ");
  g_assert_cmpint (waterfall->from_us, ==, 1000);
  g_assert_cmpint (waterfall->to_us, ==, 2000);
  g_assert_cmpint (waterfall->rows[0].parent, ==, FAR_WATERFALL_NONE);
  g_assert_cmpint (waterfall->rows[0].first_child, ==, 1);
  g_assert_cmpint (waterfall->rows[2].parent, ==, 1);
  g_assert_cmpint (waterfall->rows[2].first_child, ==, FAR_WATERFALL_NONE);
  g_assert_cmpint (waterfall->rows[3].parent, ==, 0);
  g_assert_cmpfloat_with_epsilon (waterfall->rows[1].from, 0.2, 1e-9);
  g_assert_cmpfloat_with_epsilon (waterfall->rows[1].to, 0.5, 1e-9);
  /* Of a's 1000 µs b covers 300 and c 300. */
  g_assert_cmpint (waterfall->rows[0].own_us, ==, 400);
  g_assert_cmpint (waterfall->rows[1].own_us, ==, 200);
  g_assert_cmpint (waterfall->rows[2].own_us, ==, 100);
  g_assert_cmpuint (waterfall->n_orphans + waterfall->n_skewed + waterfall->n_errors, ==, 0);
}

/* What two children both cover is not taken off twice; what lies outside the parent not at all. */
static void
test_own_time (void)
{
  g_autoptr (FarWaterfall) waterfall =
    lay_out (SPAN ("a", "", "1000", "100") "," SPAN ("b", "a", "1010", "40") ","
             SPAN ("c", "a", "1020", "10") "," SPAN ("d", "a", "1040", "500"));

  g_assert_cmpint (waterfall->rows[0].own_us, ==, 10);
  g_assert_cmpint (waterfall->to_us, ==, 1540);
}

static void
test_skew (void)
{
  g_autoptr (FarWaterfall) waterfall =
    lay_out (SPAN ("a", "", "1000", "100") "," SPAN ("b", "a", "700", "50"));

  assert_order (waterfall, "a0 b1 ");
  g_assert_cmpint (waterfall->from_us, ==, 700);
  g_assert_cmpuint (waterfall->n_skewed, ==, 1);
  g_assert_cmpint (waterfall->rows[1].skew_us, ==, 300);
  g_assert_cmpfloat (waterfall->rows[1].from, ==, 0);
  g_assert_cmpint (waterfall->rows[0].own_us, ==, 100);
}

static void
test_missing_parent (void)
{
  g_autoptr (FarWaterfall) waterfall =
    lay_out (SPAN ("b", "gone", "1200", "10") "," SPAN ("a", "", "1000", "100") ","
             SPAN ("c", "b", "1201", "1"));

  assert_order (waterfall, "a0 b0 c1 ");
  g_assert_cmpuint (waterfall->n_orphans, ==, 1);
  g_assert_true (waterfall->rows[1].is_orphan);
  g_assert_false (waterfall->rows[0].is_orphan);
}

/* A span that is its own parent, a circle of two with a tail, and two of one id. */
static void
test_circles (void)
{
  g_autoptr (FarWaterfall) self = lay_out (SPAN ("a", "a", "1000", "1"));
  g_autoptr (FarWaterfall) circle =
    lay_out (SPAN ("a", "b", "1000", "1") "," SPAN ("b", "a", "1001", "1") ","
             SPAN ("c", "b", "1002", "1"));
  g_autoptr (FarWaterfall) twins =
    lay_out (SPAN ("a", "", "1000", "1") "," SPAN ("a", "", "1001", "1") ","
             SPAN ("b", "a", "1002", "1"));

  assert_order (self, "a0 ");
  g_assert_true (self->rows[0].is_orphan);
  g_assert_cmpuint (circle->n_rows, ==, 3);
  g_assert_cmpuint (circle->n_orphans, ==, 1);
  assert_order (circle, "b0 a1 c1 ");
  assert_order (twins, "a0 b1 a0 ");
}

static void
test_nothing (void)
{
  g_autoptr (FarWaterfall) empty = lay_out ("");
  g_autoptr (FarWaterfall) moment = lay_out (SPAN ("a", "", "1000", "0"));
  g_autoptr (FarWaterfall) huge =
    lay_out (SPAN ("a", "", "9223372036854775807", "9223372036854775807") ","
             SPAN ("b", "a", "-5", "-7"));

  g_assert_cmpuint (empty->n_rows, ==, 0);
  g_assert_cmpint (empty->to_us, >, empty->from_us);
  g_assert_cmpfloat (moment->rows[0].from, ==, 0);
  g_assert_cmpfloat (moment->rows[0].to, ==, 0);
  g_assert_cmpfloat (huge->rows[1].from, ==, 0);
  g_assert_cmpfloat_with_epsilon (huge->rows[0].to, 1, 1e-9);
}

/* A chain as long as a trace may be, the innermost first. */
static void
test_long (void)
{
  g_autoptr (GString) spans = g_string_new (NULL);
  g_autoptr (FarWaterfall) waterfall = NULL;

  for (int i = N_LONG; i-- > 0;)
    g_string_append_printf (spans, "{\"span_id\":\"s%d\",\"parent_id\":\"%s%d\",\"kind\":\"call\","
                                   "\"name\":\"n\",\"start_us\":%d,\"duration_us\":%d,"
                                   "\"status\":\"error\"}%s", i, i > 0 ? "s" : "none", i - 1,
                            1000 + i, 2 * (N_LONG - i), i > 0 ? "," : "");
  waterfall = lay_out (spans->str);
  g_assert_cmpuint (waterfall->n_rows, ==, N_LONG);
  g_assert_cmpuint (waterfall->n_errors, ==, N_LONG);
  for (guint i = 0; i < N_LONG; i++)
    {
      g_assert_cmpuint (waterfall->rows[i].depth, ==, i);
      g_assert_cmpint (waterfall->rows[i].parent, ==, (int) i - 1);
      g_assert_cmpint (waterfall->rows[i].own_us, ==, 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/waterfall/nesting", test_nesting);
  g_test_add_func ("/waterfall/own-time", test_own_time);
  g_test_add_func ("/waterfall/skew", test_skew);
  g_test_add_func ("/waterfall/missing-parent", test_missing_parent);
  g_test_add_func ("/waterfall/circles", test_circles);
  g_test_add_func ("/waterfall/nothing", test_nothing);
  g_test_add_func ("/waterfall/long", test_long);
  return g_test_run ();
}
