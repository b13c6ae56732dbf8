/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and credentials are read again each time, so that a new sandbox has the new secret. The
 * Secret Service may take its time: it is asked ahead, and until it has answered a secret is "not
 * there yet". What it has said is kept in memory, and asked again when it had nothing. */
#include "platform/far-local-secrets.h"

#include <string.h>

#include "base/far-crypto.h"
#include "platform/far-deployment-secrets.h"
#include "platform/far-deployment.h"
#include "platform/far-platform.h"

#define REFERENCE "{{resolve:"
#define PREFIX REFERENCE "secretsmanager:"
#define SUFFIX "}}"

struct _FarLocalSecrets {
  FarSecrets   *secrets;
  GHashTable   *found;  /* name → text, of the Secret Service */
  GHashTable   *asking; /* names */
  GCancellable *cancellable;
};

typedef struct {
  FarLocalSecrets *self;
  char            *name;
} Ask;

static void
wipe (gpointer text)
{
  far_secret_wipe (text, strlen (text));
  g_free (text);
}

FarLocalSecrets *
far_local_secrets_new (const char *data_dir)
{
  FarLocalSecrets *self = g_new0 (FarLocalSecrets, 1);

  self->secrets = far_secrets_new (data_dir);
  self->found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
  self->asking = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->cancellable = g_cancellable_new ();
  return self;
}

void
far_local_secrets_free (FarLocalSecrets *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_hash_table_unref (self->asking);
  g_hash_table_unref (self->found);
  far_secrets_free (self->secrets);
  g_free (self);
}

/* ---- references ---- */

gboolean
far_local_secrets_is_name (const char *name)
{
  const char *p = name;

  while (g_ascii_islower (*p) || g_ascii_isdigit (*p) || *p == '-')
    p++;
  return *p == '\0' && p > name && p - name <= FAR_LOCAL_SECRET_NAME_MAX;
}

/* Returns: (transfer full) (nullable): the name that a value refers to */
static char *
name_of (const char *value)
{
  gsize length = strlen (value);
  g_autofree char *name = NULL;

  if (!g_str_has_prefix (value, PREFIX) || !g_str_has_suffix (value, SUFFIX))
    return NULL;
  name = g_strndup (value + strlen (PREFIX), length - strlen (PREFIX) - strlen (SUFFIX));
  return far_local_secrets_is_name (name) ? g_steal_pointer (&name) : NULL;
}

const char *
far_local_secrets_refuses (const char *value)
{
  g_autofree char *name = NULL;

  if (strstr (value, REFERENCE) == NULL)
    return NULL;
  name = name_of (value);
  return name != NULL ? NULL
                      : "refers to what is not kept here; write the whole value as "
                        PREFIX "NAME" SUFFIX ", NAME in small letters, digits and hyphens";
}

/* Returns: (transfer full) (nullable): the name that a "NAME=value" refers to */
static char *
name_in (const char *variable)
{
  return name_of (strchr (variable, '=') + 1);
}

gboolean
far_local_secrets_refers (const char *const *environment, const char *name)
{
  for (guint i = 0; environment != NULL && environment[i] != NULL; i++)
    {
      g_autofree char *referred = name_in (environment[i]);

      if (g_strcmp0 (referred, name) == 0)
        return TRUE;
    }
  return FALSE;
}

void
far_local_secrets_add_names (const char *const *environment, GHashTable *names)
{
  for (guint i = 0; environment != NULL && environment[i] != NULL; i++)
    {
      g_autofree char *name = name_in (environment[i]);

      if (name != NULL && !g_hash_table_contains (names, name))
        g_hash_table_insert (names, g_steal_pointer (&name), NULL);
    }
}

/* ---- the Secret Service ---- */

FarSecrets *
far_local_secrets_get_store (FarLocalSecrets *self)
{
  return self->secrets;
}

void
far_local_secrets_learn (FarLocalSecrets *self, const char *name, const char *text)
{
  if (text != NULL)
    g_hash_table_replace (self->found, g_strdup (name), g_strdup (text));
  else
    g_hash_table_remove (self->found, name);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Ask *ask = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) found = far_secrets_read_finish (NULL, result, &error);
  const char *text = found != NULL ? g_hash_table_lookup (found, ask->name) : NULL;

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      if (text != NULL)
        g_hash_table_replace (ask->self->found, g_strdup (ask->name), g_strdup (text));
      g_hash_table_remove (ask->self->asking, ask->name);
    }
  g_free (ask->name);
  g_free (ask);
}

static void
ask_service (FarLocalSecrets *self, const char *name)
{
  const char *const names[] = { name, NULL };
  Ask *ask = g_new0 (Ask, 1);

  ask->self = self;
  ask->name = g_strdup (name);
  g_hash_table_add (self->asking, g_strdup (name));
  far_secrets_read_async (self->secrets, FAR_DEPLOYMENT_LOCAL, names, self->cancellable, on_read,
                          ask);
}

/* Returns: (transfer full) (nullable) */
static char *
get (FarLocalSecrets *self, const char *variable, const char *name, GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *text = far_secrets_peek (self->secrets, FAR_DEPLOYMENT_LOCAL, name, &reason);

  if (text == NULL && reason == NULL)
    text = g_strdup (g_hash_table_lookup (self->found, name));
  if (text != NULL)
    return text;
  if (reason == NULL && far_secrets_has_service (self->secrets)
      && !g_hash_table_contains (self->asking, name))
    ask_service (self, name);
  if (reason != NULL)
    g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START, "%s is a secret, and %s",
                 variable, reason->message);
  else
    g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                 "%s is the secret “%s”, which is not here%s: farthingctl secret set %s", variable,
                 name, g_hash_table_contains (self->asking, name) ? ", or not yet" : "", name);
  return NULL;
}

char **
far_local_secrets_resolve (FarLocalSecrets *self, const char *const *environment, GError **error)
{
  g_autoptr (GPtrArray) resolved = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; environment != NULL && environment[i] != NULL; i++)
    {
      const char *equals = strchr (environment[i], '=');
      g_autofree char *variable = g_strndup (environment[i], (gsize) (equals - environment[i]));
      g_autofree char *name = name_in (environment[i]);
      char *text = name != NULL ? get (self, variable, name, error) : NULL;

      if (name != NULL && text == NULL)
        return NULL;
      g_ptr_array_add (resolved, name != NULL ? g_strconcat (variable, "=", text, NULL)
                                              : g_strdup (environment[i]));
      g_clear_pointer (&text, wipe);
    }
  g_ptr_array_add (resolved, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&resolved), FALSE);
}
