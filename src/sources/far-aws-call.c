/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns calls of AWS: credentials, signature, what they cost, and the pages of the list of
 * functions. Whoever is told to come later comes later, a few times. */
#include "sources/far-aws-private.h"

#include <string.h>

#include "base/far-json.h"

#define AGAIN_MAX 3
#define AGAIN_MS 200 /* and each time twice as long */

static const struct { const char *signing; const char *target; const char *type; } services[] = {
  [FAR_AWS_LAMBDA] = { "lambda", NULL, NULL },
  [FAR_AWS_MONITORING] = { "monitoring", "GraniteServiceVersion20100801.",
                           "application/x-amz-json-1.0" },
  [FAR_AWS_LOGS] = { "logs", "Logs_20140328.", "application/x-amz-json-1.1" },
};

/* ---- The account ---- */

static gint64
month_of (gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);

  return time != NULL ? g_date_time_get_year (time) * 12 + g_date_time_get_month (time) : 0;
}

void
far_aws_read_account (FarAws *self)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  gsize length;
  gint64 month, spent;

  if (self->state_path == NULL || !g_file_get_contents (self->state_path, &text, &length, NULL))
    return;
  root = far_json_parse_object (text, length, FAR_JSON_SIZE_MAX, NULL);
  if (root == NULL ||
      !far_json_get_int (json_node_get_object (root), "month", 0, G_MAXINT, &month, NULL) ||
      !far_json_get_int (json_node_get_object (root), "spent_picodollars", 0, G_MAXINT64, &spent,
                         NULL))
    return;
  /* What could not be written is not forgotten. */
  if (month == self->month)
    spent = MAX (spent, self->spent_picodollars);
  if (month < self->month)
    return;
  self->month = month;
  self->spent_picodollars = spent;
}

static void
write_account (FarAws *self)
{
  g_auto (FarJsonWriter) writer = { 0 };

  if (self->state_path == NULL)
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "month", self->month);
  far_json_add_int (&writer, "spent_picodollars", self->spent_picodollars);
  far_json_end_object (&writer);
  g_file_set_contents_full (self->state_path, writer.text->str, (gssize) writer.text->len,
                            G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

gboolean
far_aws_spend (FarAws *self, guint n_metrics, GError **error)
{
  gint64 month = month_of (far_source_now_us (FAR_SOURCE (self)));
  gint64 cost = n_metrics * FAR_AWS_METRIC_PICODOLLARS;

  /* A test of the same deployment has an account of its own, in the same file. */
  far_aws_read_account (self);
  if (month != self->month)
    {
      self->month = month;
      self->spent_picodollars = 0;
    }
  if (cost > self->budget_picodollars - self->spent_picodollars)
    {
      far_source_set_error (FAR_SOURCE (self), error, FAR_SOURCE_ERROR_BUDGET,
                            "asking CloudWatch has cost %" G_GINT64_FORMAT ".%02d of %"
                            G_GINT64_FORMAT ".%02d US dollars this month; nothing more is asked "
                            "until the next, or until the budget is raised",
                            self->spent_picodollars / 1000000000000,
                            (int) (self->spent_picodollars / 10000000000 % 100),
                            self->budget_picodollars / 1000000000000,
                            (int) (self->budget_picodollars / 10000000000 % 100));
      return FALSE;
    }
  self->spent_picodollars += cost;
  write_account (self);
  return TRUE;
}

/* ---- One call ---- */

typedef struct {
  FarAwsService service;
  char *path;
  char *target; /* nullable */
  char *body;   /* nullable */
  FarAwsKeys *keys; /* nullable: it was signed with */
  gboolean renewed; /* once is enough */
  guint again;      /* so often already */
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_free (call->path);
  g_free (call->target);
  g_free (call->body);
  far_aws_keys_free (call->keys);
  g_free (call);
}

static void on_keys (GObject *object, GAsyncResult *result, gpointer user_data);

/* Signed again, maybe by other keys. Takes task. */
static void
send_again (GTask *task)
{
  FarAws *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);

  g_clear_pointer (&call->keys, far_aws_keys_free);
  far_aws_credentials_get_async (self->credentials, g_task_get_cancellable (task), on_keys, task);
}

static gboolean
on_again (gpointer user_data)
{
  GTask *task = user_data;

  if (g_task_return_error_if_cancelled (task))
    g_object_unref (task);
  else
    send_again (task);
  return G_SOURCE_REMOVE;
}

