/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the search for credentials, in the order of AWS's own tools. Files are a few kilobytes and
 * read at once; a program runs beside the main loop, with a deadline, without a shell. */
#include "sources/far-aws-credentials.h"

#include <string.h>

#include "base/far-json.h"

#define RENEW_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)
#define KEY_MAX 4096

G_DEFINE_QUARK (far-aws-error-quark, far_aws_error)

struct _FarAwsCredentials {
  FarAwsFrom  from;
  char       *profile; /* nullable */
  FarClock   *clock;
  FarAwsKeys *keys;    /* nullable: not asked for yet, or expired */
  gboolean    from_process; /* keys are worth keeping */
};

static void
wipe (char *text)
{
  if (text != NULL)
    memset (text, 0, strlen (text));
  g_free (text);
}

void
far_aws_keys_free (FarAwsKeys *keys)
{
  if (keys == NULL || --keys->ref_count > 0)
    return;
  g_free (keys->access_key_id);
  wipe (keys->secret_access_key);
  wipe (keys->session_token);
  g_free (keys);
}

FarAwsCredentials *
far_aws_credentials_new (FarAwsFrom from, const char *profile, FarClock *clock)
{
  FarAwsCredentials *self = g_new0 (FarAwsCredentials, 1);

  self->from = from;
  self->profile = g_strdup (profile);
  self->clock = far_clock_ref (clock);
  return self;
}

void
far_aws_credentials_free (FarAwsCredentials *self)
{
  if (self == NULL)
    return;
  g_free (self->profile);
  far_clock_unref (self->clock);
  far_aws_keys_free (self->keys);
  g_free (self);
}

/* ---- Environment and files ---- */

static const char *
non_empty (const char *text)
{
  return text != NULL && *text != '\0' ? text : NULL;
}

static FarAwsKeys *
make_keys (const char *id, const char *secret, const char *token)
{
  FarAwsKeys *keys = g_new0 (FarAwsKeys, 1);

  keys->ref_count = 1;
  keys->access_key_id = g_strdup (id);
  keys->secret_access_key = g_strdup (secret);
  keys->session_token = g_strdup (non_empty (token));
  keys->expires_us = G_MAXINT64;
  return keys;
}

static FarAwsKeys *
from_environment (void)
{
  const char *id = non_empty (g_getenv ("AWS_ACCESS_KEY_ID"));
  const char *secret = non_empty (g_getenv ("AWS_SECRET_ACCESS_KEY"));

  return id != NULL && secret != NULL ? make_keys (id, secret, g_getenv ("AWS_SESSION_TOKEN"))
                                      : NULL;
}

static const char *
profile_name (FarAwsCredentials *self)
{
  const char *name = self->profile != NULL ? self->profile : non_empty (g_getenv ("AWS_PROFILE"));

  return name != NULL ? name : "default";
}

/* A value of the profile's section. The two files name sections differently. */
static char *
file_value (const char *variable, const char *file, const char *section, const char *key)
{
  g_autofree char *fallback = g_build_filename (g_get_home_dir (), ".aws", file, NULL);
  const char *path = non_empty (g_getenv (variable));
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean inside = FALSE;
  gsize length;
  guint i;

  if (!g_file_get_contents (path != NULL ? path : fallback, &text, &length, NULL) ||
      length > FAR_AWS_FILE_MAX)
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      char *equals = strchr (line, '=');

      if (*line == '[')
        {
          g_autofree char *header = g_strdup_printf ("[%s]", section);

          inside = strcmp (line, header) == 0;
        }
      else if (inside && *line != '#' && *line != ';' && equals != NULL)
        {
          *equals = '\0';
          if (strcmp (g_strchomp (line), key) == 0)
            return g_strdup (g_strstrip (equals + 1));
        }
    }
  return NULL;
}

static char *
profile_value (FarAwsCredentials *self, const char *key)
{
  const char *name = profile_name (self);
  g_autofree char *section = strcmp (name, "default") == 0
                               ? g_strdup (name) : g_strconcat ("profile ", name, NULL);
  char *value = file_value ("AWS_SHARED_CREDENTIALS_FILE", "credentials", name, key);

  return value != NULL ? value : file_value ("AWS_CONFIG_FILE", "config", section, key);
}

static FarAwsKeys *
from_profile (FarAwsCredentials *self)
{
  g_autofree char *id = profile_value (self, "aws_access_key_id");
  char *secret = profile_value (self, "aws_secret_access_key");
  char *token = profile_value (self, "aws_session_token");
  FarAwsKeys *keys = NULL;

  if (non_empty (id) != NULL && non_empty (secret) != NULL)
    keys = make_keys (id, secret, token);
  wipe (secret);
  wipe (token);
  return keys;
}

/* ---- A program ---- */

static FarAwsKeys *
no_keys (GError **error, const char *why)
{
  g_set_error (error, FAR_AWS_ERROR, FAR_AWS_ERROR_CREDENTIALS,
               "The credential_process did not print credentials: %s", why);
  return NULL;
}

