/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The view's state machine: every event in every state, every edge of time. */
#include "base/far-random.h"
#include "market/far-view.h"

#define T0 G_GINT64_CONSTANT (1795405200000000)
#define SECOND G_GINT64_CONSTANT (1000000)

static FarView
new_view (gint64 duration_ms)
{
  FarView view;

  far_view_init (&view, duration_ms, 1000, T0);
  g_assert_cmpint (far_view_fetch (&view, 1000, T0), ==, FAR_VIEW_TAKEN);
  return view;
}

/* A view in any state, reached by the rules themselves. */
static FarView
view_in_state (FarViewState state)
{
  FarView view = new_view (8000);
  gint64 at = T0;

  for (guint event = 0; event <= FAR_VIEW_EVENT_COMPLETE && event < (guint) state; event++)
    {
      g_assert_cmpint (far_view_apply (&view, (FarViewEvent) event, at), ==, FAR_VIEW_TAKEN);
      at += 2 * SECOND;
      if (view.state == FAR_VIEW_THIRD_QUARTILE && state > FAR_VIEW_COMPLETED)
        break;
    }
  if (state > FAR_VIEW_COMPLETED)
    view.state = state;
  g_assert_cmpint (view.state, ==, state);
  return view;
}

static void
test_whole_view (void)
{
  FarView view = new_view (8000);

  g_assert_cmpint (far_view_wait_us (&view, T0), ==, 0);
  for (guint event = 0; event <= FAR_VIEW_EVENT_COMPLETE; event++)
    g_assert_cmpint (far_view_apply (&view, (FarViewEvent) event, T0 + event * 2 * SECOND), ==,
                     FAR_VIEW_TAKEN);
  g_assert_cmpint (view.state, ==, FAR_VIEW_COMPLETED);
  g_assert_cmpint (far_view_wait_us (&view, T0), ==, 0);
}

/* 8 s: tolerance 250 + 400 = 650 ms. */
static void
test_tolerance (void)
{
  g_assert_cmpint (far_view_tolerance_us (8 * SECOND), ==, 650000);
  g_assert_cmpint (far_view_tolerance_us (1 * SECOND), ==, 125000);
  g_assert_cmpint (far_view_tolerance_us (30 * SECOND), ==, 1750000);

  for (FarViewState state = FAR_VIEW_STARTED; state <= FAR_VIEW_THIRD_QUARTILE; state++)
    {
      FarView view = view_in_state (state);
      FarView before = view;
      gint64 due = T0 + state * 2 * SECOND - 650000;

      g_assert_cmpint (far_view_apply (&view, (FarViewEvent) state, due - 1), ==,
                       FAR_VIEW_TOO_SOON);
      g_assert_cmpmem (&view, sizeof view, &before, sizeof before);
      g_assert_cmpint (far_view_wait_us (&view, due - 1), ==, 1);
      g_assert_cmpint (far_view_wait_us (&view, due), ==, 0);
      g_assert_cmpint (far_view_apply (&view, (FarViewEvent) state, due), ==, FAR_VIEW_TAKEN);
    }
}

/* Waiting long before the first quartile does not allow the rest in one go. */
static void
test_no_burst (void)
{
  FarView view = view_in_state (FAR_VIEW_STARTED);
  gint64 at = T0 + 20 * SECOND;

  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_FIRST_QUARTILE, at), ==, FAR_VIEW_TAKEN);
  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_MIDPOINT, at), ==, FAR_VIEW_TOO_SOON);
  g_assert_cmpint (far_view_wait_us (&view, at), ==, 2 * SECOND - 650000);
}

/* A clock that steps back makes everything too soon, nothing early. */
static void
test_clock_back (void)
{
  FarView view = view_in_state (FAR_VIEW_MIDPOINT);

  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_THIRD_QUARTILE, T0 - 3600 * SECOND), ==,
                   FAR_VIEW_TOO_SOON);
}

/* All 9 states × 6 events at a moment when time allows everything. */
static void
test_every_event_in_every_state (void)
{
  for (FarViewState state = FAR_VIEW_RESERVED; state <= FAR_VIEW_STATE_MAX; state++)
    for (guint event = 0; event <= FAR_VIEW_EVENT_ABANDON; event++)
      {
        FarView view = view_in_state (state);
        FarView before = view;
        FarViewResult expected, got;

        if (event == FAR_VIEW_EVENT_ABANDON)
          expected = state < FAR_VIEW_COMPLETED    ? FAR_VIEW_TAKEN
                     : state == FAR_VIEW_ABANDONED ? FAR_VIEW_SAME
                                                   : FAR_VIEW_CLOSED;
        else if (state <= FAR_VIEW_COMPLETED && event + 1 == (guint) state)
          expected = FAR_VIEW_SAME;
        else if (state >= FAR_VIEW_COMPLETED)
          expected = FAR_VIEW_CLOSED;
        else
          expected = event == (guint) state ? FAR_VIEW_TAKEN : FAR_VIEW_OUT_OF_ORDER;

        got = far_view_apply (&view, (FarViewEvent) event, T0 + 60 * SECOND);
        g_assert_cmpint (got, ==, expected);
        if (expected != FAR_VIEW_TAKEN)
          g_assert_cmpmem (&view, sizeof view, &before, sizeof before);
        else
          g_assert_cmpint (view.state, !=, before.state);
      }
}

