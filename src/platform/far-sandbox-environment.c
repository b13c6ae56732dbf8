/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The environment of a function: what Lambda's contract promises, what Farthing grants, and the
 * template's own variables, which win wherever both name one.
 *
 * Order of the result: template, contract, grants. Grants cannot be overridden: they say where
 * descriptors and folders are. AWS_LAMBDA_RUNTIME_API is the keeper's to add, who knows the port.
 * Thread: any; no state. */
#include "platform/far-spawner-private.h"
#include "sandbox/far-fork-server.h"

#include <string.h>

#include "base/far-crypto.h"

typedef struct {
  GPtrArray  *variables;
  GHashTable *names;
} Environment;

/* Takes variable, "NAME=value"; the first of a name stays. */
static void
add (Environment *self,
     char        *variable)
{
  const char *equals = strchr (variable, '=');
  g_autofree char *name = g_strndup (variable, equals ? (gsize) (equals - variable) : 0);

  if (equals == NULL || !g_hash_table_add (self->names, g_steal_pointer (&name)))
    g_free (variable);
  else
    g_ptr_array_add (self->variables, variable);
}

/* "book-keeper" → "BOOK_KEEPER" */
static char *
upper (const char *name)
{
  char *text = g_ascii_strup (name, -1);

  return g_strdelimit (text, "-", '_');
}

static void
add_grants (Environment          *self,
            const FarSandboxSpec *spec,
            FarIsolation          isolation)
{
  gboolean full = isolation == FAR_ISOLATION_FULL;
  g_autoptr (GString) writable = g_string_new (NULL);

  for (gsize i = 0; i < spec->n_stores; i++)
    {
      g_autofree char *name = upper (spec->stores[i].name);
      const char *path = full ? spec->stores[i].mount : spec->stores[i].host_path;

      add (self, g_strdup_printf ("FARTHING_STORE_%s=%s", name, path));
      if (spec->stores[i].writable)
        g_string_append_printf (writable, "%s%s", writable->len > 0 ? ":" : "", path);
    }
  if (spec->egress)
    /* The Runtime API is not behind the proxy; a port of the machine's that was granted is. */
    add (self, g_strdup (full ? "NO_PROXY=127.0.0.1:9001" : "NO_PROXY=127.0.0.1"));
  for (guint i = 0; spec->services && spec->services[i]; i++)
    {
      g_autofree char *name = upper (spec->services[i]);

      add (self, g_strdup_printf ("FARTHING_SERVICE_%s=fd:%u", name, FAR_FD_SERVICES + i));
    }
  if (spec->clock_fd >= 0)
    add (self, g_strdup_printf ("FARTHING_TEST_CLOCK=fd:%d", FAR_FD_CLOCK));
  if (spec->standby)
    add (self, g_strdup (FAR_ENV_STANDBY "=1"));
  if (!spec->fork_server)
    return;
  add (self, g_strdup (FAR_ENV_FORK_SERVER "=1"));
  add (self, g_strdup_printf (FAR_ENV_ISOLATION "=%s", far_isolation_to_string (isolation)));
  add (self, g_strdup_printf (FAR_ENV_WRITABLE "=%s", writable->str));
  add (self, g_strdup (FAR_ENV_RUNTIME "=" FAR_RUNTIME_FRAMES));
}

/* Of a role that may do nothing: what looks for credentials finds some, and they open no API. */
static void
add_credentials (Environment *self,
                 const char  *function)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  guint8 digest[FAR_SHA256_LEN];
  g_autofree char *secret = NULL;
  char id[] = "ASIA................";

  far_sha256 (function, strlen (function), digest);
  secret = g_base64_encode (digest, 30);
  for (guint i = 0; id[4 + i] != '\0'; i++)
    id[4 + i] = letters[digest[i] % (sizeof letters - 1)];
  add (self, g_strdup_printf ("AWS_ACCESS_KEY_ID=%s", id));
  add (self, g_strdup_printf ("AWS_SECRET_ACCESS_KEY=%s", secret));
  add (self, g_strdup_printf ("AWS_SESSION_TOKEN=%s%s", id, secret));
}

static void
add_contract (Environment          *self,
              const FarSandboxSpec *spec,
              FarIsolation          isolation)
{
  gboolean full = isolation == FAR_ISOLATION_FULL;
  const char *root = full || spec->code_dir == NULL ? FAR_PLAN_CODE : spec->code_dir;
  static const char *const fixed[] = {
    "AWS_REGION=us-east-1",
    "AWS_DEFAULT_REGION=us-east-1",
    "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
    "AWS_LAMBDA_LOG_STREAM_NAME=local/[$LATEST]",
    "TZ=:UTC",
    "LANG=en_US.UTF-8",
    "PATH=/usr/local/bin:/usr/bin:/bin",
  };

#ifdef __SANITIZE_ADDRESS__
  /* Looking for leaks needs ptrace, which no sandbox allows. */
  add (self, g_strdup ("ASAN_OPTIONS=detect_leaks=0"));
#endif
  add (self, g_strdup_printf ("_HANDLER=%s", spec->handler ? spec->handler : "bootstrap"));
  add (self, g_strdup_printf ("AWS_LAMBDA_FUNCTION_NAME=%s", spec->function));
  add (self, g_strdup_printf ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%u", spec->memory_mb));
  add (self, g_strdup_printf ("AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/%s", spec->function));
  if (spec->execution_env != NULL)
    add (self, g_strdup_printf ("AWS_EXECUTION_ENV=AWS_Lambda_%s", spec->execution_env));
  add (self, g_strdup_printf ("AWS_LAMBDA_INITIALIZATION_TYPE=%s",
                              spec->provisioned ? "provisioned-concurrency" : "on-demand"));
  add (self, g_strdup_printf ("LAMBDA_TASK_ROOT=%s", root));
  add (self, g_strdup_printf ("LD_LIBRARY_PATH=%s:%s/lib", root, root));
  add (self, g_strdup_printf ("LAMBDA_RUNTIME_DIR=%s", !full && spec->runtime_dir
                                                         ? spec->runtime_dir : FAR_PLAN_RUNTIME));
  add_credentials (self, spec->function);
  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    add (self, g_strdup (fixed[i]));
}

/* Names that the template may not set: they are the platform's word. */
static gboolean
is_reserved (const char *variable)
{
  static const char *const reserved[] = { "FARTHING_", "AWS_LAMBDA_RUNTIME_API=", "LD_PRELOAD=",
                                          "LD_AUDIT=" };

  for (guint i = 0; i < G_N_ELEMENTS (reserved); i++)
    if (g_str_has_prefix (variable, reserved[i]))
      return TRUE;
  return FALSE;
}

char **
far_sandbox_environment (const FarSandboxSpec *spec,
                         FarIsolation          isolation)
{
  Environment self = {
    .variables = g_ptr_array_new (),
    .names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
  };

  for (guint i = 0; spec->environment && spec->environment[i]; i++)
    if (!is_reserved (spec->environment[i]))
      add (&self, g_strdup (spec->environment[i]));
  add_contract (&self, spec, isolation);
  add_grants (&self, spec, isolation);
  g_hash_table_unref (self.names);
  g_ptr_array_add (self.variables, NULL);
  return (char **) g_ptr_array_free (self.variables, FALSE);
}
