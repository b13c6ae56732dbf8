/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trace headers: what is taken, what is not, and that what is written reads back. The examples
 * are those of the W3C recommendation and of AWS's documentation. */
#include "base/far-trace.h"

#include <string.h>

static void
test_traceparent (void)
{
  static const char good[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  static const char *const later[] = {
    "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be-like",
  };
  static const char *const bad[] = {
    "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
    "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
    "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01x",
    " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  };
  FarTraceContext context = { .span_id = 7 };
  char text[FAR_TRACEPARENT_LEN + 1], hex[FAR_ID_HEX_LEN + 1];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (far_trace_parse_traceparent (bad[i], &context));
  g_assert_cmpuint (context.span_id, ==, 7);
  g_assert_true (far_trace_parse_traceparent (good, &context));
  far_id_to_hex (&context.trace_id, hex);
  g_assert_cmpstr (hex, ==, "4bf92f3577b34da6a3ce929d0e0e4736");
  g_assert_cmphex (context.span_id, ==, G_GUINT64_CONSTANT (0x00f067aa0ba902b7));
  g_assert_true (context.sampled);
  far_trace_to_traceparent (&context, text);
  g_assert_cmpstr (text, ==, good);
  for (i = 0; i < G_N_ELEMENTS (later); i++)
    g_assert_true (far_trace_parse_traceparent (later[i], &context));
  context.sampled = FALSE;
  far_trace_to_traceparent (&context, text);
  g_assert_cmpstr (text + 53, ==, "00");
}

static void
test_xray (void)
{
  static const char *const good[] = {
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    "Root=1-5759e988-bd862e3fe1be46a994272793",
    "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1",
    "Sampled=0; Root=1-5759e988-bd862e3fe1be46a994272793",
  };
  static const guint64 parents[] = { G_GUINT64_CONSTANT (0x53995c3f42cd8ad8), 0, 0, 0 };
  static const gboolean sampled[] = { TRUE, TRUE, TRUE, FALSE };
  static const char *const bad[] = {
    "", ";;;", "Root=", "Root=1-5759e988-bd862e3fe1be46a99427279",
    "Root=2-5759e988-bd862e3fe1be46a994272793",
    "Root=1-5759e98g-bd862e3fe1be46a994272793", "Parent=53995c3f42cd8ad8",
    "Root=1-00000000-000000000000000000000000", "Root=1-5759e988_bd862e3fe1be46a994272793",
  };
  FarTraceContext context, again;
  char text[FAR_XRAY_LEN + 1], hex[FAR_ID_HEX_LEN + 1];
  g_autofree char *long_one = g_strnfill (FAR_TRACE_HEADER_MAX + 1, ';');
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (far_trace_parse_xray (bad[i], &context));
  g_assert_false (far_trace_parse_xray (long_one, &context));
  for (i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (far_trace_parse_xray (good[i], &context));
      far_id_to_hex (&context.trace_id, hex);
      g_assert_cmpstr (hex, ==, "5759e988bd862e3fe1be46a994272793");
      g_assert_cmphex (context.span_id, ==, parents[i]);
      g_assert_cmpint (context.sampled, ==, sampled[i]);
      context.span_id = 42;
      far_trace_to_xray (&context, text);
      g_assert_true (far_trace_parse_xray (text, &again));
      g_assert_cmpuint (again.span_id, ==, 42);
      g_assert_cmpint (far_id_compare (&again.trace_id, &context.trace_id), ==, 0);
    }
}

static void
test_ids (void)
{
  g_autoptr (FarClock) clock = far_clock_new_manual (G_GINT64_CONSTANT (1465510280000000));
  char hex[FAR_ID_HEX_LEN + 1], span[FAR_SPAN_ID_HEX_LEN + 1];
  guint64 parsed;
  FarId id;

  far_trace_init_root (&id, far_clock_now_us (clock));
  far_id_to_hex (&id, hex);
  g_assert_true (g_str_has_prefix (hex, "5759e988"));
  far_id_init (&id, clock);
  far_id_to_hex (&id, hex);
  far_trace_span_to_hex (far_trace_span_of (&id), span);
  g_assert_cmpstr (span, ==, hex + 16);
  g_assert_true (far_trace_parse_span (span, &parsed));
  g_assert_cmphex (parsed, ==, far_trace_span_of (&id));
  g_assert_cmphex (far_trace_new_span_id (), !=, far_trace_new_span_id ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace/traceparent", test_traceparent);
  g_test_add_func ("/trace/xray", test_xray);
  g_test_add_func ("/trace/ids", test_ids);
  return g_test_run ();
}
