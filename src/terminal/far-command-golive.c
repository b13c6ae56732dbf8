/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl golive: what must be right before real money moves. Each line is checked against the
 * thing itself, as far as it can be from here, and says what to do. */
#include <stdio.h>
#include <string.h>

#include "ledger/far-ledger.h"
#include "terminal/far-asking.h"
#include "terminal/far-money-call.h"

#define SETTLE_FUNCTION "Settle"
#define CASHIER_FUNCTION "Cashier"
#define WEBHOOK_FUNCTION "Webhook"
#define ERROR_MARK " Error: " /* behind the id of the request */
/* What a stranger would send: without a signature. */
#define UNSIGNED_MESSAGE                                                                          \
  "{\"version\":\"2.0\",\"routeKey\":\"POST /webhooks/provider\","                                \
  "\"rawPath\":\"/webhooks/provider\",\"rawQueryString\":\"\",\"headers\":{},"                   \
  "\"requestContext\":{\"http\":{\"method\":\"POST\",\"path\":\"/webhooks/provider\","         \
  "\"sourceIp\":\"127.0.0.1\"}},\"body\":\"{}\",\"isBase64Encoded\":false}"
#define BUSY_TRIES 120
#define BUSY_WAIT_MS 500
#define BACKUP_DAYS_DEFAULT 7
#define BACKUP_DAYS_MAX 365
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

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

/* ---- functions ---- */

static gboolean
wake (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* One invocation; NULL without an error: it is busy. Returns: (transfer full) (nullable) */
static FarInvokeResult *
invoke_once (FarTerminal *self, const char *function, const char *event, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (event, strlen (event));
  g_autoptr (FarInvokeResult) result = NULL;
  g_auto (FarWait) wait = { 0 };

  far_platform_client_invoke_async (self->platform, function, "RequestResponse", NULL,
                                    bytes, NULL, far_wait_done, &wait);
  result = far_platform_client_invoke_finish (self->platform, far_wait_for (&wait), error);
  return result != NULL && result->status != 429 ? g_steal_pointer (&result) : NULL;
}

/* A function that runs once at a time is waited for. Returns: (transfer full) (nullable): the
 * object it answered */
static JsonNode *
ask_function (FarTerminal *self, const char *function, const char *event, GError **error)
{
  g_autoptr (FarInvokeResult) result = NULL;
  g_autoptr (GError) reason = NULL;
  g_autoptr (JsonNode) node = NULL;

  for (guint i = 0; i < BUSY_TRIES; i++)
    {
      gboolean woken = FALSE;

      result = invoke_once (self, function, event, &reason);
      if (result != NULL || reason != NULL)
        break;
      g_timeout_add (BUSY_WAIT_MS, wake, &woken);
      while (!woken)
        g_main_context_iteration (NULL, TRUE);
    }
  if (result == NULL)
    {
      if (reason == NULL)
        g_set_error (&reason, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_THROTTLED,
                     "the function %s is busy; try again in a minute", function);
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  node = far_json_parse_object (result->payload, strlen (result->payload), FAR_JSON_SIZE_MAX,
                                error);
  if (node != NULL && *result->function_error != '\0')
    {
      const char *told = far_answer_text (json_node_get_object (node), "errorMessage");
      const char *why = strstr (told, ERROR_MARK);

      g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_SERVER, "the function %s: %s",
                   function, why != NULL ? why + strlen (ERROR_MARK) : told);
      return NULL;
    }
  if (node == NULL)
    g_prefix_error (error, "the function %s did not say: ", function);
  return g_steal_pointer (&node);
}

/* ---- secrets ---- */

/* Functions that must not have their key in the template. */
static const char *const payers[] = { SETTLE_FUNCTION, CASHIER_FUNCTION, WEBHOOK_FUNCTION };

static gboolean
is_used_by (JsonObject *secret, const char *function)
{
  JsonArray *functions = json_object_get_array_member (secret, "functions");

  for (guint i = 0; functions != NULL && i < json_array_get_length (functions); i++)
    if (g_strcmp0 (json_array_get_string_element (functions, i), function) == 0)
      return TRUE;
  return FALSE;
}

/* Returns: (transfer full) (nullable): what is wrong with them; NULL: nothing */
static char *
judge_secrets (JsonObject *root)
{
  g_autoptr (GString) bad = g_string_new (NULL);
  guint n = far_answer_length (root, "secrets");

  for (guint i = 0; i < G_N_ELEMENTS (payers); i++)
    {
      gboolean refers = FALSE;

      for (guint j = 0; j < n; j++)
        refers |= is_used_by (far_answer_nth (root, "secrets", j), payers[i]);
      if (!refers)
        return g_strdup_printf ("%s has its key in the template, where it can be read: write "
                                "{{resolve:secretsmanager:provider-key}} there, as live.yaml does",
                                payers[i]);
    }
  for (guint i = 0; i < n; i++)
    {
      JsonObject *secret = far_answer_nth (root, "secrets", i);

      if (*far_answer_text (secret, "place") == '\0')
        g_string_append_printf (bad, "%sfarthingctl secret set %s",
                                bad->len == 0 ? "What no template may say is missing: " : "; ",
                                far_answer_text (secret, "name"));
    }
  return bad->len > 0 ? g_string_free (g_steal_pointer (&bad), FALSE) : NULL;
}

static void
check_secrets (Checklist *list)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_get (list->self, "/v1/secrets", &error);
  g_autofree char *bad = node != NULL ? judge_secrets (json_node_get_object (node))
                                      : g_strdup (error->message);

  check (list, "secrets", bad == NULL, "The secrets are kept outside the template, and all there",
         bad);
}

