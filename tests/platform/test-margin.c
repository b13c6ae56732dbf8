/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/margin and /v1/prices, with a bookkeeper that the test plays: what is put together, what
 * is left apart, and what is said where there is no margin. */
#include "control-fixture.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "base/far-json.h"

#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static JsonObject *
get (Fixture *fixture, const char *path, Answer *answer)
{
  answer_clear (answer);
  ask (fixture, "GET", path, NULL, 200, answer);
  return answer_object (answer);
}

static void
refuse (Fixture *fixture, const char *path)
{
  g_auto (Answer) answer = { 0 };

  ask (fixture, "GET", path, NULL, 400, &answer);
  g_assert_cmpstr (answer_code (&answer), ==, "bad_request");
}

typedef struct {
  int         fd;
  const char *answer;
  char       *question;
} Bookkeeper;

static gpointer
bookkeeper_main (gpointer user_data)
{
  Bookkeeper *self = user_data;

  self->question = far_frame_read (self->fd, NULL, DEADLINE_S * G_USEC_PER_SEC, NULL);
  g_assert_true (far_frame_write (self->fd, self->answer, strlen (self->answer),
                                  DEADLINE_S * G_USEC_PER_SEC, NULL));
  close (self->fd);
  return NULL;
}

static JsonObject *
get_margin (Fixture *fixture, const char *query, const char *says, Answer *answer)
{
  g_autofree char *path = g_strdup_printf ("/v1/margin?from_us=%" G_GINT64_FORMAT "&to_us=%"
                                           G_GINT64_FORMAT "%s", T0,
                                           T0 + HOUR_US, query);
  Bookkeeper bookkeeper = { .answer = says };
  GThread *thread;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  bookkeeper.fd = pair[0];
  fake_platform_set_bookkeeper (fixture->platform, pair[1]);
  thread = g_thread_new ("bookkeeper", bookkeeper_main, &bookkeeper);
  get (fixture, path, answer);
  g_thread_join (thread);
  g_assert_nonnull (strstr (bookkeeper.question, "\"command\":\"earnings.articles\""));
  g_free (bookkeeper.question);
  return answer_object (answer);
}

static JsonObject *
row_of (JsonObject *margin, const char *key)
{
  JsonArray *rows = json_object_get_array_member (margin, "rows");
  guint i;

  for (i = 0; i < json_array_get_length (rows); i++)
    {
      JsonObject *row = json_array_get_object_element (rows, i);

      if (strcmp (json_object_get_string_member (row, "key"), key) == 0)
        return row;
    }
  return NULL;
}

#define SUMS(net, pay, ad, refund) \
  "\"net_micros\":\"" net "\",\"pay_micros\":\"" pay "\",\"ad_micros\":\"" ad "\"," \
  "\"refund_micros\":\"" refund "\",\"write_off_micros\":\"0\"," \
  "\"disputed_micros\":\"0\",\"fee_micros\":\"5\""
#define EARNED(currency) \
  "{\"ok\":true,\"currency\":\"" currency "\",\"money\":\"test\",\"n_articles\":2," \
  "\"total\":{" SUMS ("35", "40", "10", "15") "},\"articles\":[" \
  "{\"property\":\"p\",\"article\":\"knots\"," SUMS ("40", "40", "0", "0") "}," \
  "{\"property\":\"p\",\"article\":\"bread\"," SUMS ("-5", "0", "10", "15") "}]," \
  "\"next_offset\":null}"

static void
record_article (Fixture *fixture, const char *function, const char *notes)
{
  FarInvocation invocation = {
    .function = function, .notes = notes, .arrival_us = T0 + G_USEC_PER_SEC,
    .duration_us = 1000, .memory_mb = 128, .version = "$LATEST",
  };

  far_id_init (&invocation.request_id, fixture->clock);
  far_telemetry_record (fixture->telemetry, &invocation);
}

/* 1 ms at 128 MB and a request: 2,083 + 200,000 picodollars, rounded once. */
#define CALL G_GINT64_CONSTANT (202083)

