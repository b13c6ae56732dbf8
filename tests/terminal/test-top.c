/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screen of `top` at many sizes, what it says when the platform is away or nothing has run, and
 * what its keys do. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "terminal/far-top.h"

static FarTopView
view_of (int width, int height)
{
  return (FarTopView) { .width = width, .height = height, .unicode = TRUE, .rate = 5 };
}

static FarTopModel *
model_of (guint n_functions)
{
  FarTopModel *model = far_top_model_new ();
  g_autoptr (GListStore) list = g_list_store_new (FAR_TYPE_FUNCTION_INFO);
  guint i;

  for (i = 0; i < n_functions; i++)
    {
      g_autofree char *name = g_strdup_printf ("function-%02u", i);
      FarFunctionFigures figures = { .invocations = i * 1000, .cold_starts = i, .p50_us = 700,
                                     .p99_us = 3100 + i, .errors = i == 3 ? 2 : 0 };
      g_autoptr (FarFunctionInfo) info = far_function_info_new (name, "provided.al2023", &figures);

      g_list_store_append (list, info);
    }
  far_top_model_tick (model, G_LIST_MODEL (list), G_USEC_PER_SEC);
  return model;
}

static char *
text_of (GPtrArray *lines)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint i;

  for (i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s\n", ((FarTopLine *) g_ptr_array_index (lines, i))->text);
  return g_strdup (text->str);
}

static void
assert_shows (const FarTopView *view, const FarTopModel *model, const char *what)
{
  g_autoptr (GPtrArray) lines = far_top_render (view, model);
  g_autofree char *text = text_of (lines);

  if (strstr (text, what) == NULL)
    g_error ("“%s” is not in:\n%s", what, text);
}

static void
assert_hides (const FarTopView *view, const FarTopModel *model, const char *what)
{
  g_autoptr (GPtrArray) lines = far_top_render (view, model);
  g_autofree char *text = text_of (lines);

  g_assert_null (strstr (text, what));
}

/* Every line fills the width and nothing more, at any size, in every view. */
static void
test_sizes (void)
{
  FarTopModel *model = model_of (30);
  int width, height, mode;

  for (mode = 0; mode < 4; mode++)
    for (width = 1; width <= 200; width += 13)
      for (height = 1; height <= 60; height += 7)
        {
          FarTopView view = view_of (width, height);
          g_autoptr (GPtrArray) lines = NULL;
          guint i;

          view.unicode = mode != 1;
          view.help = mode == 2;
          view.detail = mode == 3 ? g_strdup ("function-02") : NULL;
          view.selected = 29;
          lines = far_top_render (&view, model);
          g_assert_cmpint (lines->len, ==, height);
          for (i = 0; i < lines->len; i++)
            {
              const FarTopLine *line = g_ptr_array_index (lines, i);

              g_assert_cmpint (far_terminal_columns (line->text), ==, width);
              if (mode == 1)
                g_assert_null (strstr (line->text, "█"));
            }
          g_free (view.detail);
        }
  far_top_model_free (model);
}

static void
test_unknown_is_not_zero (void)
{
  FarTopView view = view_of (80, 24);
  FarTopModel *model = model_of (2);

  assert_shows (&view, model, "waiting for the platform");
  assert_shows (&view, model, "p50 –, p99 –");
  assert_shows (&view, model, "Earnings   –");
  model->p50_us = 812;
  assert_shows (&view, model, "p50 812 µs");
  far_top_model_free (model);
}

static void
test_selection_stays_visible (void)
{
  FarTopView view = view_of (80, 24);
  FarTopModel *model = model_of (30);
  guint i;

  for (i = 0; i < 29; i++)
    g_assert_cmpint (far_top_input (&view, model, FAR_TOP_KEY_DOWN), ==, FAR_TOP_NOTHING);
  assert_shows (&view, model, "function-29");
  assert_hides (&view, model, "function-00");
  far_top_input (&view, model, FAR_TOP_KEY_DOWN); /* the end is the end */
  g_assert_cmpuint (view.selected, ==, 29);
  far_top_model_free (model);
}

static void
type (FarTopView *view, const FarTopModel *model, const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    far_top_input (view, model, g_utf8_get_char (text));
}

