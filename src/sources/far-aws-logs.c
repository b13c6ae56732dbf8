/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns FilterLogEvents: one range over its pages, and the newest lines of a range.
 *
 * CloudWatch tells the oldest first and has no way of asking for the newest, so that they are asked
 * for backwards, window by window; one that has more than can be read is asked for again in part.
 * A text is looked for in any case by a regular expression, and where that is refused as it is. A
 * function that never ran has no log group yet: it has no lines, which is no error. Main thread. */
#include "sources/far-aws-private.h"

#include <string.h>

#include "base/far-json.h"
#include "sources/far-aws-pattern.h"

#define WINDOW_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC) /* the first that is asked for */
#define WINDOW_MIN_US ((gint64) G_USEC_PER_SEC)
#define WINDOWS_MAX 24
#define WIDER 4
#define NARROWER 16

/* ---- One range ---- */

typedef struct {
  char *group, *function, *filter;
  gint64 from_us, to_us;
  guint limit, pages;
  gboolean complete;
  GHashTable *seen;
  GPtrArray *lines;
} Events;

static void
events_free (gpointer data)
{
  Events *events = data;

  g_free (events->group);
  g_free (events->function);
  g_free (events->filter);
  g_hash_table_unref (events->seen);
  g_clear_pointer (&events->lines, g_ptr_array_unref);
  g_free (events);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = (*(FarSourceLogLine *const *) a)->time_us;
  gint64 y = (*(FarSourceLogLine *const *) b)->time_us;

  return x < y ? -1 : x > y;
}

static void ask_events (GTask *task, const char *token);

static void
return_lines (GTask *task)
{
  Events *events = g_task_get_task_data (task);

  g_ptr_array_sort (events->lines, compare_times);
  g_task_return_pointer (task, g_steal_pointer (&events->lines),
                         (GDestroyNotify) g_ptr_array_unref);
}

static void
on_events (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarAws *self = FAR_AWS (object);
  Events *events = g_task_get_task_data (task);
  g_autoptr (GError) wrong = NULL;
  GError *error = NULL;
  g_autoptr (JsonNode) root = far_aws_call_finish (self, result, &error);
  g_autofree char *token = NULL;

  if (root != NULL && !far_aws_parse_events (json_node_get_object (root), events->function,
                                             events->seen, events->lines, &token, &wrong))
    error = far_source_error (FAR_SOURCE (self), wrong->code, "%s", wrong->message);
  if (error != NULL && strstr (error->message, "ResourceNotFoundException") != NULL)
    {
      g_clear_error (&error);
      events->complete = TRUE;
      return_lines (task);
      return;
    }
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (token != NULL && ++events->pages < FAR_AWS_PAGES_MAX && events->lines->len < events->limit)
    {
      ask_events (g_object_ref (task), token);
      return;
    }
  events->complete = token == NULL;
  return_lines (task);
}

/* Takes task. Both ends of CloudWatch's range are inside it. */
static void
ask_events (GTask *task, const char *token)
{
  Events *events = g_task_get_task_data (task);
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "logGroupName", events->group);
  far_json_add_int (&writer, "startTime", (events->from_us + 999) / 1000);
  far_json_add_int (&writer, "endTime", (events->to_us + 999) / 1000 - 1);
  if (events->filter != NULL)
    far_json_add_string (&writer, "filterPattern", events->filter);
  if (token != NULL)
    far_json_add_string (&writer, "nextToken", token);
  far_json_end_object (&writer);
  far_aws_call_async (g_task_get_source_object (task), FAR_AWS_LOGS, "FilterLogEvents",
                      far_json_writer_steal (&writer, NULL), g_task_get_cancellable (task),
                      on_events, task);
}

static char *
group_of (FarAws *self, const char *name)
{
  guint i;

  for (i = 0; self->functions != NULL && i < self->functions->len; i++)
    {
      const FarAwsFunction *function = g_ptr_array_index (self->functions, i);

      if (strcmp (function->name, name) == 0 && function->log_group != NULL)
        return g_strdup (function->log_group);
    }
  return g_strconcat ("/aws/lambda/", name, NULL);
}

void
far_aws_events_async (FarAws *self, const char *function, const char *filter, gint64 from_us,
                      gint64 to_us, guint limit, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Events *events = g_new0 (Events, 1);

  events->group = group_of (self, function);
  events->function = g_strdup (function);
  events->filter = g_strdup (filter);
  events->from_us = from_us;
  events->to_us = to_us;
  events->limit = limit;
  events->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  events->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_log_line_free);
  g_task_set_task_data (task, events, events_free);
  ask_events (task, NULL);
}

