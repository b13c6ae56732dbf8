/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Prometheus and VictoriaMetrics answer, and what they never would. */
#include "sources/far-prom-answer.h"

#include <math.h>
#include <string.h>

static GPtrArray *
parse (const char *text, GError **error)
{
  return far_prom_answer_parse (text, strlen (text), "function", error);
}

static void
test_matrix (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = parse (
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
    "{\"metric\":{\"function\":\"pledge\",\"le\":\"0.5\"},\"values\":[[1767225600,\"1.5\"],"
    "[1767225660.781,\"NaN\"],[1767225720,\"+Inf\"]]},"
    "{\"metric\":{\"le\":\"+Inf\"},\"values\":[]}]}}", &error);
  FarPromSeries *one;

  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, 2);
  one = g_ptr_array_index (found, 0);
  g_assert_cmpstr (one->function, ==, "pledge");
  g_assert_cmpfloat (one->le, ==, 0.5);
  g_assert_cmpuint (one->points->len, ==, 3);
  g_assert_cmpint (g_array_index (one->points, FarPromPoint, 0).time_us, ==,
                   G_GINT64_CONSTANT (1767225600000000));
  g_assert_cmpint (g_array_index (one->points, FarPromPoint, 1).time_us, ==,
                   G_GINT64_CONSTANT (1767225660781000));
  g_assert_true (isnan (g_array_index (one->points, FarPromPoint, 1).value));
  g_assert_true (isinf (g_array_index (one->points, FarPromPoint, 2).value));
  one = g_ptr_array_index (found, 1);
  g_assert_null (one->function);
  g_assert_true (isinf (one->le));
}

static void
test_vector (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = parse (
    "{\"status\":\"success\",\"isPartial\":false,\"data\":{\"resultType\":\"vector\",\"result\":["
    "{\"metric\":{},\"value\":[1767225600.5,\"7\"]}]},\"stats\":{\"seriesFetched\": \"1\"}}",
    &error);

  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, 1);
  g_assert_true (isnan (((FarPromSeries *) found->pdata[0])->le));
}

/* Both engines' ways to refuse a query. */
static void
test_refused (void)
{
  static const char *const texts[] = {
    "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"exceeded maximum resolution\"}",
    "{\"status\":\"error\",\"errorType\":\"422\",\"error\":\"exceeded maximum resolution\"}",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (texts[i], &error));
      g_assert_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_QUERY);
      g_assert_nonnull (strstr (error->message, "exceeded maximum resolution"));
    }
}

static void
test_foreign (void)
{
  static const char *const texts[] = {
    "", "null", "[]", "{}", "<html>", "{\"status\":\"success\"}", "{\"status\":1}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"1\"]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[3]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{}]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{}}]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},"
    "\"value\":[1]}]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},"
    "\"value\":[1,2]}]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},"
    "\"value\":[-1,\"2\"]}]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},"
    "\"value\":[1e300,\"2\"]}]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},"
    "\"value\":[1,\"2 apples\"]}]}}",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":"
    "{\"le\":4},\"values\":[]}]}}",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (texts[i], &error));
      g_assert_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_ANSWER);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prom-answer/matrix", test_matrix);
  g_test_add_func ("/prom-answer/vector", test_vector);
  g_test_add_func ("/prom-answer/refused", test_refused);
  g_test_add_func ("/prom-answer/foreign", test_foreign);
  return g_test_run ();
}
