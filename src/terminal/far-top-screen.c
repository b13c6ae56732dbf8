/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `top` as lines of text. Every line has exactly the view's width; a figure that is not known is
 * "–", never 0; when the platform is away the first line says since when nothing is new. */
#include "terminal/far-top.h"

#include <math.h>
#include <string.h>

#include "base/far-money.h"

#define GRAPH_ROWS 3
#define NAME_MIN 12

static void
line_free (gpointer data)
{
  FarTopLine *line = data;

  g_free (line->text);
  g_free (line);
}

static void
add (GPtrArray *lines, const FarTopView *view, FarTopStyle style, const char *text)
{
  FarTopLine *line = g_new (FarTopLine, 1);

  line->text = far_terminal_fit (text, view->width, FAR_COLUMN_LEFT);
  line->style = style;
  g_ptr_array_add (lines, line);
}

static void
addf (GPtrArray *lines, const FarTopView *view, FarTopStyle style, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

static void
addf (GPtrArray *lines, const FarTopView *view, FarTopStyle style, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  add (lines, view, style, text);
}

static void
add_title (GPtrArray *lines, const FarTopView *view, const FarTopModel *model)
{
  const FarPlatformStatus *status = model->status;
  g_autofree char *title = NULL;

  if (status == NULL)
    {
      add (lines, view, FAR_TOP_HEADER, " Farthing: waiting for the platform …");
      return;
    }
  title = far_terminal_clean (status->publication_title);
  if (model->connected)
    {
      gint64 up_s = MAX (0, (model->now_us - status->started_us) / G_USEC_PER_SEC);

      addf (lines, view, FAR_TOP_HEADER,
            " %s · %s money · isolation %s · up %" G_GINT64_FORMAT ":%02d:%02d%s", title,
            status->money, status->isolation, up_s / 3600, (int) (up_s / 60 % 60),
            (int) (up_s % 60), view->readonly ? " · read-only" : "");
    }
  else
    addf (lines, view, FAR_TOP_BAD, " %s · NOT CONNECTED, figures below are the last known",
          title);
}

static void
add_summary (GPtrArray *lines, const FarTopView *view, const FarTopModel *model)
{
  gint64 invocations = 0, errors = 0, throttles = 0, instances = 0;
  double now = model->history[FAR_TOP_HISTORY - 1];
  g_autofree char *p50 = far_terminal_duration (model->p50_us);
  g_autofree char *p99 = far_terminal_duration (model->p99_us);
  g_autofree char *rate = isnan (now) ? g_strdup ("–") : g_strdup_printf ("%.0f", now);
  guint i;

  for (i = 0; i < model->functions->len; i++)
    {
      const FarTopFunction *f = g_ptr_array_index (model->functions, i);

      invocations += f->figures.invocations;
      errors += f->figures.errors;
      throttles += f->figures.throttles;
      instances += MAX (f->figures.instances, 0);
    }
  addf (lines, view, FAR_TOP_BOLD,
        " Functions  %s/s, %" G_GINT64_FORMAT " in all · p50 %s, p99 %s (last minute)", rate,
        invocations, p50, p99);
  addf (lines, view, errors > 0 ? FAR_TOP_BAD : FAR_TOP_NORMAL,
        "            %" G_GINT64_FORMAT " errors · %" G_GINT64_FORMAT " throttled · %"
        G_GINT64_FORMAT " instances%s",
        errors, throttles, instances,
        model->status != NULL && model->status->dropped > 0 ? " · telemetry dropped records" : "");
}

static void
add_money (GPtrArray *lines, const FarTopView *view, const FarTopModel *model)
{
  const FarEarnings *e = model->earnings;

  if (e == NULL)
    add (lines, view, FAR_TOP_NORMAL, " Earnings   –");
  else
    {
      g_autofree char *all = far_micros_to_decimal (e->publisher_micros, e->currency);
      g_autofree char *pay = far_micros_to_decimal (e->pay_micros, e->currency);
      g_autofree char *ads = far_micros_to_decimal (e->ad_micros, e->currency);
      g_autofree char *refund = far_micros_to_decimal (e->refund_micros, e->currency);

      addf (lines, view, FAR_TOP_NORMAL,
            " Earnings   %s %s: paid %s, refunded %s, ads %s", all, e->currency, pay, refund, ads);
    }
}

static void
add_readers (GPtrArray *lines, const FarTopView *view, const FarTopModel *model)
{
  const FarTraffic *t = model->traffic;

  if (t == NULL || !t->running)
    addf (lines, view, FAR_TOP_DIM, " Readers    no simulated ones%s",
          view->readonly ? "" : "; t lets some come");
  else
    addf (lines, view, FAR_TOP_NORMAL,
          " Readers    %g/s: %" G_GINT64_FORMAT " came, %" G_GINT64_FORMAT " pledged, %"
          G_GINT64_FORMAT " ads, %" G_GINT64_FORMAT " left, %" G_GINT64_FORMAT " errors",
          t->readers_per_second, t->arrivals, t->pledges, t->ads, t->left, t->errors);
}

/* Invocations a second as columns of eighths; a second of which nothing is known stays empty, one
 * in which nothing ran shows its base line. */
static void
add_graph (GPtrArray *lines, const FarTopView *view, const FarTopModel *model)
{
  static const char *const eighths[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
  int columns = MIN (view->width - 12, FAR_TOP_HISTORY);
  double top = 1;
  int row, i;

  for (i = FAR_TOP_HISTORY - MAX (columns, 0); i < FAR_TOP_HISTORY; i++)
    if (!isnan (model->history[i]))
      top = MAX (top, model->history[i]);
  for (row = GRAPH_ROWS - 1; row >= 0; row--)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      if (row == GRAPH_ROWS - 1)
        g_string_printf (text, "%9.0f/s ", top);
      else
        g_string_printf (text, "%12s", row == 0 ? "0 " : "");
      for (i = FAR_TOP_HISTORY - MAX (columns, 0); i < FAR_TOP_HISTORY; i++)
        {
          double value = model->history[i];
          int level = isnan (value) ? 0 : (int) ceil (value / top * GRAPH_ROWS * 8) - row * 8;

          if (!isnan (value) && row == 0)
            level = MAX (level, 1);
          level = CLAMP (level, 0, 8);
          if (view->unicode)
            g_string_append (text, eighths[level]);
          else
            g_string_append_c (text, level == 0 ? ' ' : level < 5 ? '.' : '#');
        }
      add (lines, view, FAR_TOP_NORMAL, text->str);
    }
}

static void
append_trend (GString *text, const FarTopView *view, const FarTopFunction *f)
{
  static const char *const eighths[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
  gint64 top = 1;
  guint i;

  for (i = 0; i < FAR_TOP_TREND; i++)
    top = MAX (top, f->per_second[i]);
  for (i = 0; i < FAR_TOP_TREND; i++)
    if (f->per_second[i] < 0)
      g_string_append_c (text, ' ');
    else if (view->unicode)
      g_string_append (text, eighths[f->per_second[i] * 7 / top]);
    else
      g_string_append_c (text, "_.-=+*#@"[f->per_second[i] * 7 / top]);
}

static void
append_cell (GString *text, int width, const char *value)
{
  g_autofree char *cell = far_terminal_fit (value, width, FAR_COLUMN_RIGHT);

  g_string_append (text, cell);
}

static int
name_width (const FarTopView *view)
{
  /* The other columns take 61, and a space stands on either side. */
  return MAX (NAME_MIN, view->width - 61 - 2);
}

static void
add_function (GPtrArray *lines, const FarTopView *view, const FarTopFunction *f, FarTopStyle style)
{
  g_autoptr (GString) text = g_string_new (" ");
  g_autofree char *clean = far_terminal_clean (f->name);
  g_autofree char *name = far_terminal_fit (clean, name_width (view), FAR_COLUMN_LEFT);
  g_autofree char *invocations = g_strdup_printf ("%" G_GINT64_FORMAT, f->figures.invocations);
  g_autofree char *errors = g_strdup_printf ("%" G_GINT64_FORMAT, f->figures.errors);
  g_autofree char *throttles = g_strdup_printf ("%" G_GINT64_FORMAT, f->figures.throttles);
  g_autofree char *cold = g_strdup_printf ("%" G_GINT64_FORMAT, f->figures.cold_starts);
  gboolean ran = f->figures.invocations > 0;
  g_autofree char *p50 = far_terminal_duration (ran ? f->figures.p50_us : -1);
  g_autofree char *p99 = far_terminal_duration (ran ? f->figures.p99_us : -1);

  g_string_append (text, name);
  append_cell (text, 9, invocations);
  append_cell (text, 6, errors);
  append_cell (text, 6, throttles);
  append_cell (text, 6, cold);
  append_cell (text, 10, p50);
  append_cell (text, 10, p99);
  g_string_append (text, "  ");
  append_trend (text, view, f);
  add (lines, view, style, text->str);
}

static void
add_functions (GPtrArray *lines, const FarTopView *view, const FarTopModel *model, int rows)
{
  g_autoptr (GPtrArray) visible = far_top_visible (view, model);
  g_autofree char *name = far_terminal_fit ("FUNCTION", name_width (view), FAR_COLUMN_LEFT);
  guint first = 0;
  guint i;

  addf (lines, view, FAR_TOP_BOLD, " %s%9s%6s%6s%6s%10s%10s  %s", name, "RAN", "ERR", "THR",
        "COLD", "P50", "P99", "TREND");
  rows--;
  if (visible->len == 0)
    {
      addf (lines, view, FAR_TOP_DIM, " %s",
            view->filter[0] != '\0' ? "No function has that in its name; Escape clears the filter"
                                    : "No functions yet");
      return;
    }
  if (rows > 0 && view->selected >= (guint) rows)
    first = view->selected - rows + 1;
  for (i = first; i < visible->len && (int) (i - first) < rows; i++)
    {
      const FarTopFunction *f = g_ptr_array_index (visible, i);
      FarTopStyle style = f->figures.errors > 0 ? FAR_TOP_BAD : FAR_TOP_NORMAL;

      add_function (lines, view, f, i == view->selected ? FAR_TOP_SELECTED : style);
    }
}

static void
add_detail (GPtrArray *lines, const FarTopView *view, const FarTopModel *model, int rows)
{
  g_autofree char *name = far_terminal_clean (view->detail);
  gboolean loaded = model->recent != NULL && g_strcmp0 (model->recent_of, view->detail) == 0;
  guint i;

  addf (lines, view, FAR_TOP_BOLD, " %s: latest invocations", name);
  addf (lines, view, FAR_TOP_BOLD, " %-12s  %-15s %10s %10s %8s  %s", "TIME (UTC)", "OUTCOME",
        "DURATION", "TO START", "MEMORY", "ROUTE");
  rows -= 2;
  if (!loaded || model->recent->len == 0)
    add (lines, view, FAR_TOP_DIM, loaded ? " It has not run yet" : " Loading …");
  for (i = 0; loaded && i < model->recent->len && (int) i < rows; i++)
    {
      const FarInvocationInfo *one = g_ptr_array_index (model->recent, i);
      g_autofree char *time = far_time_to_rfc3339 (one->arrival_us);
      g_autofree char *took = far_terminal_duration (one->duration_us);
      g_autofree char *start = far_terminal_duration (one->start_us);
      g_autofree char *took_cell = far_terminal_fit (took, 10, FAR_COLUMN_RIGHT);
      g_autofree char *start_cell = far_terminal_fit (start, 10, FAR_COLUMN_RIGHT);
      g_autofree char *route = far_terminal_clean (one->route);

      addf (lines, view, strcmp (one->outcome, "ok") == 0 ? FAR_TOP_NORMAL : FAR_TOP_BAD,
            " %.12s  %-15s %s %s %5" G_GINT64_FORMAT " MB  %s%s", time + strlen ("2026-11-23T"),
            one->outcome, took_cell, start_cell, one->memory_max_kb / 1024, route,
            one->cold ? "  cold" : "");
    }
}

static void
add_help (GPtrArray *lines, const FarTopView *view)
{
  static const char *const keys[] = {
    " q          leave (what was started by this command stops)",
    " Up, Down   choose a function (also k, j)",
    " Enter      its latest invocations",
    " Escape     back; clears the filter",
    " /          show only functions with this in their name",
    " s          sort by the next column",
    " t          let simulated readers come, or stop them",
    " + -        twice or half as many",
    " v          verify the ledger",
    " ?          this help",
  };
  guint i;

  add (lines, view, FAR_TOP_BOLD, " Keys");
  for (i = 0; i < G_N_ELEMENTS (keys); i++)
    add (lines, view, FAR_TOP_NORMAL, keys[i]);
}

static void
add_bottom (GPtrArray *lines, const FarTopView *view, const FarTopModel *model)
{
  if (view->filtering)
    addf (lines, view, FAR_TOP_HEADER, " Filter: %s_   (Enter keeps it, Escape clears it)",
          view->filter);
  else if (model->notice != NULL)
    {
      g_autofree char *notice = far_terminal_clean (model->notice);

      addf (lines, view, FAR_TOP_HEADER, " %s", notice);
    }
  else
    addf (lines, view, FAR_TOP_HEADER,
          " q quit  / filter%s%s  s sort: %s  Enter details%s  v verify  ? help",
          view->filter[0] != '\0' ? ": " : "", view->filter, far_top_sort_name (view->sort),
          view->readonly ? "" : "  t readers  + -");
}

GPtrArray *
far_top_render (const FarTopView *view, const FarTopModel *model)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (line_free);
  int rows;

  add_title (lines, view, model);
  add_summary (lines, view, model);
  add_money (lines, view, model);
  add_readers (lines, view, model);
  if (view->height >= 16)
    add_graph (lines, view, model);
  add (lines, view, FAR_TOP_NORMAL, "");
  rows = view->height - (int) lines->len - 1;
  if (view->help)
    add_help (lines, view);
  else if (view->detail != NULL)
    add_detail (lines, view, model, rows);
  else
    add_functions (lines, view, model, rows);
  while ((int) lines->len < view->height - 1)
    add (lines, view, FAR_TOP_NORMAL, "");
  if ((int) lines->len > MAX (0, view->height - 1))
    g_ptr_array_set_size (lines, MAX (0, view->height - 1));
  if (view->height > 0)
    add_bottom (lines, view, model);
  return lines;
}
