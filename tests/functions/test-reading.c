/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content, media, offer, entitlement: what a reader gets, and what only an entitled one gets. */
#include <glib/gstdio.h>
#include <string.h>

#include "function-harness.h"
#include "functions/far-publication.h"

#define ROPE "three-strands"
#define ROPE_MARKER "tarrowick"
#define NOT_ENTITLED "{\"ok\":true,\"entitled\":false}"
#define ENTITLED \
  "{\"ok\":true,\"entitled\":true,\"by\":\"pledge\",\"since_us\":5,\"refundable_until_us\":9}"

static const HarnessRequest read_rope = {
  .method = "GET", .path = "/articles/" ROPE, .parameter = "id", .value = ROPE,
};

static Harness *
new_harness (const FarLambdaFunction *function)
{
  g_autofree char *folder = harness_demo ();

  return harness_new (function, folder, -1);
}

static void
test_list (void)
{
  g_autoptr (Harness) harness = new_harness (&far_content_function);
  HarnessRequest request = { .method = "GET", .path = "/articles" };
  g_autoptr (HarnessAnswer) answer = harness_call (harness, &request);
  JsonObject *object = json_node_get_object (answer->json);
  JsonArray *articles = json_object_get_array_member (object, "articles");
  JsonObject *first = json_array_get_object_element (articles, 0);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpuint (json_array_get_length (articles), >=, 12);
  g_assert_cmpstr (json_object_get_string_member (first, "id"), ==, ROPE);
  g_assert_cmpstr (json_object_get_string_member (first, "price_micros"), ==, "50000");
  g_assert_cmpstr (json_object_get_string_member (first, "picture"), ==,
                   "/media/three-strands.png");
  g_assert_cmpstr (json_object_get_string_member (
                     json_object_get_object_member (object, "publication"), "currency"), ==, "USD");
  g_assert_cmpuint (harness_n_asked (harness), ==, 0);
}

static void
test_free_beginning (void)
{
  g_autoptr (Harness) harness = new_harness (&far_content_function);
  g_autoptr (HarnessAnswer) answer = harness_call (harness, &read_rope);
  JsonObject *object = json_node_get_object (answer->json);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (harness_answer_header (answer, "cache-control"), ==, "no-store");
  g_assert_false (json_object_get_boolean_member (object, "entitled"));
  g_assert_false (json_object_has_member (object, "body"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "free")), ==, 3);
  g_assert_nonnull (strstr (answer->body, "Comb out a handful of hemp"));
  g_assert_null (strstr (answer->raw, "rogue"));
  g_assert_cmpuint (harness_n_asked (harness), ==, 0);
}

static void
test_entitled (void)
{
  g_autoptr (Harness) harness = new_harness (&far_content_function);
  g_autofree char *reader = harness_reader (7);
  HarnessRequest request = read_rope;
  g_autoptr (HarnessAnswer) answer = NULL;
  JsonObject *object, *asked;

  request.signer = 7;
  harness_expect (harness, ENTITLED);
  answer = harness_call (harness, &request);
  object = json_node_get_object (answer->json);
  g_assert_true (json_object_get_boolean_member (object, "entitled"));
  g_assert_cmpstr (json_object_get_string_member (object, "by"), ==, "pledge");
  g_assert_nonnull (strstr (answer->body, ROPE_MARKER));
  asked = harness_asked (harness, 0);
  g_assert_cmpstr (json_object_get_string_member (asked, "command"), ==, "entitlement");
  g_assert_cmpstr (json_object_get_string_member (asked, "reader"), ==, reader);
  g_assert_cmpstr (json_object_get_string_member (asked, "property"), ==, "ropewalk");
  g_assert_cmpstr (json_object_get_string_member (asked, "article"), ==, ROPE);
}

/* The books cannot be asked: the beginning all the same, the rest not. */
static void
test_books_away (void)
{
  g_autoptr (Harness) harness = new_harness (&far_content_function);
  HarnessRequest request = read_rope;
  g_autoptr (HarnessAnswer) answer = NULL;
  g_autofree char *logs = NULL;
  JsonObject *object;

  request.signer = 7;
  harness_expect (harness, NULL);
  answer = harness_call (harness, &request);
  object = json_node_get_object (answer->json);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_false (json_object_get_boolean_member (object, "entitled"));
  g_assert_true (json_object_has_member (object, "entitlement_error"));
  g_assert_null (strstr (answer->raw, ROPE_MARKER));
  logs = harness_logs (harness);
  g_assert_nonnull (strstr (logs, "bookkeeper"));
}