static FarSourceError
code_of (FarAwsAnswerError kind, guint status)
{
  if (kind == FAR_AWS_ANSWER_REFUSED || kind == FAR_AWS_ANSWER_EXPIRED || status == 401 ||
      status == 403)
    return FAR_SOURCE_ERROR_REFUSED;
  return kind == FAR_AWS_ANSWER_LATER || status >= 500 ? FAR_SOURCE_ERROR_UNREACHABLE
                                                        : FAR_SOURCE_ERROR_QUERY;
}

/* Of an answer with an error status. Keys of a program that have expired before it said so, or
 * without that it did, are asked for again, once. */
static void
take_error (GTask *task, FarHttpReply *reply)
{
  FarAws *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  guint status = far_http_reply_get_status (reply);
  FarAwsAnswerError kind;
  gsize n_bytes;
  const char *data = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);
  g_autofree char *text = far_aws_parse_error (data != NULL ? data : "", n_bytes,
                                               far_http_reply_get_header (reply,
                                                                          "x-amzn-ErrorType"),
                                               &kind);

  if (kind == FAR_AWS_ANSWER_EXPIRED && !call->renewed &&
      far_aws_credentials_forget (self->credentials, call->keys))
    {
      call->renewed = TRUE;
      send_again (g_object_ref (task));
      return;
    }
  if (code_of (kind, status) == FAR_SOURCE_ERROR_UNREACHABLE && call->again < AGAIN_MAX)
    {
      g_timeout_add (AGAIN_MS << call->again++, on_again, g_object_ref (task));
      return;
    }
  g_task_return_error (task, far_source_error (FAR_SOURCE (self), code_of (kind, status),
                                               "%s (status %u)", text, status));
}

static void
on_reply (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarSource *source = FAR_SOURCE (object);
  GError *error = NULL;
  g_autoptr (FarHttpReply) reply = far_source_http_ask_finish (source, result, &error);
  g_autoptr (GError) why = NULL;
  const char *data;
  JsonNode *root;
  gsize n_bytes;

  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (far_http_reply_get_status (reply) >= 300)
    {
      take_error (task, reply);
      return;
    }
  data = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);
  root = far_json_parse_object (data != NULL ? data : "", n_bytes, FAR_SOURCE_REPLY_MAX, &why);
  if (root != NULL)
    g_task_return_pointer (task, root, (GDestroyNotify) json_node_unref);
  else
    g_task_return_error (task, far_source_error (source, FAR_SOURCE_ERROR_ANSWER,
                                                 "the answer is not that of AWS: %s",
                                                 why->message));
}

/* What is signed is what is sent: host, date, and for the JSON protocols type and target. */
static void
send_signed (FarAws *self, const Call *call, const FarAwsKeys *keys, GTask *task)
{
  FarSigv4Header headers[] = {
    { "host", self->host[call->service] },
    { "content-type", services[call->service].type },
    { "x-amz-target", call->target },
  };
  g_auto (GStrv) parts = g_strsplit (call->path, "?", 2);
  FarSigv4Request request = { .method = call->body != NULL ? "POST" : "GET", .path = parts[0],
                              .query = parts[1], .headers = headers,
                              .n_headers = call->target != NULL ? 3 : 1, .body = call->body,
                              .n_body = call->body != NULL ? strlen (call->body) : 0 };
  FarSigv4Credentials credentials = { keys->access_key_id, keys->secret_access_key,
                                      keys->session_token };
  FarSigv4Scope scope = { self->region, services[call->service].signing };
  gint64 now_us = far_source_now_us (FAR_SOURCE (self));
  g_autofree char *authorization = far_sigv4_sign (&request, &credentials, &scope, now_us);
  g_autoptr (GBytes) body = call->body != NULL ? g_bytes_new (call->body, request.n_body) : NULL;
  char date[FAR_SIGV4_DATE_LEN + 1];
  const char *sent[9];
  FarSourceAsk ask = { .method = request.method, .path = call->path, .body = body,
                       .content_type = services[call->service].type, .headers = sent,
                       .own_errors = TRUE, .idempotent = call->body == NULL };
  guint n = 0;

  far_sigv4_format_date (now_us, date);
  sent[n++] = "Authorization";
  sent[n++] = authorization;
  sent[n++] = "X-Amz-Date";
  sent[n++] = date;
  if (keys->session_token != NULL)
    {
      sent[n++] = "X-Amz-Security-Token";
      sent[n++] = keys->session_token;
    }
  if (call->target != NULL)
    {
      sent[n++] = "X-Amz-Target";
      sent[n++] = call->target;
    }
  sent[n] = NULL;
  far_source_http_ask_async (self->http[call->service], &ask, g_task_get_cancellable (task),
                             on_reply, task);
}

