/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl token: who may ask this platform over the network (add, remove), and who may ask the
 * market as a publisher, an advertiser or an operator (create, revoke). */
#include <stdio.h>
#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"
#include "base/far-random.h"
#include "client/far-tokens.h"
#include "terminal/far-money-call.h"

#define SCOPE_DEFAULT "telemetry:read"

/* ---- the market's ---- */

#define ID_LEN 16 /* of the market's */
#define SECRET_LEN 32
#define DAYS_UNTOLD G_MININT
#define DAYS_MAX 36500
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* Whether a publisher or a property is called so; "property:NAME" and "publisher:NAME" as well. */
static gboolean
is_known (FarTerminal *self, const char *scope)
{
  g_autoptr (JsonObject) list = far_terminal_publishers (self, NULL);
  const char *colon = strchr (scope, ':');
  const char *name = colon != NULL ? colon + 1 : scope;

  for (guint i = 0; i < far_answer_length (list, "publishers"); i++)
    {
      JsonObject *publisher = far_answer_nth (list, "publishers", i);

      if (strcmp (far_answer_text (publisher, "publisher"), name) == 0)
        return TRUE;
      for (guint j = 0; j < far_answer_length (publisher, "properties"); j++)
        if (strcmp (far_answer_text (far_answer_nth (publisher, "properties", j), "property"),
                    name) == 0)
          return TRUE;
    }
  return list == NULL; /* who cannot be asked is not contradicted */
}

/* Made here and shown once: the bookkeeper gets the hash, and nobody else anything. */
static int
run_create (FarTerminal *self, const char *label, const char *role, const char *scope, int days)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autofree char *hex = NULL;
  g_autofree char *token = NULL;
  g_autofree char *hash_hex = NULL;
  guint8 secret[SECRET_LEN], hash[FAR_SHA256_LEN];
  JsonObject *fields = json_object_new ();

  far_random_bytes (secret, sizeof secret);
  hex = far_hex_encode (secret, sizeof secret);
  far_secret_wipe (secret, sizeof secret);
  token = g_strdup_printf ("farthing_%s_%s", role, hex);
  far_sha256 (token, strlen (token), hash);
  hash_hex = far_hex_encode (hash, sizeof hash);
  json_object_set_string_member (fields, "hash", hash_hex);
  json_object_set_string_member (fields, "role", role);
  json_object_set_string_member (fields, "scope", scope);
  json_object_set_string_member (fields, "label", label);
  if (days > 0)
    json_object_set_int_member (fields, "expires_us", far_terminal_now_us (self) + days * DAY_US);
  answer = far_terminal_money (self, "token.create", fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      json_object_set_string_member (answer, "secret", token);
      far_terminal_print_answer (answer);
    }
  else
    {
      far_terminal_say (self, "This is shown once; whoever has it may ask as %s for %s:", role,
                        scope);
      puts (token);
      if (strcmp (role, "publisher") == 0 && strcmp (scope, "*") != 0 && !is_known (self, scope))
        far_terminal_say (self, "There is no publisher or property “%s” yet; farthingctl payout "
                                "publishers names them", scope);
    }
  far_secret_wipe (hex, strlen (hex));
  far_secret_wipe (token, strlen (token));
  return FAR_EXIT_OK;
}

