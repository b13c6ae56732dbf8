/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions against the real farthing-bookkeeper, each over a connection with the commands that
 * the template grants it and no other; time is the platform's test clock, moved by the test. */
#include <signal.h>
#include <string.h>

#include "../bookkeeper/keeper-process.h"
#include "base/far-money.h"
#include "function-harness.h"
#include "functions/far-publication.h"
#include "platform/far-template.h"
#include "provider-gateway.h"

#define ROPE "three-strands"
#define ROPE_MARKER "tarrowick"
#define CABBAGE "two-per-cent"
#define CABBAGE_MARKER "brinnoquash"

typedef enum { CONTENT, PLEDGE, REFUND, WALLET, CASHIER, DECISION, CREATIVE, EVENTS, ENTITLEMENT,
               EARNINGS,
               SETTLE, N_FUNCTIONS } Name;

static const struct {
  const char *name;
  const FarLambdaFunction *function;
} functions[N_FUNCTIONS] = {
  [CONTENT] = { "Content", &far_content_function },
  [PLEDGE] = { "Pledge", &far_pledge_function },
  [REFUND] = { "Refund", &far_refund_function },
  [WALLET] = { "Wallet", &far_wallet_function },
  [CASHIER] = { "Cashier", &far_cashier_function },
  [DECISION] = { "AdDecision", &far_ad_decision_function },
  [CREATIVE] = { "AdCreative", &far_ad_creative_function },
  [EVENTS] = { "AdEvents", &far_ad_events_function },
  [ENTITLEMENT] = { "Entitlement", &far_entitlement_function },
  [EARNINGS] = { "Earnings", &far_earnings_function },
  [SETTLE] = { "Settle", &far_settle_function },
};

typedef struct {
  char            *dir;
  char            *bearer; /* "Bearer …" */
  FarClock        *clock;  /* the bookkeeper's */
  Keeper          *keeper;
  ProviderGateway *gateway;
  Harness         *harness[N_FUNCTIONS];
} World;

static void
open_function (World       *world,
               FarTemplate *template,
               const char  *folder,
               Name         name)
{
  const FarTemplateFunction *granted =
    far_template_find_function (template, functions[name].name);
  const FarTemplateService *service = g_ptr_array_index (granted->services, 0);

  g_assert_cmpstr (service->name, ==, "bookkeeper");
  world->harness[name] =
    harness_new (functions[name].function, folder,
                 keeper_connect (world->keeper, granted->name,
                                 (const char *const *) service->commands));
}

static void
set_up (World         *world,
        gconstpointer  data)
{
  g_autofree char *folder = harness_demo ();
  g_autofree char *clock_path = NULL;
  g_autofree char *token_path = NULL;
  g_autofree char *token = NULL;
  g_autoptr (FarTemplate) template = far_template_load (g_getenv ("FARTHING_TEMPLATE"), NULL);
  g_autoptr (JsonNode) ready = NULL;

  g_assert_nonnull (template);
  world->dir = g_dir_make_tmp ("far-books-XXXXXX", NULL);
  clock_path = g_build_filename (world->dir, "test-clock", NULL);
  world->clock = far_clock_new_shared (clock_path, NULL);
  g_setenv (FAR_CLOCK_ENV, clock_path, TRUE);
  world->keeper = keeper_start (world->dir, NULL);
  ready = keeper_expect (world->keeper, "ready");
  g_assert_nonnull (ready);
  token_path = g_build_filename (world->dir, "publisher.token", NULL);
  g_assert_true (g_file_get_contents (token_path, &token, NULL, NULL));
  world->bearer = g_strconcat ("Bearer ", g_strchomp (token), NULL);
  world->gateway = provider_gateway_new ();
  for (Name name = 0; name < N_FUNCTIONS; name++)
    open_function (world, template, folder, name);
}

