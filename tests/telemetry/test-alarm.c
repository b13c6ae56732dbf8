/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alarms: hysteresis, patience, no data, and that no sequence of figures makes one flap between its
 * limits. */
#include "telemetry/far-alarm.h"

#include <string.h>

#include "base/far-random.h"

#define S G_USEC_PER_SEC

static FarAlarm *
make (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_json_parse_object (text, strlen (text), 4096, &error);
  FarAlarmRule rule;

  g_assert_no_error (error);
  far_alarm_rule_parse (json_node_get_object (node), NULL, &rule, &error);
  g_assert_no_error (error);
  return far_alarm_new (&rule, 0);
}

#define RULE(more) "{\"name\":\"n\",\"metric\":\"p99_us\",\"compare\":\"above\"," \
                   "\"threshold\":100" more "}"

static void
step (FarAlarm *alarm, gint64 at_s, int value, FarAlarmState expected)
{
  FarAlarmState from, before = alarm->state;
  gboolean changed = far_alarm_evaluate (alarm, value >= 0, value, 10, at_s * S, &from);

  g_assert_cmpint (alarm->state, ==, expected);
  g_assert_cmpint (changed, ==, before != expected);
  if (changed)
    {
      g_assert_cmpint (from, ==, before);
      g_assert_cmpint (alarm->since_us, ==, at_s * S);
    }
}

static void
test_hysteresis (void)
{
  g_autoptr (FarAlarm) alarm = make (RULE (",\"clear\":80"));

  step (alarm, 0, 50, FAR_ALARM_OK);
  step (alarm, 1, 100, FAR_ALARM_OK);
  step (alarm, 2, 101, FAR_ALARM_ALARM);
  step (alarm, 3, 99, FAR_ALARM_ALARM);
  step (alarm, 4, 81, FAR_ALARM_ALARM);
  step (alarm, 5, 80, FAR_ALARM_OK);
  step (alarm, 6, 99, FAR_ALARM_OK);
}

static void
test_below (void)
{
  g_autoptr (FarAlarm) alarm = make ("{\"name\":\"n\",\"metric\":\"disk_free_bytes\","
                                     "\"compare\":\"below\",\"threshold\":10,\"clear\":20}");

  step (alarm, 0, 10, FAR_ALARM_OK);
  step (alarm, 1, 9, FAR_ALARM_ALARM);
  step (alarm, 2, 19, FAR_ALARM_ALARM);
  step (alarm, 3, 20, FAR_ALARM_OK);
}

static void
test_patience (void)
{
  g_autoptr (FarAlarm) alarm = make (RULE (",\"for_s\":10,\"clear_for_s\":20"));

  step (alarm, 0, 5, FAR_ALARM_OK);
  step (alarm, 1, 200, FAR_ALARM_OK);
  step (alarm, 9, 200, FAR_ALARM_OK);
  g_assert_cmpint (alarm->wanted, ==, FAR_ALARM_ALARM);
  step (alarm, 10, 5, FAR_ALARM_OK); /* a break: it begins anew */
  step (alarm, 11, 200, FAR_ALARM_OK);
  step (alarm, 20, 200, FAR_ALARM_OK);
  step (alarm, 21, 200, FAR_ALARM_ALARM);
  step (alarm, 22, 5, FAR_ALARM_ALARM);
  step (alarm, 41, 5, FAR_ALARM_ALARM);
  step (alarm, 42, 5, FAR_ALARM_OK);
  /* The clock is set back: it waits as long as ever, not for ever. */
  step (alarm, 50, 200, FAR_ALARM_OK);
  step (alarm, 10, 200, FAR_ALARM_OK);
  step (alarm, 20, 200, FAR_ALARM_ALARM);
}