static void
test_filter (void)
{
  FarTopView view = view_of (80, 24);
  FarTopModel *model = model_of (12);

  type (&view, model, "/07q"); /* q is a letter here */
  g_assert_cmpstr (view.filter, ==, "07q");
  assert_shows (&view, model, "No function has that");
  far_top_input (&view, model, FAR_TOP_KEY_BACKSPACE);
  far_top_input (&view, model, FAR_TOP_KEY_ENTER);
  g_assert_false (view.filtering);
  assert_shows (&view, model, "function-07");
  assert_hides (&view, model, "function-08");
  far_top_input (&view, model, FAR_TOP_KEY_ENTER);
  g_assert_cmpstr (view.detail, ==, "function-07");
  far_top_input (&view, model, FAR_TOP_KEY_ESCAPE);
  g_assert_null (view.detail);
  g_assert_cmpstr (view.filter, ==, "07");
  far_top_input (&view, model, FAR_TOP_KEY_ESCAPE);
  g_assert_cmpstr (view.filter, ==, "");
  type (&view, model, "/");
  while (strlen (view.filter) < FAR_TOP_FILTER_MAX)
    type (&view, model, "ß");
  type (&view, model, "ßx");
  g_assert_cmpuint (strlen (view.filter), ==, FAR_TOP_FILTER_MAX);
  g_assert_true (g_utf8_validate (view.filter, -1, NULL));
  far_top_input (&view, model, FAR_TOP_KEY_ESCAPE);
  g_assert_cmpint (far_top_input (&view, model, 'q'), ==, FAR_TOP_QUIT);
  far_top_model_free (model);
}

static void
test_sort (void)
{
  FarTopView view = view_of (80, 24);
  FarTopModel *model = model_of (6);
  g_autoptr (GPtrArray) by_errors = NULL;
  g_autoptr (GPtrArray) by_name = far_top_visible (&view, model);

  g_assert_cmpstr (((FarTopFunction *) by_name->pdata[0])->name, ==, "function-00");
  view.sort = FAR_TOP_SORT_ERRORS;
  by_errors = far_top_visible (&view, model);
  g_assert_cmpstr (((FarTopFunction *) by_errors->pdata[0])->name, ==, "function-03");
  view.sort = FAR_TOP_SORT_COST;
  far_top_input (&view, model, 's');
  g_assert_cmpint (view.sort, ==, FAR_TOP_SORT_NAME);
  far_top_model_free (model);
}

static void
test_readonly (void)
{
  FarTopView view = view_of (80, 24);
  FarTopModel *model = model_of (1);

  g_assert_cmpint (far_top_input (&view, model, 't'), ==, FAR_TOP_START_READERS);
  view.readonly = TRUE;
  g_assert_cmpint (far_top_input (&view, model, 't'), ==, FAR_TOP_NOTHING);
  g_assert_cmpint (far_top_input (&view, model, '+'), ==, FAR_TOP_NOTHING);
  g_assert_cmpint (far_top_input (&view, model, 'v'), ==, FAR_TOP_VERIFY);
  assert_hides (&view, model, "t readers");
  far_top_model_free (model);
}

static void
test_trend (void)
{
  FarTopModel *model = far_top_model_new ();
  g_autoptr (GListStore) list = g_list_store_new (FAR_TYPE_FUNCTION_INFO);
  FarFunctionFigures figures = { .invocations = 10 };
  g_autoptr (FarFunctionInfo) info = far_function_info_new ("one", "provided.al2023", &figures);
  const FarTopFunction *row;

  g_list_store_append (list, info);
  far_top_model_tick (model, G_LIST_MODEL (list), 1);
  row = g_ptr_array_index (model->functions, 0);
  g_assert_cmpint (row->per_second[FAR_TOP_TREND - 1], ==, -1); /* one figure is no trend */
  figures.invocations = 17;
  far_function_info_update (info, &figures);
  far_top_model_tick (model, G_LIST_MODEL (list), 2);
  row = g_ptr_array_index (model->functions, 0);
  g_assert_cmpint (row->per_second[FAR_TOP_TREND - 1], ==, 7);
  figures.invocations = 3; /* another data directory */
  far_function_info_update (info, &figures);
  far_top_model_tick (model, G_LIST_MODEL (list), 3);
  row = g_ptr_array_index (model->functions, 0);
  g_assert_cmpint (row->per_second[FAR_TOP_TREND - 1], ==, -1);
  g_list_store_remove_all (list);
  far_top_model_tick (model, G_LIST_MODEL (list), 4);
  g_assert_cmpuint (model->functions->len, ==, 0);
  far_top_model_free (model);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/terminal/top/sizes", test_sizes);
  g_test_add_func ("/terminal/top/unknown-is-not-zero", test_unknown_is_not_zero);
  g_test_add_func ("/terminal/top/selection", test_selection_stays_visible);
  g_test_add_func ("/terminal/top/filter", test_filter);
  g_test_add_func ("/terminal/top/sort", test_sort);
  g_test_add_func ("/terminal/top/readonly", test_readonly);
  g_test_add_func ("/terminal/top/trend", test_trend);
  return g_test_run ();
}