static void
test_margin (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  JsonObject *margin, *knots, *rest;

  fixture_init (&fixture, NULL);
  record_article (&fixture, "content", "a:article=knots");
  record_article (&fixture, "content", "a:article=rope");
  record_article (&fixture, "content", NULL);
  record_article (&fixture, "settle", NULL);

  margin = get_margin (&fixture, "", EARNED ("USD"), &answer);
  knots = row_of (margin, "knots");
  g_assert_cmpint (json_object_get_int_member (knots, "cost_picodollars"), ==, CALL);
  g_assert_cmpstr (json_object_get_string_member (knots, "earned_micros"), ==, "40");
  g_assert_cmpstr (json_object_get_string_member (knots, "net_picodollars"), ==, "39797917");
  g_assert_true (json_object_get_boolean_member (knots, "reported"));
  /* It cost and did not earn; it earned and no span says what it cost. */
  g_assert_cmpstr (json_object_get_string_member (row_of (margin, "rope"), "net_picodollars"), ==,
                   "-202083");
  g_assert_true (json_object_get_null_member (row_of (margin, "bread"), "net_picodollars"));
  g_assert_false (json_object_get_boolean_member (row_of (margin, "bread"), "reported"));
  g_assert_cmpstr (json_object_get_string_member (row_of (margin, "bread"), "earned_micros"), ==,
                   "-5");
  rest = json_object_get_object_member (margin, "unattributed");
  g_assert_cmpint (json_object_get_int_member (rest, "invocations"), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (rest, "earned_micros"), ==, "0");

  /* Who books nothing earns nothing; whose spans carry no article has no margin. */
  margin = get_margin (&fixture, "&group=function", EARNED ("USD"), &answer);
  g_assert_cmpstr (json_object_get_string_member (row_of (margin, "content"), "net_picodollars"),
                   ==, "-404166");
  g_assert_true (json_object_get_null_member (row_of (margin, "settle"), "net_picodollars"));
  rest = json_object_get_object_member (margin, "unattributed");
  g_assert_cmpstr (json_object_get_string_member (rest, "earned_micros"), ==, "35");
  fixture_clear (&fixture);
}

/* What stands in the way of a margin is said, and costs are told all the same. */
static void
test_margin_without (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  JsonObject *margin, *knots;

  fixture_init (&fixture, NULL);
  record_article (&fixture, "content", "a:article=knots");
  margin = get_margin (&fixture, "", EARNED ("EUR"), &answer);
  knots = row_of (margin, "knots");
  g_assert_true (json_object_get_null_member (knots, "net_picodollars"));
  g_assert_nonnull (strstr (json_object_get_string_member (knots, "reason"), "usd_micros"));
  /* A dollar costs 0.80 of it: 40 micros are 50 millionths of a dollar. */
  margin = get_margin (&fixture, "&usd_micros=800000", EARNED ("EUR"), &answer);
  g_assert_cmpstr (json_object_get_string_member (row_of (margin, "knots"), "net_picodollars"), ==,
                   "49797917");
  margin = get_margin (&fixture, "", "{\"error\":{\"code\":\"busy\",\"message\":\"later\"}}",
                       &answer);
  g_assert_nonnull (strstr (json_object_get_string_member (margin, "money_reason"), "later"));
  g_assert_true (json_object_get_null_member (row_of (margin, "knots"), "earned_micros"));
  g_assert_cmpint (json_object_get_int_member (row_of (margin, "knots"), "cost_picodollars"), ==,
                   CALL);
  margin = get_margin (&fixture, "", "{\"total\":{}}", &answer);
  g_assert_nonnull (json_object_get_string_member (margin, "money_reason"));
  margin = get (&fixture, "/v1/margin", &answer);
  g_assert_nonnull (strstr (json_object_get_string_member (margin, "money_reason"), "no ledger"));
  refuse (&fixture, "/v1/margin?group=reader");
  refuse (&fixture, "/v1/margin?usd_micros=0");
  get (&fixture, "/v1/prices", &answer);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (
                      answer_object (&answer), "prices")), >=, 20);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/margin/rows", test_margin);
  g_test_add_func ("/margin/without", test_margin_without);
  return g_test_run ();
}
