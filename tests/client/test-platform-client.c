/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of the control API against a fake platform: what is asked, what is made of the answers, and
 * how errors come out. */
#include "client/far-platform-client.h"

#include <math.h>
#include <string.h>

#include "fake-server.h"

typedef struct {
  FakeServer *server;
  FarPlatformClient *client;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->server = fake_server_new_unix ();
  fixture->client = far_platform_client_new (fake_server_get_path (fixture->server));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_assert_finalize_object (fixture->client);
  fake_server_free (fixture->server);
}

#define STATUS_JSON \
  "{\"state\":\"running\",\"version\":\"0.1.0\",\"isolation\":\"full\"," \
  "\"isolation_detail\":null,\"gateway\":\"http://127.0.0.1:1\"," \
  "\"lambda\":\"http://127.0.0.1:2\"," \
  "\"metrics\":\"http://127.0.0.1:3\",\"control\":\"/c\",\"credentials\":\"/cr\"," \
  "\"publisher_token\":\"/p\",\"functions\":14,\"instances\":3,\"invocations\":77,\"dropped\":1," \
  "\"telemetry_problem\":null,\"money\":\"test\",\"transfers\":5,\"pid\":42,\"started_us\":1000," \
  "\"now_us\":2000,\"test_clock\":true,\"seq\":9,\"publication\":{\"title\":\"The Dell\"," \
  "\"template\":\"/t.yaml\"},\"traffic\":{\"running\":true,\"readers_per_second\":2.5}}"

static void
test_status (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;

  fake_server_queue (fixture->server, "GET", "/v1/status", 200, STATUS_JSON);
  far_platform_client_load_status_async (fixture->client, NULL, fake_take_result,
                                         &fixture->result);
  result = fake_wait (&fixture->result);
  status = far_platform_client_load_status_finish (fixture->client, result, NULL);
  g_assert_cmpstr (status->state, ==, "running");
  g_assert_cmpstr (status->isolation, ==, "full");
  g_assert_cmpstr (status->isolation_detail, ==, "");
  g_assert_cmpstr (status->gateway, ==, "http://127.0.0.1:1");
  g_assert_cmpstr (status->publisher_token, ==, "/p");
  g_assert_cmpstr (status->publication_title, ==, "The Dell");
  g_assert_cmpstr (status->money, ==, "test");
  g_assert_cmpint (status->functions, ==, 14);
  g_assert_cmpint (status->invocations, ==, 77);
  g_assert_cmpint (status->dropped, ==, 1);
  g_assert_cmpint (status->transfers, ==, 5);
  g_assert_cmpint (status->now_us, ==, 2000);
  g_assert_true (status->test_clock);
  g_assert_true (status->traffic_running);
  g_assert_true (status->traffic_readers_per_second == 2.5);
  g_assert_true (far_platform_client_get_status (fixture->client) == status);
  g_assert_cmpint (far_platform_client_get_transfers (fixture->client), ==, 5);
}

/* A platform of another version: what is missing or of another type reads as nothing. */
static void
test_status_sparse (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;

  fake_server_queue (fixture->server, "GET", "/v1/status", 200,
                     "{\"state\":5,\"transfers\":null,\"publication\":[],\"pid\":\"77\"}");
  far_platform_client_load_status_async (fixture->client, NULL, fake_take_result,
                                         &fixture->result);
  result = fake_wait (&fixture->result);
  status = far_platform_client_load_status_finish (fixture->client, result, NULL);
  g_assert_cmpstr (status->state, ==, "");
  g_assert_cmpstr (status->publication_title, ==, "");
  g_assert_cmpint (status->transfers, ==, -1);
  g_assert_cmpint (status->pid, ==, 77);
}

static gboolean
load_functions (Fixture  *fixture,
                GError  **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  far_platform_client_load_functions_async (fixture->client, 0, 0, NULL, fake_take_result,
                                            &fixture->result);
  result = fake_wait (&fixture->result);
  return far_platform_client_load_functions_finish (fixture->client, result, error);
}