static void
test_signatures (void)
{
  static const struct {
    HarnessRequest request;
    guint status;
    const char *code;
  } cases[] = {
    { { .signer = 7, .signed_ago_us = 301 * G_USEC_PER_SEC }, 401, "signature_expired" },
    { { .signer = 7, .signed_ago_us = -301 * G_USEC_PER_SEC }, 401, "signature_expired" },
  };
  const FarLambdaFunction *functions[] = { &far_content_function, &far_entitlement_function,
                                           &far_offer_function };

  for (guint f = 0; f < G_N_ELEMENTS (functions); f++)
    {
      g_autoptr (Harness) harness = new_harness (functions[f]);

      for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          HarnessRequest request = cases[i].request;
          g_autoptr (HarnessAnswer) answer = NULL;

          request.method = "GET";
          request.path = "/articles/" ROPE;
          request.parameter = f == 0 ? "id" : "article";
          request.value = ROPE;
          answer = harness_call (harness, &request);
          g_assert_cmpuint (answer->status, ==, cases[i].status);
          g_assert_cmpstr (harness_answer_code (answer), ==, cases[i].code);
          g_assert_cmpuint (strlen (harness_answer_message (answer)), >, 10);
        }
      g_assert_cmpuint (harness_n_asked (harness), ==, 0);
    }
}

/* A signature for one article is none for another, nor is one for a reader's own wallet. */
static void
test_signature_of_another_path (void)
{
  static const char *const paths[] = { "/articles/two-per-cent", "/wallet", "/articles/" ROPE "/" };
  g_autoptr (Harness) harness = new_harness (&far_content_function);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      HarnessRequest request = read_rope;
      g_autoptr (HarnessAnswer) answer = NULL;

      request.signer = 7;
      request.signed_path = paths[i];
      answer = harness_call (harness, &request);
      g_assert_cmpuint (answer->status, ==, 401);
      g_assert_cmpstr (harness_answer_code (answer), ==, "signature_invalid");
    }
  g_assert_cmpuint (harness_n_asked (harness), ==, 0);
}

static void
test_unknown (void)
{
  const struct {
    const FarLambdaFunction *function;
    const char *parameter, *value, *code;
  } cases[] = {
    { &far_content_function, "id", "no-such-article", "unknown_article" },
    { &far_content_function, "id", "../publication", "unknown_article" },
    { &far_content_function, "id", "", "unknown_article" },
    { &far_offer_function, "article", "no-such-article", "unknown_article" },
    { &far_entitlement_function, "article", "no-such-article", "unknown_article" },
    { &far_media_function, "file", "no-such.png", "unknown_picture" },
    { &far_media_function, "file", "../publication.yaml", "unknown_picture" },
    { &far_media_function, "file", "brackwater-tin.png", "unknown_picture" },
    { &far_media_function, "file", "pennywhistle-downhill.webm", "unknown_picture" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Harness) harness = new_harness (cases[i].function);
      HarnessRequest request = { .method = "GET", .path = "/x", .parameter = cases[i].parameter,
                                 .value = cases[i].value, .signer = 7 };
      g_autoptr (HarnessAnswer) answer = harness_call (harness, &request);

      g_assert_cmpuint (answer->status, ==, 404);
      g_assert_cmpstr (harness_answer_code (answer), ==, cases[i].code);
      g_assert_cmpuint (harness_n_asked (harness), ==, 0);
    }
}

static void
test_picture (void)
{
  g_autoptr (Harness) harness = new_harness (&far_media_function);
  g_autofree char *demo = harness_demo ();
  g_autofree char *path = g_build_filename (demo, "media", "three-strands.png", NULL);
  HarnessRequest request = { .method = "GET", .path = "/media/three-strands.png",
                             .parameter = "file", .value = "three-strands.png" };
  g_autoptr (HarnessAnswer) answer = harness_call (harness, &request);
  g_autofree char *file = NULL;
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &file, &n_bytes, NULL));
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (harness_answer_header (answer, "content-type"), ==, "image/png");
  g_assert_cmpmem (answer->body, answer->n_body, file, n_bytes);
}