static void
on_keys (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  FarAws *self = g_task_get_source_object (task);
  g_autoptr (GError) why = NULL;
  g_autoptr (FarAwsKeys) keys = far_aws_credentials_get_finish (self->credentials, result, &why);

  if (keys != NULL)
    {
      Call *call = g_task_get_task_data (task);

      call->keys = g_steal_pointer (&keys);
      send_signed (self, call, call->keys, task);
      return;
    }
  g_task_return_error (task, far_source_error (FAR_SOURCE (self), FAR_SOURCE_ERROR_REFUSED, "%s",
                                               why->message));
  g_object_unref (task);
}

void
far_aws_call_async (FarAws *self, FarAwsService service, const char *path_or_target, char *body,
                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);

  call->service = service;
  call->body = body;
  call->path = g_strdup (service == FAR_AWS_LAMBDA ? path_or_target : "/");
  if (service != FAR_AWS_LAMBDA)
    call->target = g_strconcat (services[service].target, path_or_target, NULL);
  g_task_set_task_data (task, call, call_free);
  far_aws_credentials_get_async (self->credentials, cancellable, on_keys, task);
}

JsonNode *
far_aws_call_finish (FarAws *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- The list of functions ---- */

typedef struct {
  GPtrArray *functions;
  guint      pages;
} Listing;

static void
listing_free (gpointer data)
{
  Listing *listing = data;

  g_clear_pointer (&listing->functions, g_ptr_array_unref);
  g_free (listing);
}

/* error: of the room, without a name. */
static GError *
name_error (FarAws *self, const GError *error)
{
  return far_source_error (FAR_SOURCE (self), error->code, "%s", error->message);
}

static void
leave_out_others (FarAws *self, GPtrArray *functions)
{
  guint i;

  for (i = functions->len; self->prefix != NULL && i-- > 0;)
    if (!g_str_has_prefix (((FarAwsFunction *) g_ptr_array_index (functions, i))->name,
                           self->prefix))
      g_ptr_array_remove_index (functions, i);
}

static void ask_page (GTask *task, const char *marker);

static void
on_page (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarAws *self = FAR_AWS (object);
  Listing *listing = g_task_get_task_data (task);
  g_autoptr (GError) wrong = NULL;
  GError *error = NULL;
  g_autoptr (JsonNode) root = far_aws_call_finish (self, result, &error);
  g_autofree char *marker = NULL;

  if (root != NULL && !far_aws_parse_functions (json_node_get_object (root), listing->functions,
                                                &marker, &wrong))
    error = name_error (self, wrong);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (marker != NULL && ++listing->pages < FAR_AWS_PAGES_MAX &&
      listing->functions->len < FAR_SOURCE_FUNCTIONS_MAX)
    {
      ask_page (g_object_ref (task), marker);
      return;
    }
  leave_out_others (self, listing->functions);
  g_clear_pointer (&self->functions, g_ptr_array_unref);
  self->functions = g_steal_pointer (&listing->functions);
  self->functions_us = far_source_now_us (FAR_SOURCE (self));
  g_task_return_pointer (task, g_ptr_array_ref (self->functions),
                         (GDestroyNotify) g_ptr_array_unref);
}

/* Takes task. */
static void
ask_page (GTask *task, const char *marker)
{
  g_autofree char *escaped = marker != NULL ? g_uri_escape_string (marker, NULL, FALSE) : NULL;
  g_autofree char *path = escaped != NULL
    ? g_strdup_printf ("/2015-03-31/functions/?Marker=%s&MaxItems=50", escaped)
    : g_strdup ("/2015-03-31/functions/?MaxItems=50");

  far_aws_call_async (g_task_get_source_object (task), FAR_AWS_LAMBDA, path, NULL,
                      g_task_get_cancellable (task), on_page, task);
}

void
far_aws_list_async (FarAws *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  gint64 age_us = far_source_now_us (FAR_SOURCE (self)) - self->functions_us;
  Listing *listing;

  if (self->functions != NULL && age_us >= 0 && age_us < FAR_AWS_REST_US)
    {
      g_task_return_pointer (task, g_ptr_array_ref (self->functions),
                             (GDestroyNotify) g_ptr_array_unref);
      g_object_unref (task);
      return;
    }
  listing = g_new0 (Listing, 1);
  listing->functions = g_ptr_array_new_with_free_func ((GDestroyNotify) far_aws_function_free);
  g_task_set_task_data (task, listing, listing_free);
  ask_page (task, NULL);
}

GPtrArray *
far_aws_list_finish (FarAws *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