static void
test_functions (Fixture       *fixture,
                gconstpointer  data)
{
  GListModel *functions = far_platform_client_get_functions (fixture->client);
  g_autoptr (FarFunctionInfo) offer = NULL;
  g_autoptr (FarFunctionInfo) again = NULL;
  g_autoptr (GError) error = NULL;

  fake_server_queue (fixture->server, "GET", "/v1/functions", 200,
                     "{\"functions\":[{\"name\":\"offer\",\"runtime\":\"provided.al2023\","
                     "\"invocations\":3,\"p50_us\":null,\"reserved_concurrency\":null},"
                     "{\"name\":\"pledge\",\"runtime\":\"provided.al2023\"}]}");
  fake_server_queue (fixture->server, "GET", "/v1/functions", 200,
                     "{\"functions\":[{\"name\":\"article\",\"runtime\":\"nodejs22.x\"},"
                     "{\"name\":\"offer\",\"runtime\":\"provided.al2023\",\"invocations\":4,"
                     "\"p50_us\":250,\"reserved_concurrency\":2}]}");
  fake_server_queue (fixture->server, "GET", "/v1/functions", 200, "{\"functions\":{}}");

  g_assert_true (load_functions (fixture, NULL));
  g_assert_cmpuint (g_list_model_get_n_items (functions), ==, 2);
  offer = g_list_model_get_item (functions, 0);
  g_assert_cmpint (far_function_info_get_figures (offer)->invocations, ==, 3);
  g_assert_cmpint (far_function_info_get_figures (offer)->p50_us, ==,
                   FAR_FIGURE_UNKNOWN);
  g_assert_cmpint (far_function_info_get_figures (offer)->reserved_concurrency, ==, -1);

  /* The same function is the same object, at its new place and with its new figures. */
  g_assert_true (load_functions (fixture, NULL));
  g_assert_cmpuint (g_list_model_get_n_items (functions), ==, 2);
  again = g_list_model_get_item (functions, 1);
  g_assert_true (again == offer);
  g_assert_cmpint (far_function_info_get_figures (offer)->invocations, ==, 4);
  g_assert_cmpint (far_function_info_get_figures (offer)->p50_us, ==, 250);
  g_assert_cmpint (far_function_info_get_figures (offer)->reserved_concurrency, ==, 2);

  g_assert_false (load_functions (fixture, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL);
  g_assert_cmpuint (g_list_model_get_n_items (functions), ==, 2);
}

static FarSeriesSet *
load_series (Fixture     *fixture,
             const char  *function,
             GError     **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  far_platform_client_load_series_async (fixture->client, function, "p99_us,invocations", 10, 30,
                                         5, NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  return far_platform_client_load_series_finish (fixture->client, result, error);
}

static void
test_series (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FarSeriesSet) set = NULL;
  const double *points;

  fake_server_queue (fixture->server, "GET",
                     "/v1/series?function=a%20b&metrics=p99_us%2Cinvocations&from_us=10&to_us=30&"
                     "step_us=5", 200,
                     "{\"from_us\":10,\"step_us\":5,\"now_us\":31,\"series\":["
                     "{\"function\":\"a b\",\"metric\":\"p99_us\",\"points\":[1.5,null,3,\"x\"]},"
                     "{\"function\":null,\"metric\":\"invocations\",\"points\":[1,2,3,4]}],"
                     "\"n\":[1,null,0,2]}");
  set = load_series (fixture, "a b", NULL);
  g_assert_cmpuint (set->n_points, ==, 4);
  g_assert_cmpuint (set->n_series, ==, 2);
  g_assert_cmpint (set->from_us, ==, 10);
  g_assert_cmpint (set->step_us, ==, 5);
  g_assert_cmpint (set->now_us, ==, 31);
  points = far_series_set_find (set, "a b", "p99_us");
  g_assert_true (points[0] == 1.5 && isnan (points[1]) && points[2] == 3 && isnan (points[3]));
  g_assert_true (far_series_set_find (set, NULL, "invocations")[3] == 4);
  g_assert_true (far_series_set_find (set, "", "invocations")[3] == 4);
  g_assert_null (far_series_set_find (set, "a b", "invocations"));
  g_assert_true (set->n[0] == 1 && isnan (set->n[1]) && set->n[2] == 0 && set->n[3] == 2);
}

/* Lists that would make a chart lie are refused. */
static void
test_series_refused (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char *const answers[] = {
    "{}", "{\"step_us\":5,\"series\":[],\"n\":5}", "{\"step_us\":0,\"series\":[],\"n\":[]}",
    "{\"step_us\":5,\"series\":[5],\"n\":[]}",
    "{\"step_us\":5,\"series\":[{\"metric\":\"p99_us\",\"points\":[1]}],\"n\":[1,2]}",
    "{\"step_us\":5,\"series\":[{\"metric\":\"p99_us\",\"points\":5}],\"n\":[1]}",
  };
  const char *target = "/v1/series?metrics=p99_us%2Cinvocations&from_us=10&to_us=30&step_us=5";

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    fake_server_queue (fixture->server, "GET", target, 200, answers[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (load_series (fixture, NULL, &error));
      g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL);
    }
}

static void
test_invocations (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  FarInvocationInfo *row;

  fake_server_queue (fixture->server, "GET",
                     "/v1/invocations?function=offer&outcome=error&limit=20", 200,
                     "{\"invocations\":[{\"request_id\":\"r-1\",\"function\":\"offer\","
                     "\"route\":null,\"outcome\":\"timeout\",\"error_type\":\"Sandbox.Timedout\","
                     "\"arrival_us\":1,\"queue_us\":2,\"start_us\":3,\"init_us\":4,"
                     "\"duration_us\":5,\"overhead_us\":6,\"memory_mb\":128,"
                     "\"memory_max_kb\":null,\"cold\":true}]}");
  far_platform_client_load_invocations_async (fixture->client, "offer", "error", 20, NULL,
                                              fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  rows = far_platform_client_load_invocations_finish (fixture->client, result, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
  row = g_ptr_array_index (rows, 0);
  g_assert_cmpstr (row->request_id, ==, "r-1");
  g_assert_cmpstr (row->route, ==, "");
  g_assert_cmpstr (row->outcome, ==, "timeout");
  g_assert_cmpint (row->init_us, ==, 4);
  g_assert_cmpint (row->overhead_us, ==, 6);
  g_assert_cmpint (row->memory_max_kb, ==, 0);
  g_assert_true (row->cold);
}

static void
test_invoke (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GBytes) event = g_bytes_new_static ("{\"a\":1}", 7);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarInvokeResult) answer = NULL;

  fake_server_queue (fixture->server, "POST",
                     "/v1/functions/a%2Fb/invocations?type=RequestResponse", 200,
                     "{\"status\":200,\"function_error\":\"Unhandled\",\"payload\":\"{}\","
                     "\"log\":\"START\",\"request_id\":\"r-2\"}");
  far_platform_client_invoke_async (fixture->client, "a/b", "RequestResponse", NULL, event, NULL,
                                    fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  answer = far_platform_client_invoke_finish (fixture->client, result, NULL);
  g_assert_cmpint (answer->status, ==, 200);
  g_assert_cmpstr (answer->function_error, ==, "Unhandled");
  g_assert_cmpstr (answer->payload, ==, "{}");
  g_assert_cmpstr (answer->log, ==, "START");
  g_assert_cmpstr (answer->request_id, ==, "r-2");
  g_assert_true (g_bytes_equal (fake_server_get_last (fixture->server)->body, event));
}

static void
assert_body (Fixture    *fixture,
             const char *expected)
{
  gsize n_bytes;
  const char *body = g_bytes_get_data (fake_server_get_last (fixture->server)->body, &n_bytes);

  g_assert_cmpmem (body, n_bytes, expected, strlen (expected));
}

static void
test_traffic (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarTraffic) started = NULL;
  g_autoptr (FarTraffic) stopped = NULL;

  fake_server_queue (fixture->server, "PUT", "/v1/traffic", 200,
                     "{\"running\":true,\"readers_per_second\":0.5,\"stopping\":false,"
                     "\"problem\":null,\"report\":null}");
  fake_server_queue (fixture->server, "DELETE", "/v1/traffic", 200,
                     "{\"running\":true,\"readers_per_second\":0.5,\"stopping\":true,"
                     "\"problem\":null,\"report\":{\"arrivals\":10,\"pledges\":4,\"ads\":3,"
                     "\"left\":2,\"refunds\":1,\"errors\":1,\"throttles\":0,\"acknowledged\":4,"
                     "\"p50_us\":1500,\"p99_us\":9000,\"first_error\":\"no\"}}");
  far_platform_client_start_traffic_async (fixture->client, 0.5, 30, 7, NULL, fake_take_result,
                                           &fixture->result);
  result = fake_wait (&fixture->result);
  started = far_platform_client_traffic_finish (fixture->client, result, NULL);
  assert_body (fixture, "{\"readers_per_second\":0.5,\"duration_s\":30,\"seed\":7}");
  g_assert_true (started->running && !started->stopping);
  g_assert_cmpint (started->arrivals, ==, 0);
  g_assert_cmpstr (started->first_error, ==, "");
  g_clear_object (&result);

  far_platform_client_stop_traffic_async (fixture->client, NULL, fake_take_result,
                                          &fixture->result);
  result = fake_wait (&fixture->result);
  stopped = far_platform_client_traffic_finish (fixture->client, result, NULL);
  g_assert_true (stopped->stopping);
  g_assert_cmpint (stopped->arrivals, ==, 10);
  g_assert_cmpint (stopped->acknowledged, ==, 4);
  g_assert_cmpint (stopped->p99_us, ==, 9000);
  g_assert_cmpstr (stopped->first_error, ==, "no");
  g_assert_true (far_platform_client_get_traffic (fixture->client) == stopped);
}

static void
test_verify (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarLedgerVerdict) verdict = NULL;

  fake_server_queue (fixture->server, "POST", "/v1/ledger/verify", 200,
                     "{\"ok\":false,\"transfers\":12,\"root\":\"ab\",\"checkpoints\":2,"
                     "\"first_bad\":7,\"message\":\"row 7\"}");
  far_platform_client_verify_ledger_async (fixture->client, NULL, fake_take_result,
                                           &fixture->result);
  result = fake_wait (&fixture->result);
  verdict = far_platform_client_verify_ledger_finish (fixture->client, result, NULL);
  g_assert_false (verdict->ok);
  g_assert_cmpint (verdict->transfers, ==, 12);
  g_assert_cmpint (verdict->first_bad, ==, 7);
  g_assert_cmpstr (verdict->message, ==, "row 7");
}

