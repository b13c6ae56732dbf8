/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of the client: each carries the API's own code and the HTTP status beside its message, so
 * that a page can react to "payment_method_required" and still show the server's words. Any
 * thread. */
#include "farthing-config.h"

#include "client/far-client-private.h"

#include <string.h>

#define ERROR_BODY_MAX (64 * 1024)
#define ERROR_MESSAGE_MAX 500 /* characters */

typedef struct {
  char *code;
  guint status;
} FarClientErrorPrivate;

static void
far_client_error_private_init (FarClientErrorPrivate *private)
{
  private->code = NULL;
  private->status = 0;
}

static void
far_client_error_private_copy (const FarClientErrorPrivate *from,
                               FarClientErrorPrivate       *to)
{
  to->code = g_strdup (from->code);
  to->status = from->status;
}

static void
far_client_error_private_clear (FarClientErrorPrivate *private)
{
  g_free (private->code);
}

G_DEFINE_EXTENDED_ERROR (FarClientError, far_client_error)

/**
 * far_client_error_get_code:
 * @error: any error
 *
 * Returns: (transfer none): the API's own code, "" where it gave none
 */
const char *
far_client_error_get_code (const GError *error)
{
  const FarClientErrorPrivate *private = NULL;

  g_return_val_if_fail (error != NULL, "");

  if (error->domain == FAR_CLIENT_ERROR)
    private = far_client_error_get_private (error);
  return private != NULL && private->code != NULL ? private->code : "";
}

/**
 * far_client_error_get_status:
 * @error: any error
 *
 * Returns: HTTP status of the answer, 0 where there was none
 */
guint
far_client_error_get_status (const GError *error)
{
  g_return_val_if_fail (error != NULL, 0);

  return error->domain == FAR_CLIENT_ERROR ? far_client_error_get_private (error)->status : 0;
}

static FarClientError
error_from_status (guint status)
{
  switch (status)
    {
    case 401:
    case 403:
      return FAR_CLIENT_ERROR_UNAUTHORIZED;
    case 402:
      return FAR_CLIENT_ERROR_PAYMENT;
    case 404:
    case 410:
      return FAR_CLIENT_ERROR_NOT_FOUND;
    case 409:
    case 425:
      return FAR_CLIENT_ERROR_CONFLICT;
    case 408:
    case 504:
      return FAR_CLIENT_ERROR_TIMEOUT;
    case 429:
    case 503:
      return FAR_CLIENT_ERROR_THROTTLED;
    default:
      if (status >= 400 && status < 500)
        return FAR_CLIENT_ERROR_BAD_REQUEST;
      return status >= 500 ? FAR_CLIENT_ERROR_SERVER : FAR_CLIENT_ERROR_PROTOCOL;
    }
}

GError *
far_client_error_from_answer (guint       status,
                              const char *body,
                              gsize       n_bytes)
{
  g_autoptr (JsonNode) root = far_json_parse_object (body, n_bytes, ERROR_BODY_MAX, NULL);
  JsonObject *object = root != NULL ? json_node_get_object (root) : NULL;
  JsonObject *inner = object != NULL ? far_client_get_object (object, "error") : NULL;
  g_autofree char *message = NULL;
  FarClientError kind = error_from_status (status);
  GError *error;

  /* Lambda's own APIs and API Gateway put the message at the top. */
  if (inner == NULL)
    inner = object;
  if (inner != NULL)
    {
      const char *text = far_client_peek_string (inner, "message");

      message = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), ERROR_MESSAGE_MAX));
      /* The commit failed or timed out: for who asked, the same as no answer. */
      if (strcmp (far_client_peek_string (inner, "code"), "unknown") == 0)
        kind = FAR_CLIENT_ERROR_TIMEOUT;
    }

  if (message != NULL && *message != '\0')
    error = g_error_new_literal (FAR_CLIENT_ERROR, (int) kind, message);
  else
    error = g_error_new (FAR_CLIENT_ERROR, (int) kind,
                         "The server answered with status %u and gave no reason", status);
  far_client_error_get_private (error)->status = status;
  if (inner != NULL)
    far_client_error_get_private (error)->code = far_client_dup_string (inner, "code");
  return error;
}

GError *
far_client_error_from_http (const GError *error)
{
  int code = FAR_CLIENT_ERROR_PROTOCOL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_copy (error);
  if (g_error_matches (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_CONNECT))
    code = FAR_CLIENT_ERROR_NOT_RUNNING;
  /* After a break nobody knows whether the request took effect, as after a time-out. */
  else if (g_error_matches (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_TIMEOUT) ||
           g_error_matches (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_IO))
    code = FAR_CLIENT_ERROR_TIMEOUT;
  return g_error_new_literal (FAR_CLIENT_ERROR, code, error->message);
}

GError *
far_client_error_protocol (const GError *reason)
{
  return g_error_new (FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL,
                      "The answer cannot be understood (%s); is the platform of another version?",
                      reason->message);
}
