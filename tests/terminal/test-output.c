/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What farthingctl prints: figures exact and readable, foreign text harmless. */
#include <locale.h>
#include <string.h>

#include "terminal/far-terminal.h"

static void
test_duration (void)
{
  const struct {
    gint64 us;
    const char *text;
  } cases[] = {
    { -1, "–" }, { 0, "0 µs" }, { 999, "999 µs" }, { 1000, "1.00 ms" }, { 9999, "9.99 ms" },
    { 10000, "10.0 ms" }, { 123456, "123.4 ms" }, { 999999, "999.9 ms" }, { 1000000, "1.00 s" },
    { 75500000, "75.50 s" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = far_terminal_duration (cases[i].us);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_picodollars (void)
{
  const struct {
    gint64 picodollars;
    const char *text;
  } cases[] = {
    { 0, "$0.00" },
    { 1, "$0.000000000001" },
    { G_GINT64_CONSTANT (200000), "$0.0000002" },
    { G_GINT64_CONSTANT (1000000000000), "$1.00" },
    { G_GINT64_CONSTANT (1500000000000), "$1.50" },
    { G_GINT64_CONSTANT (1234000000000), "$1.234" },
    { -G_GINT64_CONSTANT (20000000000), "-$0.02" },
    { G_MININT64, "-$9223372.036854775808" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = far_terminal_picodollars (cases[i].picodollars);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* No more is said than is known. */
static void
test_band (void)
{
  const struct {
    gint64 us, low_us, high_us;
    const char *text;
  } cases[] = {
    { 4200, 4180, 4220, "4.20 ms" },   { 4200, 4200, 4200, "4.20 ms" },
    { 2500, G_MININT64, 5000, "< 5.00 ms" }, { 7500, 5000, 10000, "5.00 ms to 10.0 ms" },
    { 0, 0, 0, "0 µs" },
    { 9000, 9000, G_MAXINT64, "> 9.00 ms" }, { -1, 0, 5000, "–" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = far_terminal_band (cases[i].us, cases[i].low_us, cases[i].high_us);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_clean (void)
{
  const struct {
    const char *foreign;
    const char *harmless;
  } cases[] = {
    { "plain – ünïcode", "plain – ünïcode" },
    { "\033[2Jgone", "\357\277\275[2Jgone" },
    { "a\tb\nc", "a\tb\nc" },
    { "\a\r\b", "\357\277\275\357\277\275\357\277\275" },
    { "right\342\200\256left", "right\357\277\275left" }, /* a bidirectional override */
    { "\302\233" "31m", "\357\277\275" "31m" },           /* the one-byte CSI as UTF-8 */
    { "broken \377 bytes", "broken \357\277\275 bytes" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = far_terminal_clean (cases[i].foreign);

      g_assert_cmpstr (text, ==, cases[i].harmless);
    }
}

static void
test_fit (void)
{
  const struct {
    const char *text;
    int width;
    FarColumn column;
    const char *fitted;
  } cases[] = {
    { "ab", 4, FAR_COLUMN_LEFT, "ab  " },  { "ab", 4, FAR_COLUMN_RIGHT, "  ab" },
    { "abcd", 4, FAR_COLUMN_LEFT, "abcd" }, { "abcde", 4, FAR_COLUMN_LEFT, "abc…" },
    { "日本語", 6, FAR_COLUMN_LEFT, "日本語" }, { "日本語", 5, FAR_COLUMN_LEFT, "日本…" },
    { "日本語", 4, FAR_COLUMN_LEFT, "日 …" }, { "x", 0, FAR_COLUMN_LEFT, "" },
    { "xy", 1, FAR_COLUMN_LEFT, "…" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *fitted
          = far_terminal_fit (cases[i].text, cases[i].width, cases[i].column);

      g_assert_cmpstr (fitted, ==, cases[i].fitted);
      g_assert_cmpint (far_terminal_columns (fitted), ==, cases[i].width);
    }
}

/* Every command of the table can be found, has examples that begin with its own call, and a summary
 * without a full stop. */
static void
test_commands (void)
{
  const FarCommand *command;

  g_assert_null (far_command_find ("nonsense"));
  for (command = far_commands; command->name != NULL; command++)
    {
      g_assert_true (far_command_find (command->name) == command);
      g_assert_nonnull (command->run);
      g_assert_nonnull (strstr (command->examples, "farthingctl "));
      g_assert_nonnull (strstr (command->examples, command->name));
      g_assert_false (g_str_has_suffix (command->summary, "."));
      g_assert_cmpint (far_terminal_columns (command->summary), <=, 66);
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/terminal/duration", test_duration);
  g_test_add_func ("/terminal/picodollars", test_picodollars);
  g_test_add_func ("/terminal/band", test_band);
  g_test_add_func ("/terminal/clean", test_clean);
  g_test_add_func ("/terminal/fit", test_fit);
  g_test_add_func ("/terminal/commands", test_commands);
  return g_test_run ();
}