static void
test_expiry (void)
{
  FarView view = new_view (8000);
  gint64 end = T0 + 8 * SECOND + FAR_VIEW_GRACE_US;

  g_assert_cmpint (view.expires_us, ==, end);
  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_START, end), ==, FAR_VIEW_OVER);
  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_ABANDON, end), ==, FAR_VIEW_OVER);
  g_assert_cmpint (far_view_fetch (&view, 1, end), ==, FAR_VIEW_OVER);
  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_START, end - 1), ==, FAR_VIEW_TAKEN);
  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_START, end), ==, FAR_VIEW_SAME);
}

static void
test_fetch (void)
{
  FarView view;

  far_view_init (&view, 1000, 1000, T0);
  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_START, T0), ==, FAR_VIEW_TAKEN);
  for (guint i = 1; i <= 3; i++)
    g_assert_cmpint (far_view_apply (&view, (FarViewEvent) i, T0 + i * SECOND), ==,
                     FAR_VIEW_TAKEN);
  g_assert_cmpint (far_view_fetch (&view, 999, T0), ==, FAR_VIEW_TAKEN);
  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_COMPLETE, T0 + 5 * SECOND), ==,
                   FAR_VIEW_NOT_FETCHED);
  g_assert_cmpint (view.state, ==, FAR_VIEW_THIRD_QUARTILE);
  g_assert_cmpint (far_view_fetch (&view, G_MAXINT64, T0), ==, FAR_VIEW_TAKEN);
  g_assert_cmpint (view.fetched_bytes, ==, 1000);
  g_assert_cmpint (far_view_apply (&view, FAR_VIEW_EVENT_COMPLETE, T0 + 5 * SECOND), ==,
                   FAR_VIEW_TAKEN);
  g_assert_cmpint (far_view_fetch (&view, 1, T0), ==, FAR_VIEW_CLOSED);
}

/* Random clients at random times: whatever they try, no view completes in under 7/8 of its time,
 * and it completes once. */
static void
test_random_clients (void)
{
  guint n_completed = 0;
  FarRng rng;

  far_rng_init (&rng, 99, 1);
  for (guint round = 0; round < 20000; round++)
    {
      gint64 duration_ms = 1000 + far_rng_below (&rng, 20000);
      FarView view = new_view (duration_ms);
      gint64 at = T0;
      guint completions = 0;

      for (guint step = 0; step < 40; step++)
        {
          FarViewEvent event = far_rng_below (&rng, 3) ? (FarViewEvent) MIN (view.state, 4)
                                                       : (FarViewEvent) far_rng_below (&rng, 5);
          FarViewState before = view.state;

          at += far_rng_below (&rng, (guint32) (duration_ms * 1000 / 3));
          if (far_view_apply (&view, event, at) != FAR_VIEW_TAKEN)
            {
              g_assert_cmpint (view.state, ==, before);
              continue;
            }
          g_assert_cmpint (view.state, ==, before + 1);
          if (view.state == FAR_VIEW_COMPLETED)
            {
              completions++;
              g_assert_cmpint ((at - view.started_us) * 8, >=, duration_ms * 1000 * 7);
            }
        }
      g_assert_cmpuint (completions, <=, 1);
      n_completed += completions;
    }
  g_assert_cmpuint (n_completed, >, 1000);
}

static void
test_names (void)
{
  FarViewEvent event;

  g_assert_true (far_view_event_parse ("firstQuartile", &event));
  g_assert_cmpint (event, ==, FAR_VIEW_EVENT_FIRST_QUARTILE);
  g_assert_false (far_view_event_parse ("firstquartile", &event));
  g_assert_false (far_view_event_parse ("", &event));
  g_assert_cmpstr (far_view_state_to_text (FAR_VIEW_REPLACED), ==, "replaced");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view/whole", test_whole_view);
  g_test_add_func ("/view/tolerance", test_tolerance);
  g_test_add_func ("/view/no-burst", test_no_burst);
  g_test_add_func ("/view/clock-back", test_clock_back);
  g_test_add_func ("/view/every-event-in-every-state", test_every_event_in_every_state);
  g_test_add_func ("/view/expiry", test_expiry);
  g_test_add_func ("/view/fetch", test_fetch);
  g_test_add_func ("/view/random-clients", test_random_clients);
  g_test_add_func ("/view/names", test_names);
  return g_test_run ();
}
