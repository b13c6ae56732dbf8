/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `top` knows: figures of the last tick, and the trend of each row as differences between
 * ticks. A counter that fell (another data directory, a restart) starts its trend anew. */
#include "terminal/far-top.h"

#include <math.h>
#include <string.h>

static void
function_free (gpointer data)
{
  FarTopFunction *function = data;

  g_free (function->name);
  g_free (function);
}

FarTopModel *
far_top_model_new (void)
{
  FarTopModel *self = g_new0 (FarTopModel, 1);
  guint i;

  self->functions = g_ptr_array_new_with_free_func (function_free);
  self->p50_us = self->p99_us = -1;
  for (i = 0; i < FAR_TOP_HISTORY; i++)
    self->history[i] = NAN;
  return self;
}

void
far_top_model_free (FarTopModel *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->status, far_platform_status_unref);
  g_clear_pointer (&self->traffic, far_traffic_unref);
  g_clear_pointer (&self->earnings, far_earnings_unref);
  g_clear_pointer (&self->recent, g_ptr_array_unref);
  g_ptr_array_unref (self->functions);
  g_free (self->recent_of);
  g_free (self->notice);
  g_free (self);
}

static FarTopFunction *
find (FarTopModel *self, const char *name)
{
  guint i;

  for (i = 0; i < self->functions->len; i++)
    {
      FarTopFunction *function = g_ptr_array_index (self->functions, i);

      if (strcmp (function->name, name) == 0)
        return function;
    }
  return NULL;
}

static FarTopFunction *
function_new (const char *name)
{
  FarTopFunction *function = g_new0 (FarTopFunction, 1);
  guint i;

  function->name = g_strdup (name);
  for (i = 0; i < FAR_TOP_TREND; i++)
    function->per_second[i] = -1;
  return function;
}

static void
push_trend (FarTopFunction *function, gint64 value)
{
  memmove (function->per_second, function->per_second + 1,
           (FAR_TOP_TREND - 1) * sizeof function->per_second[0]);
  function->per_second[FAR_TOP_TREND - 1] = value;
}

void
far_top_model_tick (FarTopModel *self, GListModel *functions, gint64 now_us)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (function_free);
  guint n = MIN (g_list_model_get_n_items (functions), FAR_TOP_FUNCTIONS_MAX);
  guint i;

  for (i = 0; i < n; i++)
    {
      g_autoptr (FarFunctionInfo) info = g_list_model_get_item (functions, i);
      const char *name = far_function_info_get_name (info);
      const FarFunctionFigures *figures = far_function_info_get_figures (info);
      FarTopFunction *known = find (self, name);
      FarTopFunction *row = function_new (name);

      if (known != NULL)
        {
          gint64 ran = figures->invocations - known->figures.invocations;

          memcpy (row->per_second, known->per_second, sizeof row->per_second);
          push_trend (row, ran >= 0 ? ran : -1);
        }
      row->figures = *figures;
      g_ptr_array_add (rows, row);
    }
  g_ptr_array_unref (self->functions);
  self->functions = g_steal_pointer (&rows);
  self->now_us = now_us;
}