static void
test_no_data (void)
{
  g_autoptr (FarAlarm) says = make (RULE (",\"for_s\":5"));
  g_autoptr (FarAlarm) ok = make (RULE (",\"no_data\":\"ok\""));
  g_autoptr (FarAlarm) alarm = make (RULE (",\"no_data\":\"alarm\""));
  g_autoptr (FarAlarm) keep = make (RULE (",\"no_data\":\"keep\""));
  g_autoptr (FarAlarm) few = make (RULE (",\"n_min\":11"));

  step (says, 0, -1, FAR_ALARM_NO_DATA);
  step (says, 1, 5, FAR_ALARM_OK);
  step (says, 2, -1, FAR_ALARM_OK);
  step (says, 7, -1, FAR_ALARM_NO_DATA);
  step (ok, 0, -1, FAR_ALARM_OK);
  step (alarm, 0, -1, FAR_ALARM_ALARM);
  step (keep, 0, 200, FAR_ALARM_ALARM);
  step (keep, 1, -1, FAR_ALARM_ALARM);
  /* Ten samples are not enough. */
  step (few, 0, 5000, FAR_ALARM_NO_DATA);
}

/* A figure that wanders between clear and threshold never changes anything, and each change has a
 * figure beyond the limit that belongs to it. */
static void
test_random (void)
{
  FarRng rng;
  guint i;

  far_rng_init (&rng, 5, 1);
  for (i = 0; i < 200; i++)
    {
      g_autoptr (FarAlarm) alarm = make (RULE (",\"clear\":60"));
      FarAlarmState from;
      gint64 at;

      far_alarm_evaluate (alarm, TRUE, 0, 1, 0, &from);
      for (at = 1; at < 200; at++)
        {
          gint64 value = far_rng_below (&rng, 160);
          gboolean changed = far_alarm_evaluate (alarm, TRUE, value, 1, at * S, &from);

          if (value > 60 && value <= 100)
            g_assert_false (changed);
          if (changed && alarm->state == FAR_ALARM_ALARM)
            g_assert_cmpint (value, >, 100);
          if (changed && alarm->state == FAR_ALARM_OK)
            g_assert_cmpint (value, <=, 60);
        }
    }
}

static void
test_rules (void)
{
  static const char *const bad[] = {
    "{}", "{\"name\":\"n\",\"compare\":\"above\",\"threshold\":1}",
    "{\"name\":\"n\",\"metric\":\"m\",\"compare\":\"over\",\"threshold\":1}",
    "{\"name\":\"n\",\"metric\":\"m\",\"compare\":\"above\"}",
    RULE (",\"clear\":101"), RULE (",\"id\":\"A b\""), RULE (",\"for_s\":-1"),
    RULE (",\"window_s\":99999999"), RULE (",\"no_data\":\"maybe\""), RULE (",\"enabled\":1"),
    "{\"name\":\"\",\"metric\":\"m\",\"compare\":\"above\",\"threshold\":1}",
  };
  g_autoptr (FarAlarm) alarm = make (RULE (",\"id\":\"a-1\",\"clear\":-5,\"webhook\":\"http://x\","
                                           "\"function\":\"pledge\",\"n_min\":3,\"for_s\":7"));
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *text = NULL;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonNode) node = far_json_parse_object (bad[i], strlen (bad[i]), 4096, NULL);
      g_autoptr (GError) error = NULL;
      FarAlarmRule rule;

      g_assert_false (far_alarm_rule_parse (json_node_get_object (node), NULL, &rule, &error));
      g_assert_nonnull (error);
    }
  /* What is written reads back the same. */
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_alarm_rule_write (&alarm->rule, &writer);
  far_json_end_object (&writer);
  {
    g_autoptr (FarAlarm) again = make (writer.text->str);
    g_auto (FarJsonWriter) second = { 0 };

    far_json_writer_init (&second);
    far_json_begin_object (&second, NULL);
    far_alarm_rule_write (&again->rule, &second);
    far_json_end_object (&second);
    g_assert_cmpstr (writer.text->str, ==, second.text->str);
  }
  step (alarm, 0, 500, FAR_ALARM_NO_DATA);
  text = far_alarm_describe (alarm, "µs");
  g_assert_nonnull (strstr (text, "500 µs"));
  g_assert_nonnull (strstr (text, "pledge"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alarm/hysteresis", test_hysteresis);
  g_test_add_func ("/alarm/below", test_below);
  g_test_add_func ("/alarm/patience", test_patience);
  g_test_add_func ("/alarm/no-data", test_no_data);
  g_test_add_func ("/alarm/random", test_random);
  g_test_add_func ("/alarm/rules", test_rules);
  return g_test_run ();
}