static void
test_offer (void)
{
  g_autoptr (Harness) harness = new_harness (&far_offer_function);
  HarnessRequest request = { .method = "GET", .path = "/offers/" ROPE, .parameter = "article",
                             .value = ROPE };
  g_autoptr (HarnessAnswer) answer = harness_call (harness, &request);
  JsonObject *offer = json_node_get_object (answer->json);

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (json_object_get_string_member (offer, "price_micros"), ==, "50000");
  g_assert_true (json_object_get_boolean_member (offer, "pledge"));
  g_assert_true (json_object_get_boolean_member (offer, "ad"));
  g_assert_cmpint (json_object_get_int_member (offer, "ad_duration_ms"), ==, 3000);
  g_assert_false (json_object_get_boolean_member (offer, "method_required"));
  g_clear_pointer (&answer, harness_answer_free);

  request.signer = 3;
  harness_expect (harness, NOT_ENTITLED);
  harness_expect (harness, "{\"ok\":true,\"currency\":\"USD\",\"tab_micros\":\"90000\","
                           "\"wallet_micros\":\"0\",\"pledges\":2,\"free_type\":\"count\","
                           "\"free_limit\":\"2\",\"method\":false,\"method_required\":true,"
                           "\"cap_micros\":\"1000000\",\"history\":[]}");
  answer = harness_call (harness, &request);
  offer = json_node_get_object (answer->json);
  g_assert_true (json_object_get_boolean_member (offer, "method_required"));
  g_assert_cmpstr (json_object_get_string_member (offer, "tab_micros"), ==, "90000");
  g_assert_false (json_object_has_member (offer, "history"));
}