static void
tear_down (World         *world,
           gconstpointer  data)
{
  g_autofree char *cleanup = g_strdup_printf ("rm -r '%s'", world->dir);

  for (Name name = 0; name < N_FUNCTIONS; name++)
    harness_free (world->harness[name]);
  provider_gateway_free (world->gateway);
  keeper_end (world->keeper, SIGTERM);
  far_clock_unref (world->clock);
  g_unsetenv (FAR_CLOCK_ENV);
  g_assert_true (g_spawn_command_line_sync (cleanup, NULL, NULL, NULL, NULL));
  g_free (world->dir);
  g_free (world->bearer);
}

/* body may be NULL: GET. value: of the path parameter. */
static HarnessAnswer *
ask (World      *world,
     Name        name,
     guint8      reader,
     const char *parameter,
     const char *value,
     const char *body)
{
  HarnessRequest request = {
    .method = body != NULL ? "POST" : "GET",
    .path = name == CASHIER ? "/wallet/methods" : "/market", .parameter = parameter,
    .value = value, .body = body, .signer = reader,
  };

  if (name == EARNINGS)
    {
      request.header = "authorization";
      request.header_value = world->bearer;
    }
  return harness_call (world->harness[name], &request);
}

static HarnessAnswer *
pledge (World      *world,
        guint8      reader,
        const char *article,
        const char *price_micros,
        const char *key)
{
  g_autofree char *body =
    g_strdup_printf ("{\"article\":\"%s\",\"price_micros\":\"%s\",\"key\":\"%s\"}", article,
                     price_micros, key);

  return ask (world, PLEDGE, reader, NULL, NULL, body);
}

static void
assert_member (HarnessAnswer *answer,
               const char    *name,
               const char    *value)
{
  g_assert_nonnull (answer->json);
  g_assert_cmpstr (json_object_get_string_member_with_default (
                     json_node_get_object (answer->json), name, "(none)"), ==, value);
}

/* Whether this reader is sent that text of that article. */
static gboolean
reads (World      *world,
       guint8      reader,
       const char *article,
       const char *marker)
{
  g_autoptr (HarnessAnswer) answer = ask (world, CONTENT, reader, "id", article, NULL);
  g_autoptr (HarnessAnswer) entitlement =
    ask (world, ENTITLEMENT, reader, "article", article, NULL);
  gboolean entitled = FALSE;

  g_assert_cmpuint (answer->status, ==, 200);
  if (!far_json_get_bool (json_node_get_object (entitlement->json), "entitled", &entitled, NULL))
    g_error ("no entitlement: %s", entitlement->body);
  g_assert_cmpint (entitled, ==, strstr (answer->raw, marker) != NULL);
  return entitled;
}

static gint64
earned (World      *world,
        const char *member)
{
  g_autoptr (HarnessAnswer) answer = ask (world, EARNINGS, 0, NULL, NULL, NULL);
  gint64 micros;

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_true (far_json_get_micros (json_node_get_object (answer->json), member, &micros, NULL));
  return micros;
}

/* Everything that money has left a trace in, as text. */
static char *
snapshot (World  *world,
          guint8  reader)
{
  g_autoptr (HarnessAnswer) earnings = ask (world, EARNINGS, 0, NULL, NULL, NULL);
  g_autoptr (HarnessAnswer) wallet = ask (world, WALLET, reader, NULL, NULL, NULL);

  g_assert_cmpuint (wallet->status, ==, 200);
  json_object_remove_member (json_node_get_object (earnings->json), "as_of_us");
  {
    g_autofree char *text = json_to_string (earnings->json, FALSE);

    return g_strconcat (text, "\n", wallet->body, NULL);
  }
}

