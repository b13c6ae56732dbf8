/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the build has put together is a publication that the platform can run: the template is read
 * by the platform's own reader, every function has its program, every route is there once. */
#include <string.h>
#include <sys/stat.h>

#include "functions/far-publication.h"
#include "platform/far-template.h"

static FarTemplate *
load (void)
{
  g_autoptr (GError) error = NULL;
  FarTemplate *template = far_template_load (g_getenv ("FARTHING_TEMPLATE"), &error);

  g_assert_no_error (error);
  return template;
}

static void
test_programs (void)
{
  g_autoptr (FarTemplate) template = load ();

  g_assert_cmpuint (far_template_n_functions (template), ==, 17);
  for (guint i = 0; i < far_template_n_functions (template); i++)
    {
      const FarTemplateFunction *function = far_template_get_function (template, i);
      g_autofree char *program = g_build_filename (function->code_dir, "bootstrap", NULL);
      struct stat info;

      g_test_message ("%s", program);
      /* A copy, so that the folder can be mounted alone. */
      g_assert_cmpint (lstat (program, &info), ==, 0);
      g_assert_true (S_ISREG (info.st_mode));
      g_assert_true ((info.st_mode & 0111) == 0111);
      g_assert_true (function->fork_server);
    }
}

static void
test_routes (void)
{
  static const char *const wanted[] = {
    "GET /articles", "GET /articles/{id}", "GET /media/{file}", "GET /offers/{article}",
    "POST /pledges", "GET /wallet", "POST /wallet/methods", "POST /ads/decisions",
    "GET /ads/creatives/{view}", "POST /ads/events", "GET /entitlements/{article}",
    "POST /refunds", "GET /earnings", "GET /earnings/trace", "GET /statements/{month}",
    "GET /payouts", "GET /ledger/checkpoint", "GET /receipts/{article}",
    "ANY /provider/v1/{proxy+}", "ANY /v1/{proxy+}", "ANY /provider/checkout/{session}",
    "ANY /provider/authenticate/{intent}",
  };
  g_autoptr (FarTemplate) template = load ();
  g_autoptr (GHashTable) routes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_schedules = 0;

  for (guint i = 0; i < far_template_n_functions (template); i++)
    {
      const FarTemplateFunction *function = far_template_get_function (template, i);

      for (guint k = 0; k < function->events->len; k++)
        {
          const FarTemplateEvent *event = g_ptr_array_index (function->events, k);

          if (event->kind == FAR_TEMPLATE_EVENT_HTTP)
            g_hash_table_add (routes, g_strdup_printf ("%s %s", event->method, event->path));
          else
            n_schedules++;
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    if (!g_hash_table_contains (routes, wanted[i]))
      g_error ("no function takes %s", wanted[i]);
  g_assert_cmpuint (n_schedules, ==, 2);
}

/* The routes that data/api/market.yaml describes are the routes that there are. */
static void
test_described (void)
{
  g_autofree char *path =
    g_build_filename (g_getenv ("FARTHING_SOURCE_ROOT"), "data", "api", "market.yaml", NULL);
  g_autofree char *text = NULL;
  g_autofree char *last = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (FarTemplate) template = load ();
  g_autoptr (GHashTable) described = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && !g_str_has_prefix (lines[i], "components:"); i++)
    {
      if (g_str_has_prefix (lines[i], "  /"))
        {
          g_free (last);
          last = g_strndup (lines[i] + 2, strlen (lines[i]) - 3);
        }
      else if (g_str_equal (lines[i], "    get:") || g_str_equal (lines[i], "    post:"))
        g_hash_table_add (described, g_strdup_printf ("%s %s", lines[i][4] == 'g' ? "GET" : "POST",
                                                      last));
    }
  for (guint i = 0; i < far_template_n_functions (template); i++)
    {
      const FarTemplateFunction *function = far_template_get_function (template, i);

      for (guint k = 0; k < function->events->len; k++)
        {
          const FarTemplateEvent *event = g_ptr_array_index (function->events, k);
          g_autofree char *route = g_strdup_printf ("%s %s", event->method, event->path);

          if (event->kind == FAR_TEMPLATE_EVENT_HTTP && !g_str_equal (event->method, "ANY") &&
              !g_hash_table_remove (described, route))
            g_error ("market.yaml does not describe %s", route);
        }
    }
  g_assert_cmpuint (g_hash_table_size (described), ==, 0);
}

static gboolean
is_among (const char *names,
          const char *name)
{
  g_auto (GStrv) words = g_strsplit (names, " ", -1);

  return g_strv_contains ((const char *const *) words, name);
}

/* Who may move money, who may write, and that nobody else may. */
static void
test_grants (void)
{
  static const struct {
    const char *command, *functions;
  } grants[] = {
    { "pledge", "Pledge" },
    { "refund", "Refund" },
    { "method.set", "Cashier" },
    { "tab.pay", "Cashier" },
    { "checkout.begin", "Cashier" },
    { "wallet.refund.begin", "Cashier" },
    { "reader.delete", "Cashier" },
    { "caps.set", "Wallet" },
    { "reader.export", "Wallet" },
    { "view.reserve", "AdDecision" },
    { "view.fetched", "AdCreative" },
    { "view.event", "AdEvents" },
    { "charge.begin", "Settle Webhook" },
    { "tabs.due", "Settle" },
    { "earnings", "Earnings" },
  };
  g_autoptr (FarTemplate) template = load ();

  for (guint i = 0; i < far_template_n_functions (template); i++)
    {
      const FarTemplateFunction *function = far_template_get_function (template, i);

      for (guint k = 0; k < function->services->len; k++)
        {
          const FarTemplateService *service = g_ptr_array_index (function->services, k);

          for (guint n = 0; service->commands != NULL && service->commands[n] != NULL; n++)
            {
              /* What is the operator's alone; a checkpoint is everybody's. */
              g_assert_false (g_str_has_prefix (service->commands[n], "ledger.") &&
                              !g_str_equal (service->commands[n], "ledger.checkpoint"));
              g_assert_false (g_str_has_prefix (service->commands[n], "token."));
              g_assert_false (g_str_has_prefix (service->commands[n], "payout.") &&
                              !g_str_equal (service->commands[n], "payout.list"));
              for (guint g = 0; g < G_N_ELEMENTS (grants); g++)
                if (g_str_equal (grants[g].command, service->commands[n]))
                  g_assert_true (is_among (grants[g].functions, function->name));
            }
        }
      for (guint k = 0; k < function->stores->len; k++)
        {
          const FarTemplateStore *store = g_ptr_array_index (function->stores, k);

          g_assert_cmpint (store->writable, ==, g_str_equal (function->name, "Provider"));
          if (store->writable)
            g_assert_cmpint (function->reserved_concurrency, ==, 1);
        }
    }
}

static void
test_publication (void)
{
  g_autofree char *folder = g_path_get_dirname (g_getenv ("FARTHING_TEMPLATE"));
  g_autofree char *source =
    g_build_filename (g_getenv ("FARTHING_SOURCE_ROOT"), "data", "publication", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPublication) built = far_publication_load (folder, &error);
  g_autoptr (FarPublication) written = far_publication_load (source, NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (built->articles->len, ==, written->articles->len);
  g_assert_cmpuint (built->campaigns->len, ==, written->campaigns->len);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/staged/programs", test_programs);
  g_test_add_func ("/staged/routes", test_routes);
  g_test_add_func ("/staged/described", test_described);
  g_test_add_func ("/staged/grants", test_grants);
  g_test_add_func ("/staged/publication", test_publication);
  return g_test_run ();
}
