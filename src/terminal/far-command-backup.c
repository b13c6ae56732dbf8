/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl backup, restore and golive: copies of the books and their way back, and what must be
 * right before real money moves. */
#include <stdio.h>
#include <string.h>

#include "ledger/far-ledger.h"
#include "terminal/far-money-call.h"

#define BACKUP_AGE_MAX_US (7 * G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* ---- backup and restore ---- */

int
far_command_backup (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autofree char *directory = NULL;
  JsonObject *fields;
  int code;

  if (!far_terminal_parse (self, far_command_find ("backup"), NULL, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return far_terminal_usage ("say where to: farthingctl backup DIR (a new folder)");
  directory = g_canonicalize_filename (argv[1], NULL);
  fields = json_object_new ();
  json_object_set_string_member (fields, "directory", directory);
  answer = far_terminal_money (self, "ledger.backup", fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_terminal_print_answer (answer);
  else
    printf ("%" G_GINT64_FORMAT " transfers, %" G_GINT64_FORMAT " bytes, verified, in %s\n"
            "It holds the ledger's signing key: keep it where nobody else can read it\n",
            far_answer_int (answer, "transfers"), far_answer_int (answer, "bytes"), directory);
  return FAR_EXIT_OK;
}

int
far_command_restore (FarTerminal *self, int argc, char **argv)
{
  gboolean replace = FALSE, lose_newer = FALSE, ok = FALSE;
  const GOptionEntry entries[] = {
    { "replace", 0, 0, G_OPTION_ARG_NONE, &replace, "Put books that are there aside", NULL },
    { "lose-newer", 0, 0, G_OPTION_ARG_NONE, &lose_newer,
      "Even if they have rows that the backup has not", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *directory = NULL;
  JsonObject *answer;
  const char *arguments[8];
  guint n = 0;
  int code;

  if (!far_terminal_parse (self, far_command_find ("restore"), entries, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return far_terminal_usage ("say from where: farthingctl restore DIR");
  directory = g_canonicalize_filename (argv[1], NULL);
  arguments[n++] = "--data-dir";
  arguments[n++] = self->data_dir;
  arguments[n++] = "--restore";
  arguments[n++] = directory;
  if (replace)
    arguments[n++] = "--replace";
  if (lose_newer)
    arguments[n++] = "--lose-newer";
  arguments[n] = NULL;
  node = far_terminal_bookkeeper (arguments, &ok, &error);
  if (node == NULL)
    return far_terminal_fail (error);
  answer = json_node_get_object (node);
  if (self->json)
    far_terminal_print_answer (answer);
  else if (ok)
    {
      const char *replaced = far_answer_text (answer, "replaced");

      printf ("%" G_GINT64_FORMAT " transfers are back in %s, verified\n",
              far_answer_int (answer, "transfers"), self->data_dir);
      if (*replaced != '\0')
        printf ("What was there before is in %s (%" G_GINT64_FORMAT " newer rows)\n", replaced,
                far_answer_int (answer, "lost_rows"));
    }
  else
    fprintf (stderr, "farthingctl: %s\n", far_answer_text (answer, "message"));
  return ok ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}

/* ---- golive ---- */

typedef struct {
  FarTerminal   *self;
  FarJsonWriter *json;
  gboolean       ready;
} Checklist;

static void
check (Checklist *list, const char *name, gboolean ok, const char *good, const char *bad)
{
  list->ready &= ok;
  far_json_begin_object (list->json, NULL);
  far_json_add_string (list->json, "check", name);
  far_json_add_bool (list->json, "ok", ok);
  far_json_add_string (list->json, "text", ok ? good : bad);
  far_json_end_object (list->json);
  if (!list->self->json)
    printf ("%s  %s\n", ok ? "[ok]  " : "[    ]", ok ? good : bad);
}

/* A template that still names the bundled provider's key moves no money. */
static gboolean
has_provider_key (const FarPlatformStatus *status)
{
  g_autofree char *text = NULL;

  return status->template_path != NULL &&
         g_file_get_contents (status->template_path, &text, NULL, NULL) &&
         strstr (text, "sk_test_") == NULL;
}

static gboolean
has_own_tokens (JsonObject *tokens)
{
  for (guint i = 0; i < far_answer_length (tokens, "tokens"); i++)
    {
      JsonObject *token = far_answer_nth (tokens, "tokens", i);

      if (strcmp (far_answer_text (token, "state"), "valid") == 0 &&
          strcmp (far_answer_text (token, "label"), "publisher.token") != 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_backup (const char *directory)
{
  g_auto (FarLedgerReport) report = { 0 };
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  gint64 time_us;

  if (directory == NULL)
    return FALSE;
  path = g_build_filename (directory, "backup.json", NULL);
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  node = far_json_parse_object (text, strlen (text), FAR_JSON_SIZE_MAX, NULL);
  return node != NULL &&
         far_time_parse_rfc3339 (far_answer_text (json_node_get_object (node), "time"), &time_us) &&
         g_get_real_time () - time_us < BACKUP_AGE_MAX_US &&
         far_ledger_verify_dir (directory, NULL, NULL, &report, NULL) && report.ok;
}

/* One real purchase, refunded: both directions have worked. */
static gboolean
has_refund (FarTerminal *self, gboolean live)
{
  g_autoptr (JsonObject) list = far_terminal_money (self, "publisher.list", NULL, NULL);

  for (guint i = 0; live && list != NULL && i < far_answer_length (list, "publishers"); i++)
    {
      JsonObject *publisher = far_answer_nth (list, "publishers", i);

      for (guint j = 0; j < far_answer_length (publisher, "properties"); j++)
        {
          g_autoptr (JsonObject) earnings = NULL;
          JsonObject *fields = json_object_new ();

          json_object_set_string_member (fields, "property",
                                         far_answer_text (far_answer_nth (publisher, "properties",
                                                                          j), "property"));
          earnings = far_terminal_money (self, "earnings", fields, NULL);
          if (earnings != NULL && far_answer_int (earnings, "refunds") > 0)
            return TRUE;
        }
    }
  return FALSE;
}

int
far_command_golive (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *backup = NULL;
  g_autofree char *url = NULL;
  const GOptionEntry entries[] = {
    { "backup", 0, 0, G_OPTION_ARG_FILENAME, &backup, "A backup that was made", "DIR" },
    { "url", 0, 0, G_OPTION_ARG_STRING, &url, "Where readers reach it (the gateway)", "URL" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;
  g_autoptr (JsonObject) tokens = NULL;
  g_autoptr (JsonObject) house = NULL;
  g_auto (FarJsonWriter) w = { 0 };
  Checklist list = { .self = self, .json = &w, .ready = TRUE };
  gboolean live;
  int code;

  if (!far_terminal_parse (self, far_command_find ("golive"), entries, &argc, &argv, &code))
    return code;
  if (far_terminal_connect (self, FALSE, &error) == NULL ||
      (status = far_terminal_status (self, &error)) == NULL ||
      (tokens = far_terminal_money (self, "token.list", NULL, &error)) == NULL ||
      (house = far_terminal_money (self, "house.get", NULL, &error)) == NULL)
    return far_terminal_fail (error);
  live = g_strcmp0 (status->money, "live") == 0;
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_begin_array (&w, "checks");
  check (&list, "live", live, "The ledger holds live money",
         "The ledger holds test money: begin with an empty data directory and "
         "farthingd --money live");
  check (&list, "tls", g_str_has_prefix (url != NULL ? url : status->gateway, "https://"),
         "Readers come over TLS",
         "Readers come without TLS: put a TLS front before the gateway and name it with --url");
  check (&list, "provider", has_provider_key (status), "The provider's key is not the test one",
         "The template names the bundled provider's test key: deploy the functions with your own");
  check (&list, "tokens", has_own_tokens (tokens), "There are tokens made for somebody",
         "There is only the token of publisher.token: make one for each who asks "
         "(farthingctl token create)");
  check (&list, "payer", *far_answer_text (house, "account") != '\0', "It is said who pays out",
         "Nobody is named who pays out: farthingctl payout account --legal-name … --iban …");
  check (&list, "backup", has_backup (backup), "A backup of the last week verifies",
         "No backup of the last 7 days: farthingctl backup DIR, then --backup DIR");
  check (&list, "refund", has_refund (self, live), "A real purchase was refunded",
         "No real purchase was refunded yet: buy an article yourself, and give it back");
  far_json_end_array (&w);
  far_json_add_bool (&w, "ready", list.ready);
  far_json_end_object (&w);
  if (self->json)
    far_terminal_print_json (&w);
  else
    puts (list.ready ? "Ready." : "Not ready.");
  return list.ready ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}
