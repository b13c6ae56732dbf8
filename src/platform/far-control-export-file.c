/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what all exports share, wherever their figures come from: how one is asked for, how a CSV
 * file (RFC 4180) says so, and how a file is answered. */
#include "platform/far-control-private.h"

#include <string.h>

#include "telemetry/far-query.h"
#include "telemetry/far-report.h"

#define PIXELS_DEFAULT 288

static const char *const view_names[] = { "overview", "series", "functions", "invocations", NULL };
static const char *const format_names[] = { "html", "csv", "json", NULL };
static const char *const format_types[] = { "text/html; charset=utf-8", "text/csv; charset=utf-8",
                                            "application/json" };

/* ---- The question ---- */

static gboolean
read_word (FarControlRequest *request, const char *name, const char *const *words,
           guint otherwise, guint *ret_index)
{
  const char *text = g_hash_table_lookup (request->query, name);
  g_autofree char *all = NULL;

  *ret_index = otherwise;
  if (text == NULL)
    return TRUE;
  for (*ret_index = 0; words[*ret_index] != NULL; (*ret_index)++)
    if (strcmp (text, words[*ret_index]) == 0)
      return TRUE;
  all = g_strjoinv (", ", (char **) words);
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "%s is “%s”; it is one of %s", name, text, all);
  return FALSE;
}

static gboolean
read_zone (FarControlRequest *request, FarControlExportAsked *asked)
{
  const char *text = g_hash_table_lookup (request->query, "zone");

  asked->zone = text != NULL ? g_time_zone_new_identifier (text) : g_time_zone_new_utc ();
  if (asked->zone != NULL)
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "There is no time zone “%s”; send one like Europe/Berlin, or UTC", text);
  return FALSE;
}

gboolean
far_control_read_export (FarControlRequest *request, FarControlExportAsked *asked)
{
  gint64 now_us = far_clock_now_us (request->control->clock);
  guint view, format;

  if (!read_word (request, "view", view_names, FAR_EXPORT_OVERVIEW, &view) ||
      !read_word (request, "format", format_names,
                  view == FAR_EXPORT_OVERVIEW ? FAR_EXPORT_HTML : FAR_EXPORT_CSV, &format) ||
      !read_zone (request, asked) ||
      !far_control_query_int (request, "to_us", 1, FAR_CONTROL_TIME_MAX_US, now_us,
                              &asked->to_us) ||
      !far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US,
                              MAX (asked->to_us - G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC, 0),
                              &asked->from_us) ||
      !far_control_query_int (request, "pixels", 2, FAR_QUERY_POINTS_MAX, PIXELS_DEFAULT,
                              &asked->pixels) ||
      !far_control_query_int (request, "limit", 1, FAR_QUERY_ROWS_MAX, FAR_QUERY_ROWS_MAX,
                              &asked->limit))
    return FALSE;
  asked->view = view;
  asked->format = format;
  if ((asked->format == FAR_EXPORT_HTML) == (asked->view == FAR_EXPORT_OVERVIEW) ||
      (asked->format == FAR_EXPORT_JSON && asked->view == FAR_EXPORT_OVERVIEW))
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "An overview is html or json; the other views are csv or json");
  return FALSE;
}

const char *
far_control_export_view (const FarControlExportAsked *asked)
{
  return view_names[asked->view];
}

/* ---- CSV ---- */

void
far_control_export_cell (GString *csv, const char *text)
{
  g_autofree char *clean = far_report_clean (text != NULL ? text : "");
  const char *at;

  g_string_append_c (csv, '"');
  /* A spreadsheet would compute it. */
  if (strchr ("=+-@\t", *clean) != NULL && *clean != '\0')
    g_string_append_c (csv, '\'');
  for (at = clean; *at != '\0'; at++)
    {
      if (*at == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *at);
    }
  g_string_append_c (csv, '"');
}

void
far_control_export_time (GString *csv, const FarControlExportAsked *asked, gint64 time_us)
{
  g_autofree char *text = far_report_time (time_us, asked->zone);

  g_string_append_printf (csv, "\"%s\",%" G_GINT64_FORMAT, text, time_us);
}

/* As comments do where there are any; one more header line where not. */
void
far_control_export_head (GString *csv, const FarControlExportAsked *asked, const char *query,
                         const char *deployment)
{
  g_autofree char *from = far_report_time (asked->from_us, asked->zone);
  g_autofree char *to = far_report_time (asked->to_us, asked->zone);

  g_string_append_printf (csv, "# %s; from %s to %s; zone %s", query, from, to,
                          g_time_zone_get_identifier (asked->zone));
  if (deployment != NULL)
    g_string_append_printf (csv, "; deployment %s; empty: not reported", deployment);
  g_string_append (csv, "\r\n");
}

/* ---- The answer ---- */

static char *
write_file (FarControlRequest *request, const FarControlExportAsked *asked,
            const FarControlExportWriters *writers, gconstpointer collected)
{
  g_autofree char *uri = g_uri_to_string (soup_server_message_get_uri (request->msg));
  const char *path = strstr (uri, "/v1/");
  const char *query = path != NULL ? path : uri;

  if (asked->format == FAR_EXPORT_HTML)
    return writers->html (collected, query);
  if (asked->format == FAR_EXPORT_CSV)
    return writers->csv (collected, query);
  return writers->json (collected, query);
}

void
far_control_answer_export (FarControlRequest *request, const FarControlExportAsked *asked,
                           const FarControlExportWriters *writers, gconstpointer collected)
{
  char *text = write_file (request, asked, writers, collected);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (request->msg);
  g_autofree char *name = g_strdup_printf ("farthing-%s.%s", view_names[asked->view],
                                           format_names[asked->format]);
  g_autoptr (GHashTable) params = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

  g_hash_table_insert (params, (gpointer) "filename", name);
  soup_message_headers_set_content_disposition (headers, "attachment", params);
  far_control_text (request, format_types[asked->format], bytes);
}