/* ---- the provider ---- */

/* Lets a function ask the provider: the key is there, and stays there. Returns: (transfer full)
 * (nullable): what is wrong; NULL: nothing. ret_public_url: (nullable) (out) (transfer full) */
static char *
judge_provider (FarTerminal *self, const char *function, char **ret_public_url)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ask_function (self, function, "{\"check\":\"provider\"}", &error);
  JsonObject *provider;

  if (node == NULL)
    return g_strdup_printf ("The provider was not asked: %s", error->message);
  if (!far_json_get_object (json_node_get_object (node), "provider", &provider, &error))
    return g_strdup_printf ("The function %s did not say: %s", function, error->message);
  if (ret_public_url != NULL)
    *ret_public_url = g_strdup (far_answer_text (provider, "public_url"));
  if (strcmp (far_answer_text (provider, "key"), "test") == 0)
    return g_strdup_printf ("%s has a key for test money: give it the provider's live key "
                            "(farthingctl secret set provider-key)", function);
  if (!json_object_get_boolean_member_with_default (provider, "ok", FALSE))
    return g_strdup_printf ("The provider does not answer %s as it should: %s; check PROVIDER_URL "
                            "in the template, and the key (farthingctl secret set provider-key)",
                            function, far_answer_text (provider, "message"));
  if (!json_object_get_boolean_member_with_default (provider, "live", FALSE))
    return g_strdup_printf ("The provider says that the key of %s moves test money: give it the "
                            "live one (farthingctl secret set provider-key)", function);
  return NULL;
}

static void
check_provider (Checklist *list)
{
  g_autofree char *bad = judge_provider (list->self, SETTLE_FUNCTION, NULL);

  check (list, "provider", bad == NULL, "The provider answers, and takes the key for live money",
         bad);
}

/* Where readers pay. Returns: (transfer full) (nullable): where it says that they come from */
static char *
check_cashier (Checklist *list)
{
  g_autofree char *public_url = NULL;
  g_autofree char *bad = judge_provider (list->self, CASHIER_FUNCTION, &public_url);

  if (bad == NULL && !g_str_has_prefix (public_url, "https://"))
    bad = g_strdup ("Readers find no way back from the provider's page: write PUBLIC_URL of "
                    CASHIER_FUNCTION " into the template, https://…, and start the platform again "
                    "(farthingctl down, farthingctl up)");
  check (list, "cashier", bad == NULL,
         "Readers can pay: " CASHIER_FUNCTION " has the key too, and leads them back", bad);
  return bad == NULL ? g_steal_pointer (&public_url) : NULL;
}

/* What is not signed is refused as such: the secret is there, and it is not the test provider's.
 * And what is signed can be asked for. */
static void
check_webhooks (Checklist *list)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ask_function (list->self, WEBHOOK_FUNCTION, UNSIGNED_MESSAGE, &error);
  const char *body = node != NULL ? far_answer_text (json_node_get_object (node), "body") : "";
  g_autofree char *bad = NULL;

  if (node == NULL)
    bad = g_strdup_printf ("The provider's messages are not heard: %s", error->message);
  else if (strstr (body, "\"webhook_unsigned\"") == NULL)
    bad = g_strdup ("The provider's messages are not heard: give the function " WEBHOOK_FUNCTION
                    " the secret of the live endpoint (farthingctl secret set webhook-secret), and "
                    "tell the provider the address …/webhooks/provider");
  else
    bad = judge_provider (list->self, WEBHOOK_FUNCTION, NULL);
  check (list, "webhooks", bad == NULL,
         "The provider's messages are heard, with its signature alone", bad);
}

/* ---- the way of readers ---- */

