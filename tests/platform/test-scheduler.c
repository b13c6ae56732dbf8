/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedules fire by the passed-in clock, through the platform's invoke, once each time. */
#include "platform/far-scheduler.h"

#include <string.h>

#include "base/far-json.h"
#include "fake-platform.h"

#define T0 (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC) /* 2026-01-01 00:00 */
#define SECONDS(n) ((gint64) (n) * G_USEC_PER_SEC)

static const char template_text[] =
  "Transform: AWS::Serverless-2016-10-31\n"
  "Globals: {Function: {CodeUri: f/, Handler: bootstrap, Runtime: provided.al2023}}\n"
  "Resources:\n"
  "  settle:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Properties:\n"
  "      Events:\n"
  "        Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}\n"
  "        Noon: {Type: Schedule, Properties: {Schedule: cron(0 12 * * ? *), Input: '[1]'}}\n"
  "        Web: {Type: HttpApi, Properties: {Path: /, Method: GET}}\n";

typedef struct {
  FarClock     *clock;
  FarPlatform  *platform;
  FarScheduler *scheduler;
} Fixture;

static void
fixture_init_with (Fixture *self, const char *text)
{
  self->clock = far_clock_new_manual (T0 + SECONDS (30));
  self->platform = fake_platform_new (self->clock, text);
  self->scheduler = far_scheduler_new (self->platform);
}

static void
fixture_init (Fixture *self)
{
  fixture_init_with (self, template_text);
}

static void
fixture_clear (Fixture *self)
{
  far_scheduler_free (self->scheduler);
  fake_platform_free (self->platform);
  far_clock_unref (self->clock);
}

static guint
move (Fixture *self, gint64 delta_us)
{
  GPtrArray *invokes = fake_platform_get_invokes (self->platform);

  g_ptr_array_set_size (invokes, 0);
  g_assert_true (far_clock_advance (self->clock, delta_us, NULL));
  far_scheduler_poke (self->scheduler);
  return invokes->len;
}

static void
test_fires (void)
{
  Fixture fixture;
  FakeInvoke *invoke;

  fixture_init (&fixture);
  g_assert_cmpuint (move (&fixture, 1), ==, 0);
  g_assert_cmpuint (move (&fixture, SECONDS (60) - 2), ==, 0);
  g_assert_cmpuint (move (&fixture, 1), ==, 1);
  invoke = g_ptr_array_index (fake_platform_get_invokes (fixture.platform), 0);
  g_assert_cmpstr (invoke->function, ==, "settle");
  g_assert_cmpstr (invoke->route, ==, "schedule");
  g_assert_cmpint (invoke->type, ==, FAR_INVOKE_EVENT);
  /* Once, whoever asks again. */
  far_scheduler_poke (fixture.scheduler);
  g_assert_cmpuint (fake_platform_get_invokes (fixture.platform)->len, ==, 1);
  g_assert_cmpuint (move (&fixture, SECONDS (59)), ==, 0);
  g_assert_cmpuint (move (&fixture, SECONDS (1)), ==, 1);
  /* An hour jumped over is one firing, and the rhythm stays. */
  g_assert_cmpuint (move (&fixture, SECONDS (3600)), ==, 1);
  g_assert_cmpuint (move (&fixture, SECONDS (60)), ==, 1);
  /* To noon, where both are due. */
  g_assert_cmpuint (move (&fixture, SECONDS (12 * 3600)), ==, 2);
  invoke = g_ptr_array_index (fake_platform_get_invokes (fixture.platform), 1);
  g_assert_cmpstr (invoke->payload, ==, "[1]");
  fixture_clear (&fixture);
}