static void
test_pledge (World         *world,
             gconstpointer  data)
{
  g_autoptr (HarnessAnswer) first = NULL;
  g_autoptr (HarnessAnswer) same = NULL;
  g_autoptr (HarnessAnswer) twice = NULL;

  g_assert_false (reads (world, 1, ROPE, ROPE_MARKER));
  first = pledge (world, 1, ROPE, "50000", "key-1");
  g_assert_cmpuint (first->status, ==, 200);
  assert_member (first, "moved_micros", "50000");
  g_assert_cmpint (earned (world, "publisher_micros"), ==, 35000);
  g_assert_cmpint (earned (world, "fee_micros"), ==, 15000);
  g_assert_cmpint (earned (world, "estimated_micros"), ==, 35000);

  same = pledge (world, 1, ROPE, "50000", "key-1");
  g_assert_cmpstr (same->body, ==, first->body);
  twice = pledge (world, 1, ROPE, "50000", "key-2");
  assert_member (twice, "moved_micros", "0");
  g_assert_cmpint (earned (world, "publisher_micros"), ==, 35000);

  g_assert_true (reads (world, 1, ROPE, ROPE_MARKER));
  g_assert_false (reads (world, 2, ROPE, ROPE_MARKER));
  /* Entitled to one article, a reader asks for another. */
  g_assert_false (reads (world, 1, CABBAGE, CABBAGE_MARKER));
}

/* Each is refused for its own reason, and nothing has moved. */
static void
test_refused (World         *world,
              gconstpointer  data)
{
  const struct {
    Name name;
    guint8 reader;
    const char *body, *code;
    guint status;
  } cases[] = {
    { PLEDGE, 1, "{\"article\":\"" CABBAGE "\",\"price_micros\":\"40000\",\"key\":\"key-1\"}",
      "idempotency_mismatch", 422 },
    { PLEDGE, 1, "{\"article\":\"" CABBAGE "\",\"price_micros\":\"1\",\"key\":\"key-3\"}",
      "price_changed", 409 },
    { PLEDGE, 1, "{\"article\":\"nothing\",\"price_micros\":\"40000\",\"key\":\"key-3\"}",
      "unknown_article", 404 },
    { PLEDGE, 1, "{\"article\":\"" CABBAGE "\",\"price_micros\":\"40000\",\"key\":\"a key\"}",
      "bad_request", 400 },
    { PLEDGE, 0, "{\"article\":\"" CABBAGE "\",\"price_micros\":\"40000\",\"key\":\"key-3\"}",
      "signature_required", 401 },
    { REFUND, 2, "{\"article\":\"" ROPE "\",\"key\":\"key-4\"}", "not_entitled", 404 },
    { REFUND, 1, "{\"article\":\"" CABBAGE "\",\"key\":\"key-4\"}", "not_entitled", 404 },
    { DECISION, 1, "{\"article\":\"" ROPE "\",\"key\":\"key-5\"}", "already_entitled", 409 },
    { EVENTS, 1, "{\"view\":\"00000000000000000000000000000000\",\"event\":\"start\"}",
      "unknown_view", 404 },
    { EVENTS, 1, "{\"view\":\"x\",\"event\":\"start\"}", "bad_request", 400 },
    { EVENTS, 1, "{\"view\":\"00000000000000000000000000000000\",\"event\":\"done\"}",
      "bad_request", 400 },
  };
  g_autoptr (HarnessAnswer) first = pledge (world, 1, ROPE, "50000", "key-1");
  g_autofree char *before = NULL;

  g_assert_cmpuint (first->status, ==, 200);
  before = snapshot (world, 1);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HarnessAnswer) answer =
        ask (world, cases[i].name, cases[i].reader, NULL, NULL, cases[i].body);
      g_autofree char *after = snapshot (world, 1);

      if (answer->status != cases[i].status ||
          strcmp (harness_answer_code (answer), cases[i].code) != 0)
        g_error ("case %u: %u %s", i, answer->status, answer->body);
      g_assert_cmpuint (strlen (harness_answer_message (answer)), >, 10);
      g_assert_cmpstr (after, ==, before);
    }
}

static char *
decide (World      *world,
        guint8      reader,
        const char *article,
        char      **ret_price_micros)
{
  g_autofree char *body =
    g_strdup_printf ("{\"article\":\"%s\",\"key\":\"decide-%s\"}", article, article);
  g_autoptr (HarnessAnswer) answer = ask (world, DECISION, reader, NULL, NULL, body);
  JsonObject *object = json_node_get_object (answer->json);

  g_assert_cmpuint (answer->status, ==, 200);
  *ret_price_micros = g_strdup (json_object_get_string_member (object, "price_micros"));
  return g_strdup (json_object_get_string_member (object, "view"));
}

