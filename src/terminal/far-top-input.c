/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of `top`: one key an action. What changes the platform is refused when read-only. */
#include "terminal/far-top.h"

#include <string.h>

#define RATE_MIN 0.5
#define RATE_MAX 200.0

static const char *const sort_names[FAR_TOP_SORTS]
    = { "name", "invocations", "errors", "cold starts", "p99", "cost" };

const char *
far_top_sort_name (FarTopSort sort)
{
  return sort_names[sort];
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const FarTopFunction *x = *(FarTopFunction *const *) a, *y = *(FarTopFunction *const *) b;
  gint64 p = 0, q = 0;

  switch (*(const FarTopSort *) user_data)
    {
    case FAR_TOP_SORT_INVOCATIONS:
      p = x->figures.invocations, q = y->figures.invocations;
      break;
    case FAR_TOP_SORT_ERRORS:
      p = x->figures.errors + x->figures.throttles, q = y->figures.errors + y->figures.throttles;
      break;
    case FAR_TOP_SORT_COLD:
      p = x->figures.cold_starts, q = y->figures.cold_starts;
      break;
    case FAR_TOP_SORT_P99:
      p = x->figures.p99_us, q = y->figures.p99_us;
      break;
    case FAR_TOP_SORT_COST:
      p = x->figures.cost_picodollars, q = y->figures.cost_picodollars;
      break;
    case FAR_TOP_SORT_NAME:
    default:
      break;
    }
  if (p != q)
    return p > q ? -1 : 1;
  return strcmp (x->name, y->name);
}

GPtrArray *
far_top_visible (const FarTopView *view, const FarTopModel *model)
{
  GPtrArray *visible = g_ptr_array_new ();
  g_autofree char *needle = g_utf8_casefold (view->filter, -1);
  FarTopSort sort = view->sort;
  guint i;

  for (i = 0; i < model->functions->len; i++)
    {
      FarTopFunction *function = g_ptr_array_index (model->functions, i);
      g_autofree char *name = g_utf8_casefold (function->name, -1);

      if (strstr (name, needle) != NULL)
        g_ptr_array_add (visible, function);
    }
  g_ptr_array_sort_with_data (visible, compare, &sort);
  return visible;
}

static FarTopAction
filter_input (FarTopView *view, gunichar key)
{
  gsize n = strlen (view->filter);
  char utf8[6];
  int size;

  switch (key)
    {
    case FAR_TOP_KEY_ESCAPE:
      view->filter[0] = '\0';
      view->filtering = FALSE;
      break;
    case FAR_TOP_KEY_ENTER:
      view->filtering = FALSE;
      break;
    case FAR_TOP_KEY_BACKSPACE:
      if (n > 0)
        *g_utf8_find_prev_char (view->filter, view->filter + n) = '\0';
      break;
    default:
      if (key < 0x110000 && g_unichar_isprint (key))
        {
          size = g_unichar_to_utf8 (key, utf8);
          if (n + size <= FAR_TOP_FILTER_MAX)
            {
              memcpy (view->filter + n, utf8, size);
              view->filter[n + size] = '\0';
            }
        }
      break;
    }
  view->selected = 0;
  return FAR_TOP_NOTHING;
}

static void
open_detail (FarTopView *view, const FarTopModel *model)
{
  g_autoptr (GPtrArray) visible = far_top_visible (view, model);

  if (view->selected < visible->len)
    {
      const FarTopFunction *function = g_ptr_array_index (visible, view->selected);

      g_free (view->detail);
      view->detail = g_strdup (function->name);
    }
}

static void
move (FarTopView *view, const FarTopModel *model, int by)
{
  g_autoptr (GPtrArray) visible = far_top_visible (view, model);
  int at = (int) view->selected + by;

  view->selected = visible->len == 0 ? 0 : (guint) CLAMP (at, 0, (int) visible->len - 1);
}

/* Escape goes one step back, and never further than the list. */
static void
go_back (FarTopView *view)
{
  if (view->help)
    view->help = FALSE;
  else if (view->detail != NULL)
    g_clear_pointer (&view->detail, g_free);
  else
    view->filter[0] = '\0';
}

static FarTopAction
readers_input (FarTopView *view, const FarTopModel *model, gunichar key)
{
  gboolean running = model->traffic != NULL && model->traffic->running;

  if (view->readonly)
    return FAR_TOP_NOTHING;
  switch (key)
    {
    case 't':
      return running ? FAR_TOP_STOP_READERS : FAR_TOP_START_READERS;
    case '+':
    case '=':
      view->rate = MIN (view->rate * 2, RATE_MAX);
      return running ? FAR_TOP_START_READERS : FAR_TOP_NOTHING;
    case '-':
      view->rate = MAX (view->rate / 2, RATE_MIN);
      return running ? FAR_TOP_START_READERS : FAR_TOP_NOTHING;
    default:
      return FAR_TOP_NOTHING;
    }
}

FarTopAction
far_top_input (FarTopView *view, const FarTopModel *model, gunichar key)
{
  if (view->filtering)
    return filter_input (view, key);
  switch (key)
    {
    case 'q':
      return FAR_TOP_QUIT;
    case '?':
    case 'h':
      view->help = !view->help;
      break;
    case '/':
      view->filtering = TRUE;
      break;
    case 's':
      view->sort = (view->sort + 1) % FAR_TOP_SORTS;
      break;
    case 'v':
      return FAR_TOP_VERIFY;
    case 'k':
    case FAR_TOP_KEY_UP:
      move (view, model, -1);
      break;
    case 'j':
    case FAR_TOP_KEY_DOWN:
      move (view, model, 1);
      break;
    case FAR_TOP_KEY_ENTER:
      open_detail (view, model);
      break;
    case FAR_TOP_KEY_ESCAPE:
      go_back (view);
      break;
    default:
      return readers_input (view, model, key);
    }
  return FAR_TOP_NOTHING;
}