FarAwsKeys *
far_aws_parse_process (const char *text, gsize n_bytes, GError **error)
{
  g_autoptr (JsonNode) root = far_json_parse_object (text, n_bytes, FAR_AWS_PROCESS_OUTPUT_MAX,
                                                     NULL);
  const char *id, *secret, *token = NULL, *expires;
  g_autoptr (FarAwsKeys) keys = NULL;
  JsonObject *object;
  gint64 version;

  if (root == NULL)
    return no_keys (error, "it is no JSON object");
  object = json_node_get_object (root);
  if (!far_json_get_int (object, "Version", 1, 1, &version, NULL))
    return no_keys (error, "its Version is not 1");
  if (!far_json_get_string (object, "AccessKeyId", KEY_MAX, &id, NULL) || *id == '\0' ||
      !far_json_get_string (object, "SecretAccessKey", KEY_MAX, &secret, NULL) || *secret == '\0')
    return no_keys (error, "AccessKeyId or SecretAccessKey is missing");
  if (far_json_has (object, "SessionToken") &&
      !far_json_get_string (object, "SessionToken", KEY_MAX, &token, NULL))
    return no_keys (error, "SessionToken is no text");
  keys = make_keys (id, secret, token);
  if (far_json_has (object, "Expiration"))
    {
      g_autoptr (GDateTime) when = NULL;

      if (far_json_get_string (object, "Expiration", 64, &expires, NULL))
        when = g_date_time_new_from_iso8601 (expires, NULL);
      if (when == NULL)
        return no_keys (error, "Expiration is no time");
      keys->expires_us = g_date_time_to_unix (when) * G_USEC_PER_SEC;
    }
  return g_steal_pointer (&keys);
}

typedef struct {
  GSubprocess  *process;
  GCancellable *cancellable;
  guint         timer;
} Running;

static void
running_free (gpointer data)
{
  Running *running = data;

  g_clear_handle_id (&running->timer, g_source_remove);
  g_object_unref (running->process);
  g_object_unref (running->cancellable);
  g_free (running);
}

static gboolean
on_late (gpointer user_data)
{
  Running *running = user_data;

  running->timer = 0;
  g_subprocess_force_exit (running->process);
  g_cancellable_cancel (running->cancellable);
  return G_SOURCE_REMOVE;
}

/* Others may be given new ones before this is looked at. */
static void
return_keys (GTask *task, FarAwsKeys *keys)
{
  keys->ref_count++;
  g_task_return_pointer (task, keys, (GDestroyNotify) far_aws_keys_free);
}

typedef struct {
  GTask             *task;
  FarAwsCredentials *self;
} Wait;

static void
on_output (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Wait *wait = user_data;
  g_autoptr (GTask) task = wait->task;
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GError) why = NULL;
  GError *error = NULL;
  const char *text;
  gsize n_bytes;

  if (!g_subprocess_communicate_finish (G_SUBPROCESS (source), result, &output, NULL, &why) ||
      !g_subprocess_get_successful (G_SUBPROCESS (source)) || output == NULL)
    {
      no_keys (&error, why != NULL ? "it took too long" : "it ended with an error");
      g_task_return_error (task, error);
      return;
    }
  text = g_bytes_get_data (output, &n_bytes);
  g_clear_pointer (&wait->self->keys, far_aws_keys_free);
  wait->self->keys = far_aws_parse_process (text != NULL ? text : "", n_bytes, &error);
  wait->self->from_process = TRUE;
  if (wait->self->keys != NULL)
    return_keys (task, wait->self->keys);
  else
    g_task_return_error (task, error);
}

static void
run_process (FarAwsCredentials *self, const char *command, GTask *task)
{
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) why = NULL;
  GSubprocess *process = NULL;
  GError *error = NULL;
  Running *running;
  Wait *wait;

  if (g_shell_parse_argv (command, NULL, &argv, &why))
    process = g_subprocess_newv ((const char *const *) argv,
                                 G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                   G_SUBPROCESS_FLAGS_STDERR_SILENCE, &why);
  if (process == NULL)
    {
      no_keys (&error, why->message);
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  running = g_new0 (Running, 1);
  running->process = process;
  running->cancellable = g_cancellable_new ();
  running->timer = g_timeout_add_seconds (FAR_AWS_PROCESS_TIMEOUT_S, on_late, running);
  g_task_set_task_data (task, running, running_free);
  wait = g_new (Wait, 1);
  wait->task = task;
  wait->self = self;
  g_subprocess_communicate_async (process, NULL, running->cancellable, on_output, wait);
}

/* ---- The search ---- */

void
far_aws_credentials_get_async (FarAwsCredentials *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *command = NULL;
  FarAwsKeys *keys = NULL;

  if (self->keys != NULL && self->from_process &&
      far_clock_now_us (self->clock) < self->keys->expires_us - RENEW_US)
    {
      return_keys (task, self->keys);
      g_object_unref (task);
      return;
    }
  if (self->from == FAR_AWS_FROM_ENVIRONMENT || self->from == FAR_AWS_FROM_ANYWHERE)
    keys = from_environment ();
  if (keys == NULL && (self->from == FAR_AWS_FROM_PROFILE || self->from == FAR_AWS_FROM_ANYWHERE))
    keys = from_profile (self);
  if (keys == NULL && self->from != FAR_AWS_FROM_ENVIRONMENT)
    command = profile_value (self, "credential_process");
  if (keys == NULL && non_empty (command) != NULL)
    {
      run_process (self, command, task);
      return;
    }
  far_aws_keys_free (self->keys);
  self->keys = keys;
  self->from_process = FALSE;
  if (keys != NULL)
    return_keys (task, keys);
  else
    g_task_return_new_error (task, FAR_AWS_ERROR, FAR_AWS_ERROR_CREDENTIALS,
                             "There are no AWS credentials for the profile “%s”, nor in the "
                             "environment of farthingd; run “aws configure”, or name a profile",
                             profile_name (self));
  g_object_unref (task);
}

gboolean
far_aws_credentials_forget (FarAwsCredentials *self, const FarAwsKeys *keys)
{
  /* Others may have had newer ones made meanwhile. */
  if (self->keys == keys && self->from_process)
    g_clear_pointer (&self->keys, far_aws_keys_free);
  return self->from_process;
}

FarAwsKeys *
far_aws_credentials_get_finish (FarAwsCredentials *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