static HarnessAnswer *
report (World      *world,
        guint8      reader,
        const char *view,
        const char *event)
{
  g_autofree char *body = g_strdup_printf ("{\"view\":\"%s\",\"event\":\"%s\"}", view, event);

  return ask (world, EVENTS, reader, NULL, NULL, body);
}

static void
refuse_event (World      *world,
              guint8      reader,
              const char *view,
              const char *event,
              const char *code)
{
  g_autoptr (HarnessAnswer) answer = report (world, reader, view, event);

  g_assert_cmpuint (answer->status, >=, 400);
  g_assert_cmpstr (harness_answer_code (answer), ==, code);
}

static void
test_ad (World         *world,
         gconstpointer  data)
{
  static const char *const quarters[] = { "firstQuartile", "midpoint", "thirdQuartile" };
  g_autofree char *price = NULL;
  g_autofree char *view = decide (world, 3, CABBAGE, &price);
  g_autoptr (HarnessAnswer) started = NULL;
  g_autoptr (HarnessAnswer) stolen = NULL;
  g_autoptr (HarnessAnswer) fetched = NULL;
  g_autoptr (HarnessAnswer) done = NULL;
  g_autoptr (HarnessAnswer) refund = NULL;
  gint64 price_micros;

  /* Kitchen: the kettle bids 14,500, the tin 9,000, and the step is 10. */
  g_assert_cmpstr (price, ==, "9010");
  refuse_event (world, 3, view, "complete", "out_of_order");
  refuse_event (world, 4, view, "start", "unknown_view");
  stolen = ask (world, CREATIVE, 4, "view", view, NULL);
  g_assert_cmpuint (stolen->status, ==, 404);
  started = report (world, 3, view, "start");
  g_assert_cmpuint (started->status, ==, 200);
  refuse_event (world, 3, view, "firstQuartile", "too_soon");
  g_assert_cmpint (earned (world, "publisher_micros"), ==, 0);
  g_assert_false (reads (world, 3, CABBAGE, CABBAGE_MARKER));

  for (guint i = 0; i < G_N_ELEMENTS (quarters); i++)
    {
      g_autoptr (HarnessAnswer) answer = NULL;

      g_assert_true (far_clock_advance (world->clock, 725000, NULL));
      answer = report (world, 3, view, quarters[i]);
      g_assert_cmpuint (answer->status, ==, 200);
    }
  g_assert_true (far_clock_advance (world->clock, 725000, NULL));
  refuse_event (world, 3, view, "complete", "not_fetched");
  fetched = ask (world, CREATIVE, 3, "view", view, NULL);
  g_assert_cmpuint (fetched->status, ==, 200);
  done = report (world, 3, view, "complete");
  g_assert_cmpuint (done->status, ==, 200);

  g_assert_true (reads (world, 3, CABBAGE, CABBAGE_MARKER));
  g_assert_true (far_micros_parse (price, &price_micros, NULL));
  g_assert_cmpint (earned (world, "ad_micros"), ==, 6307); /* 70 % of 9,010 */
  g_assert_cmpint (earned (world, "ad_micros") + earned (world, "fee_micros"), ==, price_micros);
  g_assert_cmpint (earned (world, "final_micros"), ==, 6307);
  refund = ask (world, REFUND, 3, NULL, NULL, "{\"article\":\"" CABBAGE "\",\"key\":\"r\"}");
  g_assert_cmpstr (harness_answer_code (refund), ==, "not_refundable");
}

