/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits as people type them, and alarms in words. */
#include "desktop/alarms/far-alarm-format.h"
#include "desktop/alarms/far-alarm-rule.h"

static void
test_input (void)
{
  static const struct {
    const char *unit;
    const char *text;
    gint64      value;
    const char *back; /* what it is shown as again */
  } cases[] = {
    { "us", "250", 250000, "250" },
    { "us", "0.5", 500, "0.5" },
    { "us", "1,25", 1250, "1.25" },
    { "us", " 7 ", 7000, "7" },
    { "ppm", "5", 50000, "5" },
    { "ppm", "0.0001", 1, "0.0001" },
    { "bytes", "256", 268435456, "256" },
    { "bytes", "0.5", 524288, "0.5" },
    { "kb", "1.5", 1536, "1.5" },
    { "count", "12", 12, "12" },
    { "micros", "3.25", 3250000, "3.25" },
    { "picodollars", "0.000000000001", 0, "0" }, /* below what can be typed */
    { "picodollars", "9000000", G_GINT64_CONSTANT (9000000000000000000), "9000000" },
    { "s", "90", 90, "90" },
  };
  static const char *const wrong[] = { "", " ", "-1", "1.2.3", "ten", "1e3", "1 2", ".", "0x10",
                                       "99999999999999999999", "9223372036854775807" };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *back = NULL;
      gint64 value = -1;

      g_assert_true (far_alarm_parse_input (cases[i].unit, cases[i].text, &value));
      g_assert_cmpint (value, ==, cases[i].value);
      back = far_alarm_to_input (cases[i].unit, value);
      g_assert_cmpstr (back, ==, cases[i].back);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      gint64 value = -1;

      g_assert_false (far_alarm_parse_input ("us", wrong[i], &value));
      g_assert_cmpint (value, ==, -1);
    }
}

/* Every value that has a decimal unit comes back as it was. */
static void
test_round_trip (void)
{
  static const char *const units[] = { "us", "ppm", "count", "s", "micros" };

  for (guint u = 0; u < G_N_ELEMENTS (units); u++)
    for (gint64 value = 0; value < G_MAXINT64 / 11; value = value * 7 + 1)
      {
        g_autofree char *text = far_alarm_to_input (units[u], value);
        gint64 back = -1;

        g_assert_true (far_alarm_parse_input (units[u], text, &back));
        g_assert_cmpint (back, ==, value);
      }
}

static FarAlarmInfo sample = {
  .id = (char *) "slow", .name = (char *) "Slow", .metric = (char *) "p99_us",
  .function = (char *) "Pledge", .compare = (char *) "above", .no_data = (char *) "no_data",
  .webhook = (char *) "", .state = (char *) "alarm", .text = (char *) "", .unit = (char *) "us",
  .window_s = 300, .threshold = 250000, .clear = 200000, .enabled = TRUE, .has_value = TRUE,
  .value = 312000,
};

static void
test_words (void)
{
  g_autofree char *rule = far_alarm_describe (&sample);
  g_autofree char *raised = far_alarm_describe_state (&sample, 90 * G_USEC_PER_SEC);
  FarAlarmInfo other = sample;

  g_assert_cmpstr (rule, ==, "Duration, p99 above 250 ms · Pledge · within 5 min");
  g_assert_cmpstr (raised, ==, "Raised: 312 ms, 1 min ago");
  other.state = (char *) "ok";
  {
    g_autofree char *text = far_alarm_describe_state (&other, 0);

    g_assert_cmpstr (text, ==, "OK: 312 ms");
  }
  other.pending = TRUE;
  {
    g_autofree char *text = far_alarm_describe_state (&other, 0);

    g_assert_cmpstr (text, ==, "About to be raised: 312 ms");
  }
  other.enabled = FALSE;
  {
    g_autofree char *text = far_alarm_describe_state (&other, 0);

    g_assert_cmpstr (text, ==, "Switched off");
  }
  /* Unknown is not zero. */
  other = sample;
  other.has_value = FALSE;
  {
    g_autofree char *text = far_alarm_describe_state (&other, 0);

    g_assert_cmpstr (text, ==, "Raised: —, just now");
  }
}

/* What the platform brings along is translated; what somebody has named is theirs. */
static void
test_names (void)
{
  FarAlarmInfo info = sample;
  g_autofree char *own = far_alarm_format_name (&info);
  g_autofree char *built_in = NULL;
  g_autofree char *unknown = NULL;

  g_assert_cmpstr (own, ==, "Slow");
  info.builtin = TRUE;
  info.id = (char *) "disk";
  info.name = (char *) "The disk is nearly full";
  built_in = far_alarm_format_name (&info);
  g_assert_cmpstr (built_in, ==, "The disk is nearly full");
  info.name = (char *) "Of a newer \x1bplatform";
  unknown = far_alarm_format_name (&info);
  g_assert_cmpstr (unknown, ==, "Of a newer platform");
}

static void
test_rule (void)
{
  g_autoptr (GBytes) body = NULL;
  g_autofree char *text = NULL;
  FarAlarmRule rule;

  far_alarm_rule_init (&rule, &sample);
  rule.enabled = FALSE;
  body = far_alarm_rule_to_json (&rule);
  text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  g_assert_cmpstr (text, ==, "{\"name\":\"Slow\",\"enabled\":false,\"metric\":\"p99_us\","
                             "\"function\":\"Pledge\",\"compare\":\"above\","
                             "\"threshold\":250000,\"clear\":200000,\"window_s\":300,"
                             "\"for_s\":0,\"clear_for_s\":0,\"n_min\":0,"
                             "\"no_data\":\"no_data\",\"webhook\":null}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alarm-format/input", test_input);
  g_test_add_func ("/alarm-format/round-trip", test_round_trip);
  g_test_add_func ("/alarm-format/words", test_words);
  g_test_add_func ("/alarm-format/names", test_names);
  g_test_add_func ("/alarm-format/rule", test_rule);
  return g_test_run ();
}
