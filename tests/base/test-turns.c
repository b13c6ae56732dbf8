/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of the thread that asks, and of it alone; children and threads after it have the system's own. */
#include <sched.h>
#include <sys/resource.h>

#include "base/far-turns.h"

static gpointer
read_nice (gpointer unused)
{
  return GINT_TO_POINTER (getpriority (PRIO_PROCESS, 0));
}

static gpointer
give_way (gpointer nice)
{
  far_turns_make_short (GPOINTER_TO_INT (nice));
  return read_nice (NULL);
}

static int
in_a_thread (GThreadFunc work, int nice)
{
  return GPOINTER_TO_INT (g_thread_join (g_thread_new ("turns", work, GINT_TO_POINTER (nice))));
}

static void
test_share (void)
{
  int before = getpriority (PRIO_PROCESS, 0);
  int less = MIN (before + 3, 19);

  g_assert_cmpint (in_a_thread (give_way, less), ==, less);
  g_assert_cmpint (getpriority (PRIO_PROCESS, 0), ==, before);
  far_turns_make_short (before);
  g_assert_cmpint (getpriority (PRIO_PROCESS, 0), ==, before);
  g_assert_cmpint (in_a_thread (read_nice, 0), ==, before);
}

static gpointer
be_patient (gpointer unused)
{
  far_turns_make_patient ();
  return GINT_TO_POINTER ((sched_getscheduler (0) & ~SCHED_RESET_ON_FORK) == SCHED_IDLE
                          || getpriority (PRIO_PROCESS, 0) == 19);
}

static void
test_patient (void)
{
  int before = sched_getscheduler (0);

  g_assert_true (in_a_thread (be_patient, 0));
  g_assert_cmpint (sched_getscheduler (0), ==, before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/turns/share", test_share);
  g_test_add_func ("/base/turns/patient", test_patient);
  return g_test_run ();
}