static void
test_refund (World         *world,
             gconstpointer  data)
{
  static const char body[] = "{\"article\":\"" ROPE "\",\"key\":\"r-1\"}";
  g_autoptr (HarnessAnswer) answer = NULL;
  g_autoptr (HarnessAnswer) again = NULL;
  g_autoptr (HarnessAnswer) late = NULL;

  harness_answer_free (pledge (world, 1, ROPE, "50000", "key-1"));
  harness_answer_free (pledge (world, 1, CABBAGE, "40000", "key-2"));
  answer = ask (world, REFUND, 1, NULL, NULL, body);
  assert_member (answer, "refunded_micros", "50000");
  again = ask (world, REFUND, 1, NULL, NULL, body);
  g_assert_cmpstr (again->body, ==, answer->body);
  g_assert_false (reads (world, 1, ROPE, ROPE_MARKER));
  g_assert_cmpint (earned (world, "publisher_micros"), ==, 28000);
  g_assert_true (far_clock_advance (world->clock, 25 * G_GINT64_CONSTANT (3600000000), NULL));
  late = ask (world, REFUND, 1, NULL, NULL, "{\"article\":\"" CABBAGE "\",\"key\":\"r-2\"}");
  g_assert_cmpstr (harness_answer_code (late), ==, "window_over");
  g_assert_true (reads (world, 1, CABBAGE, CABBAGE_MARKER));
}

static void
test_token (World         *world,
            gconstpointer  data)
{
  static const char *const wrong[] = { "Bearer sesame", "Bearer ", "" };
  g_autoptr (HarnessAnswer) right = NULL;

  harness_answer_free (pledge (world, 1, ROPE, "50000", "key-1"));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      HarnessRequest request = { .method = "GET", .path = "/earnings", .signer = 1,
                                 .header = "authorization", .header_value = wrong[i] };
      g_autoptr (HarnessAnswer) answer = harness_call (world->harness[EARNINGS], &request);

      g_assert_cmpuint (answer->status, ==, 401);
      g_assert_cmpstr (harness_answer_code (answer), ==, "unauthorized");
      g_assert_null (strstr (answer->raw, "35000"));
    }
  right = ask (world, EARNINGS, 0, NULL, NULL, NULL);
  assert_member (right, "publisher_micros", "35000");
}