/* A property that the books do not know yet is registered, and the question asked again. */
static void
test_registers (void)
{
  g_autoptr (Harness) harness = new_harness (&far_offer_function);
  HarnessRequest request = { .method = "GET", .path = "/offers/" ROPE, .parameter = "article",
                             .value = ROPE, .signer = 3 };
  g_autoptr (HarnessAnswer) answer = NULL;
  JsonObject *asked, *terms;

  harness_expect (harness, NOT_ENTITLED);
  harness_expect (harness, "{\"error\":{\"code\":\"unknown_property\",\"message\":\"who?\"}}");
  harness_expect (harness, "{\"ok\":true,\"created\":true,\"changed\":false}");
  harness_expect (harness, "{\"ok\":true,\"tab_micros\":\"0\",\"method_required\":false}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 200);
  asked = harness_asked (harness, 2);
  g_assert_cmpstr (json_object_get_string_member (asked, "command"), ==, "property.ensure");
  terms = json_object_get_object_member (asked, "terms");
  g_assert_cmpint (json_object_get_int_member (terms, "fee_bps"), ==, 3000);
  g_assert_cmpstr (json_object_get_string_member (terms, "free_limit"), ==, "2");
  g_assert_cmpstr (json_object_get_string_member (harness_asked (harness, 3), "command"), ==,
                   "wallet");
}

/* Over everything that leaves these functions before the entitlement, logs included. */
static void
test_no_marker_leaves (void)
{
  const struct {
    const FarLambdaFunction *function;
    const char *parameter;
  } functions[] = {
    { &far_content_function, NULL },
    { &far_content_function, "id" },
    { &far_offer_function, "article" },
    { &far_entitlement_function, "article" },
  };
  g_autofree char *folder = harness_demo ();
  g_autoptr (FarPublication) publication = far_publication_load (folder, NULL);
  guint n_checked = 0;

  for (guint f = 0; f < G_N_ELEMENTS (functions); f++)
    {
      g_autoptr (Harness) harness = new_harness (functions[f].function);
      g_autofree char *logs = NULL;
      g_autoptr (GString) bytes = g_string_new (NULL);

      for (guint i = 0; i < publication->articles->len; i++)
        {
          const FarArticle *article = g_ptr_array_index (publication->articles, i);
          g_autofree char *path = g_strconcat ("/x/", article->id, NULL);
          HarnessRequest request = { .method = "GET", .path = path,
                                     .parameter = functions[f].parameter, .value = article->id };

          for (request.signer = 0; request.signer < 2; request.signer++)
            {
              g_autoptr (HarnessAnswer) answer = NULL;

              if (request.signer == 1 && functions[f].parameter != NULL)
                harness_expect (harness, NOT_ENTITLED);
              if (request.signer == 1 && functions[f].function == &far_offer_function)
                harness_expect (harness, "{\"ok\":true,\"method_required\":false}");
              answer = harness_call (harness, &request);
              g_string_append (bytes, answer->raw);
              g_string_append (bytes, answer->body);
            }
        }
      logs = harness_logs (harness);
      g_string_append (bytes, logs);
      g_assert_cmpuint (bytes->len, >, 1000);
      for (guint i = 0; i < publication->articles->len; i++)
        {
          const FarArticle *article = g_ptr_array_index (publication->articles, i);
          const FarBlock *last = g_ptr_array_index (article->blocks, article->blocks->len - 1);
          g_auto (GStrv) words = g_strsplit_set (last->text.text, " .", -1);

          g_assert_cmpstr (words[1], ==, "yarn:");
          g_assert_null (strstr (bytes->str, words[2]));
          n_checked++;
        }
    }
  g_assert_cmpuint (n_checked, >=, 48);
}

/* Reads the article until the logs say that it cannot be read any more (a function looks at the
 * folder some times a second only). Returns: (transfer full): the logs */
static char *
read_until_complained (Harness *harness)
{
  gint64 deadline_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  for (;;)
    {
      g_autoptr (HarnessAnswer) answer = harness_call (harness, &read_rope);
      g_autofree char *logs = harness_logs (harness);

      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_nonnull (strstr (answer->body, "\"price_micros\":\"70000\""));
      if (strstr (logs, "articles/" ROPE ".md:1: the front matter does not end") != NULL)
        return g_steal_pointer (&logs);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
    }
}

/* A running function sees an edited article, and keeps the last whole one when it is broken. */
static void
test_edit (void)
{
  g_autofree char *demo = harness_demo ();
  g_autofree char *copy = g_dir_make_tmp ("far-edit-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("cp -r '%s/articles' '%s/campaigns' '%s/media' "
                                              "'%s/publication.yaml' '%s'",
                                              demo, demo, demo, demo, copy);
  g_autofree char *path = g_build_filename (copy, "articles", ROPE ".md", NULL);
  g_autofree char *text = NULL;
  g_autofree char *changed = NULL;
  g_autofree char *logs = NULL;
  g_autofree char *cleanup = g_strdup_printf ("rm -r '%s'", copy);
  g_auto (GStrv) parts = NULL;
  g_autoptr (HarnessAnswer) answer = NULL;
  Harness *harness;
  gint64 looked_us;

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  harness = harness_new (&far_content_function, copy, -1);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  parts = g_strsplit (text, "price: 0.05", 2);
  changed = g_strjoinv ("price: 0.07", parts);
  g_assert_true (g_file_set_contents (path, changed, -1, NULL));
  answer = harness_call (harness, &read_rope);
  g_assert_nonnull (strstr (answer->body, "\"price_micros\":\"70000\""));
  g_clear_pointer (&answer, harness_answer_free);

  g_assert_true (g_file_set_contents (path, "---\ntitle: half an article", -1, NULL));
  g_free (read_until_complained (harness));
  looked_us = g_get_monotonic_time ();
  while (g_get_monotonic_time () - looked_us < 200 * G_TIME_SPAN_MILLISECOND)
    {
      g_free (logs);
      logs = read_until_complained (harness);
    }
  parts[0][0] = '\0';
  g_assert_true (strstr (logs, "does not end") == g_strrstr (logs, "does not end"));
  harness_free (harness);
  g_assert_true (g_spawn_command_line_sync (cleanup, NULL, NULL, NULL, NULL));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reading/list", test_list);
  g_test_add_func ("/reading/free-beginning", test_free_beginning);
  g_test_add_func ("/reading/entitled", test_entitled);
  g_test_add_func ("/reading/books-away", test_books_away);
  g_test_add_func ("/reading/signatures", test_signatures);
  g_test_add_func ("/reading/signature-of-another-path", test_signature_of_another_path);
  g_test_add_func ("/reading/unknown", test_unknown);
  g_test_add_func ("/reading/picture", test_picture);
  g_test_add_func ("/reading/offer", test_offer);
  g_test_add_func ("/reading/registers", test_registers);
  g_test_add_func ("/reading/no-marker-leaves", test_no_marker_leaves);
  g_test_add_func ("/reading/edit", test_edit);
  return g_test_run ();
}