static void
test_clock_and_shutdown (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;

  fake_server_queue (fixture->server, "POST", "/v1/clock", 200, "{\"now_us\":5}");
  fake_server_queue (fixture->server, "POST", "/v1/shutdown", 202, "{\"state\":\"stopping\"}");
  far_platform_client_advance_clock_async (fixture->client, 3600000000, NULL, fake_take_result,
                                           &fixture->result);
  result = fake_wait (&fixture->result);
  g_assert_true (far_platform_client_advance_clock_finish (fixture->client, result, NULL));
  assert_body (fixture, "{\"advance_us\":3600000000}");
  g_clear_object (&result);
  far_platform_client_shutdown_async (fixture->client, NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  g_assert_true (far_platform_client_shutdown_finish (fixture->client, result, NULL));
}

/* ---- Errors ---- */

static const struct {
  guint status;
  const char *body;
  FarClientError code;
  const char *api_code;
  const char *message; /* NULL: any */
} failures[] = {
  { 400, "{\"error\":{\"code\":\"bad_request\",\"message\":\"Say more\"}}",
    FAR_CLIENT_ERROR_BAD_REQUEST, "bad_request", "Say more" },
  { 401, "{\"error\":{\"code\":\"unauthorized\",\"message\":\"Who?\"}}",
    FAR_CLIENT_ERROR_UNAUTHORIZED, "unauthorized", "Who?" },
  { 402, "{\"error\":{\"code\":\"payment_method_required\",\"message\":\"Add one\"}}",
    FAR_CLIENT_ERROR_PAYMENT, "payment_method_required", "Add one" },
  { 403, "{}", FAR_CLIENT_ERROR_UNAUTHORIZED, "", NULL },
  { 404, "{\"message\":\"Not Found\"}", FAR_CLIENT_ERROR_NOT_FOUND, "", "Not Found" },
  { 409, "{\"error\":{\"code\":\"too_soon\",\"message\":\"Wait\"}}", FAR_CLIENT_ERROR_CONFLICT,
    "too_soon", "Wait" },
  { 413, "too large", FAR_CLIENT_ERROR_BAD_REQUEST, "", NULL },
  { 418, "[]", FAR_CLIENT_ERROR_BAD_REQUEST, "", NULL },
  { 429, "{\"error\":7}", FAR_CLIENT_ERROR_THROTTLED, "", NULL },
  { 500, "", FAR_CLIENT_ERROR_SERVER, "", NULL },
  { 503, "{\"error\":{\"code\":\"busy\",\"message\":\"Later\"}}", FAR_CLIENT_ERROR_THROTTLED,
    "busy", "Later" },
  { 503, "{\"error\":{\"code\":\"unknown\",\"message\":\"Ask again\"}}",
    FAR_CLIENT_ERROR_TIMEOUT, "unknown", "Ask again" },
  { 504, "{\"message\":\"Endpoint request timed out\"}", FAR_CLIENT_ERROR_TIMEOUT, "",
    "Endpoint request timed out" },
};

static void
test_failures (Fixture       *fixture,
               gconstpointer  data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++)
    fake_server_queue (fixture->server, "GET", "/v1/functions", failures[i].status,
                       failures[i].body);
  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) copy = NULL;

      g_assert_false (load_functions (fixture, &error));
      g_assert_error (error, FAR_CLIENT_ERROR, (int) failures[i].code);
      copy = g_error_copy (error);
      g_assert_cmpstr (far_client_error_get_code (copy), ==, failures[i].api_code);
      g_assert_cmpuint (far_client_error_get_status (copy), ==, failures[i].status);
      if (failures[i].message != NULL)
        g_assert_cmpstr (copy->message, ==, failures[i].message);
      g_assert_cmpstr (copy->message, !=, "");
    }
}