/* The whole way of a tab: pledges, a method, the month's end, the charge, final money. */
static void
test_settlement (World         *world,
                 gconstpointer  data)
{
  g_autofree char *folder = harness_demo ();
  g_autoptr (FarPublication) publication = far_publication_load (folder, NULL);
  g_autoptr (HarnessAnswer) limit = NULL;
  g_autoptr (HarnessAnswer) method = NULL;
  g_autoptr (HarnessAnswer) wallet = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *result = NULL;
  gint64 total_micros = 0;

  harness_answer_free (pledge (world, 1, ROPE, "50000", "free-1"));
  harness_answer_free (pledge (world, 1, CABBAGE, "40000", "free-2"));
  limit = pledge (world, 1, "slow-bread", "50000", "free-3");
  g_assert_cmpuint (limit->status, ==, 402);
  g_assert_cmpstr (harness_answer_code (limit), ==, "payment_method_required");
  method = ask (world, CASHIER, 1, NULL, NULL, "{\"method\":\"pm_card_visa\",\"key\":\"m\"}");
  g_assert_cmpuint (method->status, ==, 200);
  for (guint i = 0; i < publication->articles->len; i++)
    {
      const FarArticle *article = g_ptr_array_index (publication->articles, i);
      gint64 micros =
        far_publication_price (publication, article, far_clock_now_us (world->clock)).micros;
      g_autofree char *price = far_micros_to_wire (micros);
      g_autofree char *key = g_strdup_printf ("k-%u", i);
      g_autoptr (HarnessAnswer) answer = pledge (world, 1, article->id, price, key);

      g_assert_cmpuint (answer->status, ==, 200);
      total_micros += micros;
    }
  g_assert_cmpint (earned (world, "final_micros"), ==, 0);
  g_assert_true (far_clock_advance (world->clock, 32 * G_GINT64_CONSTANT (86400000000), NULL));
  result = harness_event (world->harness[SETTLE], "{\"detail\":{}}", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (result, ==, "{\"succeeded\":1,\"failed\":0,\"unknown\":0,\"disputes\":0,"
                   "\"stuck\":0,"
                               "\"succeeded_micros\":\"790000\"}");
  g_assert_cmpint (total_micros, ==, 790000);
  wallet = ask (world, WALLET, 1, NULL, NULL, NULL);
  assert_member (wallet, "tab_micros", "0");
  g_assert_cmpint (earned (world, "final_micros"), ==, 553000); /* 70 % of 790,000 */
  g_assert_cmpint (earned (world, "estimated_micros"), ==, 0);
}

/* A bank takes a payment back and no webhook says so: the scheduled function asks, when it begins
 * and then each hour, and books it once. */
static void
test_dispute_is_asked_for (World         *world,
                           gconstpointer  data)
{
  static const char *const found[] = { "\"disputes\":1", "\"disputes\":0", "\"disputes\":1" };
  const gint64 minutes[] = { 60, 30, 30 };
  g_autoptr (HarnessAnswer) method = NULL;
  gint64 taken_micros = 0;

  method = ask (world, CASHIER, 1, NULL, NULL,
                "{\"method\":\"pm_card_createDispute\",\"key\":\"m\"}");
  g_assert_cmpuint (method->status, ==, 200);
  for (guint i = 0; i < 12; i++)
    {
      static const char *const articles[] = {
        ROPE, "slow-bread", "when-noon-was-local", "the-other-queue", "a-pan-of-marmalade",
        "twelve-twenty-five", "which-way-is-tight", "two-per-cent", "what-an-edge-is",
        "the-smallest-coin", "a-sheet-folded-in-half", CABBAGE,
      };
      static const char *const prices[] = { "50000", "60000", "40000", "30000" };

      for (guint j = 0; j < G_N_ELEMENTS (prices); j++)
        {
          g_autofree char *key = g_strdup_printf ("k-%u-%u", i, j);

          harness_answer_free (pledge (world, 1, articles[i], prices[j], key));
        }
    }
  g_assert_true (far_clock_advance (world->clock, 32 * G_GINT64_CONSTANT (86400000000), NULL));
  {
    g_autofree char *charged = harness_event (world->harness[SETTLE], "{\"detail\":{}}", NULL);

    g_assert_nonnull (strstr (charged, "\"succeeded\":1"));
  }
  for (guint i = 0; i < G_N_ELEMENTS (minutes); i++)
    {
      g_autofree char *result = NULL;

      g_assert_true (far_clock_advance (world->clock, minutes[i] * G_TIME_SPAN_MINUTE, NULL));
      g_assert_true (far_clock_advance (harness_clock (world->harness[SETTLE]),
                                        minutes[i] * G_TIME_SPAN_MINUTE, NULL));
      result = harness_event (world->harness[SETTLE], "{\"detail\":{}}", NULL);
      g_test_message ("%s", result);
      g_assert_nonnull (strstr (result, found[i]));
      if (i == 0)
        taken_micros = earned (world, "disputed_micros");
      g_assert_cmpint (taken_micros, >, 0);
      g_assert_cmpint (earned (world, "disputed_micros"), ==, taken_micros);
    }
}

/* The key is for test money, and the provider says so when it is asked. */
static void
test_provider_is_asked (World         *world,
                        gconstpointer  data)
{
  g_autofree char *good =
    harness_event (world->harness[SETTLE], "{\"check\":\"provider\"}", NULL);
  g_autofree char *bad = NULL;

  g_assert_cmpstr (good, ==, "{\"provider\":{\"ok\":true,\"message\":null,\"key\":\"test\","
                             "\"live\":false,\"public_url\":null}}");
  provider_gateway_break (world->gateway, 401);
  bad = harness_event (world->harness[SETTLE], "{\"check\":\"provider\"}", NULL);
  g_assert_nonnull (strstr (bad, "\"ok\":false"));
  provider_gateway_break (world->gateway, 0);
}

int
main (int    argc,
      char **argv)
{
  static const struct {
    const char *name;
    void (*test) (World *, gconstpointer);
  } tests[] = {
    { "/books/pledge", test_pledge },
    { "/books/refused", test_refused },
    { "/books/ad", test_ad },
    { "/books/refund", test_refund },
    { "/books/token", test_token },
    { "/books/settlement", test_settlement },
    { "/books/dispute-is-asked-for", test_dispute_is_asked_for },
    { "/books/provider-is-asked", test_provider_is_asked },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, World, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