GPtrArray *
far_aws_events_finish (FarAws *self, GAsyncResult *result, gboolean *ret_complete, GError **error)
{
  *ret_complete = ((Events *) g_task_get_task_data (G_TASK (result)))->complete;
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- The newest ---- */

typedef struct {
  char *function, *pattern;
  char *exact;  /* nullable: pattern where the other one is not taken */
  char *folded; /* nullable: what lines have to have, in small letters */
  gint64 from_us, end_us, window_us;
  guint limit, windows;
  GPtrArray *lines; /* of the windows so far, oldest first */
} Newest;

static void
newest_free (gpointer data)
{
  Newest *newest = data;

  g_free (newest->function);
  g_free (newest->pattern);
  g_free (newest->exact);
  g_free (newest->folded);
  g_clear_pointer (&newest->lines, g_ptr_array_unref);
  g_free (newest);
}

static void ask_window (GTask *task);

/* Takes earlier, which goes in front. */
static void
put_before (Newest *newest, GPtrArray *earlier)
{
  guint i;

  for (i = earlier->len; i-- > 0;)
    if (!far_source_log_line_contains (g_ptr_array_index (earlier, i), newest->folded))
      g_ptr_array_remove_index (earlier, i);
  g_ptr_array_extend_and_steal (earlier, newest->lines);
  newest->lines = earlier;
  if (earlier->len > newest->limit)
    g_ptr_array_remove_range (earlier, 0, earlier->len - newest->limit);
}

static void
on_window (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Newest *newest = g_task_get_task_data (task);
  gboolean complete, over;
  GError *error = NULL;
  GPtrArray *lines = far_aws_events_finish (FAR_AWS (object), result, &complete, &error);

  if (lines == NULL && newest->exact != NULL &&
      strstr (error->message, "InvalidParameterException") != NULL)
    {
      /* Regular expressions are not taken everywhere. */
      g_clear_error (&error);
      g_free (newest->pattern);
      newest->pattern = g_steal_pointer (&newest->exact);
      ask_window (g_object_ref (task));
      return;
    }
  if (lines == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  over = ++newest->windows >= WINDOWS_MAX;
  if (!complete && newest->window_us > WINDOW_MIN_US && !over)
    {
      /* Its newest lines are those that were not read. */
      g_ptr_array_unref (lines);
      newest->window_us = MAX (newest->window_us / NARROWER, WINDOW_MIN_US);
      ask_window (g_object_ref (task));
      return;
    }
  put_before (newest, lines);
  newest->end_us = MAX (newest->end_us - newest->window_us, newest->from_us);
  newest->window_us *= WIDER;
  if (newest->lines->len < newest->limit && newest->end_us > newest->from_us && !over)
    ask_window (g_object_ref (task));
  else
    g_task_return_pointer (task, g_steal_pointer (&newest->lines),
                           (GDestroyNotify) g_ptr_array_unref);
}

/* Takes task. */
static void
ask_window (GTask *task)
{
  Newest *newest = g_task_get_task_data (task);

  far_aws_events_async (g_task_get_source_object (task), newest->function, newest->pattern,
                        MAX (newest->end_us - newest->window_us, newest->from_us), newest->end_us,
                        FAR_AWS_EVENTS_MAX, g_task_get_cancellable (task), on_window, task);
}

void
far_aws_logs (FarSource *source, const FarSourceLogQuery *query, GTask *task)
{
  gint64 now_us = far_source_now_us (source);
  Newest *newest;

  if (query->function == NULL)
    {
      g_task_return_error (task, far_source_error (source, FAR_SOURCE_ERROR_UNSUPPORTED,
                                                   "each function has a log group of its own; "
                                                   "name a function"));
      g_object_unref (task);
      return;
    }
  newest = g_new0 (Newest, 1);
  newest->function = g_strdup (query->function);
  if (query->contains != NULL && *query->contains != '\0')
    {
      newest->pattern = far_aws_pattern_any_case (query->contains);
      newest->exact = far_aws_pattern_exact (query->contains);
      if (newest->pattern == NULL)
        newest->pattern = g_steal_pointer (&newest->exact);
      newest->folded = g_ascii_strdown (query->contains, -1);
    }
  newest->from_us = query->from_us;
  newest->end_us = query->to_us > 0 ? MIN (query->to_us, now_us + FAR_SOURCE_SKEW_US_MAX)
                                    : now_us + FAR_SOURCE_SKEW_US_MAX;
  newest->window_us = WINDOW_US;
  newest->limit = query->limit;
  newest->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_log_line_free);
  g_task_set_task_data (task, newest, newest_free);
  ask_window (task);
}