/* Fetches the list of articles as a reader would, with the certificate checked. */
static void
check_tls (Checklist *list, const char *url, const char *ca_file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarMarketClient) market = NULL;
  g_autoptr (GPtrArray) articles = NULL;
  g_autofree char *bad = NULL;
  g_auto (FarWait) wait = { 0 };

  if (!g_str_has_prefix (url, "https://"))
    bad = g_strdup ("Readers come without TLS: put a TLS front before the gateway and name it with "
                    "--url https://…");
  else
    {
      market = far_market_client_new (url, NULL, NULL);
      if (ca_file == NULL || far_market_client_trust (market, ca_file, &error))
        {
          far_market_client_list_articles_async (market, NULL, far_wait_done, &wait);
          articles = far_market_client_list_articles_finish (market, far_wait_for (&wait), &error);
        }
      if (articles == NULL)
        bad = g_strdup_printf ("Readers do not get through at %s: %s", url, error->message);
    }
  check (list, "tls", bad == NULL, "Readers come over TLS, and its certificate holds", bad);
}

/* ---- the rest ---- */

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
has_backup (const char *directory, gint64 max_days)
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
         g_get_real_time () - time_us < max_days * DAY_US &&
         far_ledger_verify_dir (directory, NULL, NULL, &report, NULL) && report.ok;
}

/* One real purchase, refunded: the provider has moved money in both directions. What was only
 * pledged, and taken back before it was charged, has moved none. */
static gboolean
has_refund (FarTerminal *self, gboolean live)
{
  g_autoptr (JsonObject) health = far_terminal_money (self, "ledger.health", NULL, NULL);

  return live && health != NULL &&
         json_object_get_boolean_member_with_default (health, "paid_in", FALSE) &&
         json_object_get_boolean_member_with_default (health, "paid_back", FALSE);
}

int
far_command_golive (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *backup = NULL;
  g_autofree char *url = NULL;
  g_autofree char *ca_file = NULL;
  g_autofree char *good_backup = NULL, *no_backup = NULL;
  int max_days = BACKUP_DAYS_DEFAULT;
  const GOptionEntry entries[] = {
    { "backup", 0, 0, G_OPTION_ARG_FILENAME, &backup, "A backup that was made", "DIR" },
    { "backup-days", 0, 0, G_OPTION_ARG_INT, &max_days, "How old it may be [7]", "N" },
    { "url", 0, 0, G_OPTION_ARG_STRING, &url, "Where readers reach it [PUBLIC_URL of Cashier]",
      "URL" },
    { "ca-file", 0, 0, G_OPTION_ARG_FILENAME, &ca_file,
      "Who signed its certificate, where this machine does not know", "FILE" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;
  g_autoptr (JsonObject) tokens = NULL;
  g_autoptr (JsonObject) house = NULL;
  g_autofree char *public_url = NULL;
  g_auto (FarJsonWriter) w = { 0 };
  Checklist list = { .self = self, .json = &w, .ready = TRUE };
  gboolean live;
  int code;

  if (!far_terminal_parse (self, far_command_find ("golive"), entries, &argc, &argv, &code))
    return code;
  if (max_days < 1 || max_days > BACKUP_DAYS_MAX)
    return far_terminal_usage ("--backup-days is 1 to %d", BACKUP_DAYS_MAX);
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
         "The ledger holds test money: begin in an empty data directory, farthingctl up "
         "--money live --data-dir DIR --template FOLDER/live.yaml");
  check_secrets (&list);
  check_provider (&list);
  public_url = check_cashier (&list);
  check_webhooks (&list);
  if (url == NULL)
    url = g_strdup (public_url != NULL ? public_url : status->gateway);
  check_tls (&list, url, ca_file);
  check (&list, "tokens", has_own_tokens (tokens), "There are tokens made for somebody",
         "There is only the token of publisher.token: make one for each who asks "
         "(farthingctl token create)");
  check (&list, "payer", *far_answer_text (house, "account") != '\0', "It is said who pays out",
         "Nobody is named who pays out: farthingctl payout account --legal-name … --iban …");
  good_backup = g_strdup_printf ("A backup of the last %d days verifies", max_days);
  no_backup = g_strdup_printf ("No backup of the last %d days that verifies: farthingctl backup "
                               "DIR, then farthingctl golive --backup DIR", max_days);
  check (&list, "backup", has_backup (backup, max_days), good_backup, no_backup);
  check (&list, "refund", has_refund (self, live),
         "A real purchase was paid, and refunded to where it came from",
         "No real money went both ways yet: buy an article yourself (farthingctl read ARTICLE "
         "--pay), pay (farthingctl wallet method, its page, farthingctl wallet visit ID), take the "
         "article back (farthingctl read ARTICLE --refund), and then what is in your wallet "
         "(farthingctl wallet refund)");
  far_json_end_array (&w);
  far_json_add_bool (&w, "ready", list.ready);
  far_json_end_object (&w);
  if (self->json)
    far_terminal_print_json (&w);
  else
    puts (list.ready ? "Ready." : "Not ready.");
  return list.ready ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}