static void
test_event (void)
{
  static const struct { const char *name; const char *value; } members[] = {
    { "version", "0" },
    { "detail-type", "Scheduled Event" },
    { "source", "aws.events" },
    { "time", "2026-01-01T00:01:30Z" },
    { "region", "us-east-1" },
  };
  g_autoptr (JsonNode) node = NULL;
  Fixture fixture;
  FakeInvoke *invoke;
  JsonObject *event;
  guint i;

  fixture_init (&fixture);
  g_assert_cmpuint (move (&fixture, SECONDS (60) + 777), ==, 1);
  invoke = g_ptr_array_index (fake_platform_get_invokes (fixture.platform), 0);
  node = far_json_parse_object (invoke->payload, strlen (invoke->payload), 4096, NULL);
  g_assert_nonnull (node);
  event = json_node_get_object (node);
  for (i = 0; i < G_N_ELEMENTS (members); i++)
    g_assert_cmpstr (json_object_get_string_member (event, members[i].name), ==,
                     members[i].value);
  g_assert_cmpuint (strlen (json_object_get_string_member (event, "id")), ==, 36);
  g_assert_cmpuint (json_object_get_size (json_object_get_object_member (event, "detail")), ==,
                    0);
  g_assert_cmpstr (json_array_get_string_element (
                     json_object_get_array_member (event, "resources"), 0), ==,
                   "arn:aws:events:us-east-1:000000000000:rule/settle-Tick");
  fixture_clear (&fixture);
}

#define FUNCTION(name, schedule) \
  "  " name ": {Type: AWS::Serverless::Function, Properties: {Events: {Tick: " \
  "{Type: Schedule, Properties: {Schedule: " schedule "}}}}}\n"

static const char many_text[] =
  "Transform: AWS::Serverless-2016-10-31\n"
  "Globals: {Function: {CodeUri: f/, Handler: bootstrap, Runtime: provided.al2023}}\n"
  "Resources:\n"
  FUNCTION ("rate0", "rate(1 minute)")
  FUNCTION ("cron4", "cron(* * * * ? *)")
  FUNCTION ("rate1", "rate(1 minute)")
  FUNCTION ("rate2", "rate(1 minute)")
  FUNCTION ("rate3", "rate(1 minute)");

/* Rates begin at different times, each keeps its rhythm, and a cron expression is met exactly. */
static void
test_spread (void)
{
  gint64 fired_us[5] = { 0 };
  guint n_fired[5] = { 0 };
  Fixture fixture;
  guint i, second;

  fixture_init_with (&fixture, many_text);
  for (second = 1; second <= 300; second++)
    {
      guint n = move (&fixture, SECONDS (1));
      guint n_rates = 0;

      for (i = 0; i < n; i++)
        {
          const FakeInvoke *invoke
              = g_ptr_array_index (fake_platform_get_invokes (fixture.platform), i);
          guint which = (guint) (invoke->function[4] - '0');
          gint64 now_us = far_clock_now_us (fixture.clock);

          n_rates += which < 4;
          g_assert_true (n_fired[which] == 0 || now_us == fired_us[which] + SECONDS (60));
          g_assert_true (which < 4 || now_us % SECONDS (60) == 0);
          g_assert_cmpint (now_us, >=, T0 + SECONDS (which == 0 ? 90 : 30));
          fired_us[which] = now_us;
          n_fired[which]++;
        }
      g_assert_cmpuint (n_rates, <=, 1);
    }
  g_assert_cmpuint (n_fired[0], ==, 5);
  g_assert_cmpuint (n_fired[4], ==, 5);
  for (i = 1; i < 4; i++)
    g_assert_cmpuint (n_fired[i], ==, 4);
  fixture_clear (&fixture);
}

/* By its own timer, without anybody's help. */
static void
test_timer (void)
{
  g_autoptr (FarClock) clock = far_clock_new_manual (T0);
  FarPlatform *platform = fake_platform_new (clock, template_text);
  FarScheduler *scheduler;

  scheduler = far_scheduler_new (platform);
  /* The timer was set for later; moved so close, it is set anew. */
  g_assert_true (far_clock_advance (clock, SECONDS (60) - 1000, NULL));
  far_scheduler_poke (scheduler);
  g_assert_true (far_clock_advance (clock, 1000, NULL));
  while (fake_platform_get_invokes (platform)->len == 0)
    g_main_context_iteration (NULL, TRUE);
  far_scheduler_free (scheduler);
  fake_platform_free (platform);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scheduler/fires", test_fires);
  g_test_add_func ("/scheduler/event", test_event);
  g_test_add_func ("/scheduler/spread", test_spread);
  g_test_add_func ("/scheduler/timer", test_timer);
  return g_test_run ();
}