static void
test_not_json (Fixture       *fixture,
               gconstpointer  data)
{
  static const char *const answers[] = { "hello", "[1]", "{\"a\":1,\"a\":2}", "{\"a\":\xff}" };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    fake_server_queue (fixture->server, "GET", "/v1/functions", 200, answers[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (load_functions (fixture, &error));
      g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL);
    }
}

static void
test_nobody (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fake_server_go_away (fixture->server);
  g_assert_false (load_functions (fixture, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING);
  g_assert_cmpuint (far_client_error_get_status (error), ==, 0);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fake_server_queue (fixture->server, "GET", "/v1/functions", 200, "{\"functions\":[]}");
  far_platform_client_load_functions_async (fixture->client, 0, 0, cancellable, fake_take_result,
                                            &fixture->result);
  g_cancellable_cancel (cancellable);
  result = fake_wait (&fixture->result);
  g_assert_false (far_platform_client_load_functions_finish (fixture->client, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* ---- Logs ---- */

static void
note_line (FarLogLine *line,
           gpointer    user_data)
{
  g_string_append_printf (user_data, "%" G_GINT64_FORMAT " %s %s %s %s;", line->time_us,
                          line->function, line->request_id, line->level, line->message);
}

static void
note_end (gpointer user_data)
{
  g_string_append (user_data, "end;");
}

static gboolean
read_logs (Fixture     *fixture,
           gboolean     follow,
           GString     *lines,
           GError     **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  far_platform_client_read_logs_async (fixture->client, "offer", 5, follow, note_line,
                                       lines, note_end, NULL, fake_take_result,
                                       &fixture->result);
  result = fake_wait (&fixture->result);
  return far_platform_client_read_logs_finish (fixture->client, result, error);
}

static void
test_logs (Fixture       *fixture,
           gconstpointer  data)
{
  GString *lines = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  fake_server_queue (fixture->server, "GET", "/v1/logs?limit=5&function=offer", 200,
                     "{\"time\":\"1970-01-01T00:00:01.000000Z\",\"function\":\"offer\","
                     "\"request_id\":null,\"level\":\"info\",\"message\":\"one\"}\n"
                     "{\"time\":\"1970-01-01T00:00:02.000000Z\",\"function\":\"offer\","
                     "\"request_id\":\"r\",\"level\":\"error\",\"message\":\"two\"}\n");
  fake_server_queue (fixture->server, "GET", "/v1/logs?limit=5&follow=1&function=offer", 404,
                     "{\"error\":{\"code\":\"unknown_function\",\"message\":\"No offer\"}}");
  fake_server_queue (fixture->server, "GET", "/v1/logs?limit=5&follow=1&function=offer", 200,
                     "not a line\n");
  fake_server_queue (fixture->server, "GET", "/v1/logs?limit=5&follow=1&function=offer", 500, "");
  g_assert_true (read_logs (fixture, FALSE, lines, NULL));
  g_assert_cmpstr (lines->str, ==, 
                   "1000000 offer  info one;2000000 offer r error two;end;");
  g_string_truncate (lines, 0);

  g_assert_false (read_logs (fixture, TRUE, lines, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_FOUND);
  g_assert_cmpstr (far_client_error_get_code (error), ==, "unknown_function");
  g_clear_error (&error);
  g_assert_false (read_logs (fixture, TRUE, lines, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_assert_false (read_logs (fixture, TRUE, lines, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_SERVER);
  g_assert_cmpstr (lines->str, ==, "end;end;end;");
  g_string_free (lines, TRUE);
}

#define ADD(name, function) \
  g_test_add ("/client/platform/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("status", test_status);
  ADD ("status-sparse", test_status_sparse);
  ADD ("functions", test_functions);
  ADD ("series", test_series);
  ADD ("series-refused", test_series_refused);
  ADD ("invocations", test_invocations);
  ADD ("invoke", test_invoke);
  ADD ("traffic", test_traffic);
  ADD ("verify", test_verify);
  ADD ("clock-and-shutdown", test_clock_and_shutdown);
  ADD ("failures", test_failures);
  ADD ("not-json", test_not_json);
  ADD ("nobody", test_nobody);
  ADD ("cancelled", test_cancelled);
  ADD ("logs", test_logs);
  return g_test_run ();
}