static int
run_revoke (FarTerminal *self, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = NULL;
  JsonObject *fields;

  if (strlen (id) != ID_LEN)
    return far_terminal_usage ("a token's id has %d characters; farthingctl token lists them",
                               ID_LEN);
  fields = json_object_new ();
  json_object_set_string_member (fields, "token", id);
  answer = far_terminal_money (self, "token.revoke", fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_terminal_print_answer (answer);
  else
    far_terminal_say (self, "The token %s opens nothing any more.", id);
  return FAR_EXIT_OK;
}

static void
print_market_tokens (FarTerminal *self, JsonObject *answer)
{
  static const char *const titles[] = { "TOKEN", "ROLE", "SCOPE", "LABEL", "STATE", "MADE", NULL };
  FarTable *table = far_table_new ("llllll", titles);

  for (guint i = 0; i < far_answer_length (answer, "tokens"); i++)
    {
      JsonObject *token = far_answer_nth (answer, "tokens", i);

      far_table_add (table, g_strdup (far_answer_text (token, "token")),
                     g_strdup (far_answer_text (token, "role")),
                     g_strdup (far_answer_text (token, "scope")),
                     g_strdup (far_answer_text (token, "label")),
                     g_strdup (far_answer_text (token, "state")),
                     far_answer_time (token, "made_us"));
    }
  far_table_print (table, self);
}

/* ---- the network's ---- */

static int
run_list (FarTerminal *self)
{
  static const char *const titles[] = { "NAME", "SCOPES", "MADE", NULL };
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (JsonObject) market = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };
  FarTable *table = NULL;
  guint i;

  far_platform_client_load_tokens_async (self->platform, NULL, far_wait_done, &wait);
  list = far_platform_client_load_tokens_finish (self->platform, far_wait_for (&wait), &error);
  if (list == NULL)
    return far_terminal_fail (error);
  market = far_terminal_money (self, "token.list", NULL, NULL); /* where there is a bookkeeper */
  if (!self->json && list->len > 0)
    table = far_table_new ("lll", titles);
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_begin_array (&w, "tokens");
  for (i = 0; i < list->len; i++)
    {
      const FarTokenInfo *info = g_ptr_array_index (list, i);

      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "name", info->name);
      far_json_add_string (&w, "scopes", info->scopes);
      far_json_add_time (&w, "created", info->created_us);
      far_json_end_object (&w);
      if (table != NULL)
        far_table_add (table, far_terminal_clean (info->name), far_terminal_clean (info->scopes),
                       far_terminal_time (info->created_us));
    }
  far_json_end_array (&w);
  if (market != NULL)
    far_json_add_node (&w, "market", json_object_get_member (market, "tokens"));
  far_json_end_object (&w);
  if (!self->json)
    {
      puts (list->len > 0 ? "To look after this platform over the network (token add):"
                          : "Nobody may look after this platform over the network (token add).");
      if (table != NULL)
        far_table_print (table, self);
      if (market != NULL)
        {
          puts ("\nTo ask the market as a publisher, advertiser or operator (token create):");
          print_market_tokens (self, market);
        }
    }
  else
    far_terminal_print_json (&w);
  return FAR_EXIT_OK;
}

/* The token alone goes to stdout, so that it can be led into a file. */
static int
run_add (FarTerminal *self, const char *name, const char *scopes)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };

  far_platform_client_add_token_async (self->platform, name, scopes, NULL, far_wait_done, &wait);
  token = far_platform_client_add_token_finish (self->platform, far_wait_for (&wait), &error);
  if (token == NULL)
    return far_terminal_fail (error);
  if (!self->json)
    {
      far_terminal_say (self, "This is shown once; whoever has it may read with the scopes %s:",
                        scopes);
      puts (token);
      return FAR_EXIT_OK;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "name", name);
  far_json_add_string (&w, "token", token);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
  return FAR_EXIT_OK;
}

static int
run_remove (FarTerminal *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };

  far_platform_client_remove_token_async (self->platform, name, NULL, far_wait_done, &wait);
  if (!far_platform_client_remove_token_finish (self->platform, far_wait_for (&wait), &error))
    return far_terminal_fail (error);
  if (self->json)
    {
      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "removed", name);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
    }
  else
    far_terminal_say (self, "The token “%s” opens nothing any more.", name);
  return FAR_EXIT_OK;
}

int
far_command_token (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *scopes = NULL;
  g_autofree char *role = NULL;
  int days = DAYS_UNTOLD;
  const GOptionEntry entries[] = {
    { "scope", 0, 0, G_OPTION_ARG_STRING, &scopes,
      "add: telemetry:read (the default), logs:read, functions:invoke, earnings:read; with commas. "
      "create: a property, a publisher, or * for all (the default)",
      "SCOPES" },
    { "role", 0, 0, G_OPTION_ARG_STRING, &role,
      "create: publisher (the default), advertiser or operator", "ROLE" },
    { "days", 0, 0, G_OPTION_ARG_INT, &days, "create: how long it holds (until it is revoked)",
      "N" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  static const char *const names[] = { "add", "remove", "create", "revoke", NULL };
  const char *what;
  int code;

  if (!far_terminal_parse (self, far_command_find ("token"), entries, &argc, &argv, &code))
    return code;
  what = argc > 1 ? argv[1] : "list";
  if (strcmp (what, "list") == 0 ? argc > 2
                                 : argc != 3 || !g_strv_contains (names, what))
    return far_terminal_usage ("token list | add NAME [--scope SCOPES] | remove NAME | "
                               "create LABEL [--role ROLE] [--scope SCOPE] | revoke TOKEN");
  if (days != DAYS_UNTOLD && (days < 1 || days > DAYS_MAX))
    return far_terminal_usage ("--days is a number of days from 1 to 36500; without it the token "
                               "holds until it is revoked");
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  if (strcmp (what, "create") == 0)
    return run_create (self, argv[2], role != NULL ? role : "publisher",
                       scopes != NULL ? scopes : "*", days);
  if (strcmp (what, "revoke") == 0)
    return run_revoke (self, argv[2]);
  if (strcmp (what, "add") == 0)
    return run_add (self, argv[2], scopes != NULL ? scopes : SCOPE_DEFAULT);
  return strcmp (what, "remove") == 0 ? run_remove (self, argv[2]) : run_list (self);
}
