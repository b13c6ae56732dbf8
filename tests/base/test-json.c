/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict JSON: what must be accepted, what must be refused and why, bounds, members, and a writer
 * whose every output the reader takes. */
#include "base/far-json.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/far-money.h"
#include "base/far-random.h"

#define SIZE_MAX_TEST (1024 * 1024)

/* Name, JSON, and how the tree looks when printed again (NULL: the same). */
static const struct {
  const char *json;
  const char *printed;
} accepted[] = {
  { "null", NULL }, { "true", NULL }, { "false", NULL }, { "0", NULL }, { "-1", NULL },
  { " \t\r\n1 \t\r\n", "1" }, { "-0", "0" }, { "9223372036854775807", NULL },
  { "-9223372036854775808", NULL }, { "1.5", NULL }, { "0.1", NULL }, { "1E5", "100000" },
  { "1e+2", "100" }, { "123e-2", "1.23" }, { "-0.0", NULL }, { "1e22", "1e+22" },
  { "-0.000000000000000000000000000000000000000000000000000000000000000000000000000001", "-1e-78" },
  { "\"\"", NULL }, { "\"a\"", NULL }, { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                         "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\"" },
  { "\"\\u0041\\u00e9\\u20ac\"", "\"Aé€\"" }, { "\"\\ud834\\udd1e\"", "\"𝄞\"" },
  { "\"\\uD834\\uDD1E\"", "\"𝄞\"" }, { "\"\x7f\"", NULL }, { "\"\xe2\x80\xa8\"", NULL },
  { "\"\\u0001\"", NULL }, { "\"\xf4\x8f\xbf\xbf\"", NULL },
  { "[]", NULL }, { "[ ]", "[]" }, { "{}", NULL }, { "{ }", "{}" }, { "[1, [2, {\"a\": []}]]",
                                                                     "[1,[2,{\"a\":[]}]]" },
  { "{\"\":0}", NULL }, { "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}", NULL },
  { "{\"\\u0061\":1,\"b\":2}", "{\"a\":1,\"b\":2}" }, { "[null,true,false,\"x\",1,1.5]", NULL },
};

static const struct {
  const char *json;
  FarJsonError code;
} refused[] = {
  { "", FAR_JSON_ERROR_SYNTAX }, { " ", FAR_JSON_ERROR_SYNTAX },
  { "{", FAR_JSON_ERROR_SYNTAX }, { "}", FAR_JSON_ERROR_SYNTAX }, { "[", FAR_JSON_ERROR_SYNTAX },
  { "]", FAR_JSON_ERROR_SYNTAX }, { "[1", FAR_JSON_ERROR_SYNTAX }, { "[1,", FAR_JSON_ERROR_SYNTAX },
  { "[1,]", FAR_JSON_ERROR_SYNTAX }, { "[,1]", FAR_JSON_ERROR_SYNTAX },
  { "[1,,2]", FAR_JSON_ERROR_SYNTAX }, { "[1 2]", FAR_JSON_ERROR_SYNTAX },
  { "[1}", FAR_JSON_ERROR_SYNTAX }, { "{\"a\"}", FAR_JSON_ERROR_SYNTAX },
  { "{\"a\":}", FAR_JSON_ERROR_SYNTAX }, { "{\"a\":1,}", FAR_JSON_ERROR_SYNTAX },
  { "{\"a\" 1}", FAR_JSON_ERROR_SYNTAX }, { "{\"a\":1 \"b\":2}", FAR_JSON_ERROR_SYNTAX },
  { "{a:1}", FAR_JSON_ERROR_SYNTAX }, { "{'a':1}", FAR_JSON_ERROR_SYNTAX },
  { "{1:1}", FAR_JSON_ERROR_SYNTAX }, { "{,}", FAR_JSON_ERROR_SYNTAX },
  { "'a'", FAR_JSON_ERROR_SYNTAX }, { "\"a", FAR_JSON_ERROR_SYNTAX },
  { "\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\\", FAR_JSON_ERROR_SYNTAX }, { "\"\\x\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\\u12\"", FAR_JSON_ERROR_SYNTAX }, { "\"\\u12g4\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\\U0041\"", FAR_JSON_ERROR_SYNTAX }, { "\"a\nb\"", FAR_JSON_ERROR_SYNTAX },
  { "\"a\tb\"", FAR_JSON_ERROR_SYNTAX }, { "\"\\u0000\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\\ud834\"", FAR_JSON_ERROR_SYNTAX }, { "\"\\ud834x\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\\ud834\\u0041\"", FAR_JSON_ERROR_SYNTAX }, { "\"\\udd1e\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\\udd1e\\ud834\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\xff\"", FAR_JSON_ERROR_SYNTAX }, { "\"\xc3\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\xc0\xaf\"", FAR_JSON_ERROR_SYNTAX }, { "\"\xed\xa0\x80\"", FAR_JSON_ERROR_SYNTAX },
  { "\"\xf4\x90\x80\x80\"", FAR_JSON_ERROR_SYNTAX }, { "\"\xe2\x82", FAR_JSON_ERROR_SYNTAX },
  { "01", FAR_JSON_ERROR_SYNTAX }, { "-01", FAR_JSON_ERROR_SYNTAX },
  { "00", FAR_JSON_ERROR_SYNTAX },
  { "+1", FAR_JSON_ERROR_SYNTAX }, { "-", FAR_JSON_ERROR_SYNTAX }, { ".5", FAR_JSON_ERROR_SYNTAX },
  { "5.", FAR_JSON_ERROR_SYNTAX }, { "5.e1", FAR_JSON_ERROR_SYNTAX },
  { "1e", FAR_JSON_ERROR_SYNTAX },
  { "1e+", FAR_JSON_ERROR_SYNTAX }, { "1e-+1", FAR_JSON_ERROR_SYNTAX },
  { "0x10", FAR_JSON_ERROR_SYNTAX }, { "1_000", FAR_JSON_ERROR_SYNTAX },
  { "NaN", FAR_JSON_ERROR_SYNTAX }, { "Infinity", FAR_JSON_ERROR_SYNTAX },
  { "-Infinity", FAR_JSON_ERROR_SYNTAX }, { "1 2", FAR_JSON_ERROR_SYNTAX },
  { "True", FAR_JSON_ERROR_SYNTAX }, { "tru", FAR_JSON_ERROR_SYNTAX },
  { "truee", FAR_JSON_ERROR_SYNTAX }, { "nul", FAR_JSON_ERROR_SYNTAX },
  { "undefined", FAR_JSON_ERROR_SYNTAX }, { "/**/1", FAR_JSON_ERROR_SYNTAX },
  { "1//", FAR_JSON_ERROR_SYNTAX }, { "#\n1", FAR_JSON_ERROR_SYNTAX },
  { "\xef\xbb\xbf{}", FAR_JSON_ERROR_SYNTAX }, { "\xc2\xa0" "1", FAR_JSON_ERROR_SYNTAX },
  { "\f1", FAR_JSON_ERROR_SYNTAX }, { "{}{}", FAR_JSON_ERROR_SYNTAX },
  { "9223372036854775808", FAR_JSON_ERROR_RANGE }, { "-9223372036854775809", FAR_JSON_ERROR_RANGE },
  { "18446744073709551617", FAR_JSON_ERROR_RANGE }, { "1e400", FAR_JSON_ERROR_RANGE },
  { "-1e400", FAR_JSON_ERROR_RANGE },
  { "{\"a\":1,\"a\":2}", FAR_JSON_ERROR_DUPLICATE },
  { "{\"a\":1,\"b\":{\"c\":1},\"a\":1}", FAR_JSON_ERROR_DUPLICATE },
  { "{\"a\":1,\"\\u0061\":2}", FAR_JSON_ERROR_DUPLICATE },
  { "[{\"x\":{\"é\":1,\"\\u00e9\":2}}]", FAR_JSON_ERROR_DUPLICATE },
};

static char *
print_node (JsonNode *node)
{
  FarJsonWriter writer;

  far_json_writer_init (&writer);
  far_json_add_node (&writer, NULL, node);
  return far_json_writer_steal (&writer, NULL);
}

static void
test_accepted (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (accepted); i++)
    {
      const char *json = accepted[i].json;
      /* A copy of just these bytes: a sanitizer sees a read beyond them. */
      g_autofree char *exact = g_memdup2 (json, strlen (json));
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = far_json_parse (exact, strlen (json), SIZE_MAX_TEST, &error);
      g_autofree char *printed = NULL;

      g_assert_no_error (error);
      g_assert_true (far_json_check (exact, strlen (json), SIZE_MAX_TEST, NULL));
      printed = print_node (node);
      g_assert_cmpstr (printed, ==, accepted[i].printed != NULL ? accepted[i].printed : json);
    }
}

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      const char *json = refused[i].json;
      g_autofree char *exact = g_memdup2 (json, strlen (json));
      g_autoptr (GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_null (far_json_parse (exact, strlen (json), SIZE_MAX_TEST, &error));
      g_assert_error (error, FAR_JSON_ERROR, (int) refused[i].code);
      g_assert_false (far_json_check (exact, strlen (json), SIZE_MAX_TEST, NULL));
    }
}

/* Of what the strict reader refuses, the grammar has its bounds, names twice, lone surrogates and
 * U+0000. */
static void
test_grammar (void)
{
  g_autofree char *deep = g_strnfill (200000, '[');
  g_autofree char *pairs = g_strconcat (deep, deep, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (accepted); i++)
    {
      gsize n_bytes = strlen (accepted[i].json);
      g_autofree char *exact = g_memdup2 (accepted[i].json, n_bytes);

      g_assert_true (far_json_check_grammar (exact, n_bytes, NULL));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      const char *json = refused[i].json;
      g_autofree char *exact = g_memdup2 (json, strlen (json));
      gboolean good = refused[i].code != FAR_JSON_ERROR_SYNTAX || strstr (json, "\\u0000") ||
                      strstr (json, "\\ud");
      g_autoptr (GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (far_json_check_grammar (exact, strlen (json), &error), ==, good);
      if (!good)
        g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SYNTAX);
    }
  memset (pairs + 200000, ']', 200000);
  g_assert_true (far_json_check_grammar (pairs, 400000, NULL));
  g_assert_false (far_json_check_grammar (pairs, 399999, NULL));
  pairs[200000] = '}';
  g_assert_false (far_json_check_grammar (pairs, 400000, NULL));
  g_assert_false (far_json_check_grammar ("\"a\0b\"", 5, NULL));
}

/* NUL bytes anywhere, which a C string in the tables above cannot hold. */
static void
test_nul_bytes (void)
{
  static const char *const json[] = { "\0", "1\0", "\"a\0b\"", "[\0]", "\0001" };
  static const gsize lengths[] = { 1, 2, 5, 3, 2 };

  for (gsize i = 0; i < G_N_ELEMENTS (json); i++)
    g_assert_false (far_json_check (json[i], lengths[i], SIZE_MAX_TEST, NULL));
}

static char *
nested (guint depth)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (text, i % 2 == 0 ? "[" : "{\"a\":");
  g_string_append (text, "1");
  for (guint i = depth; i > 0; i--)
    g_string_append (text, i % 2 == 1 ? "]" : "}");
  return g_string_free (text, FALSE);
}

static void
test_bounds (void)
{
  g_autofree char *deepest = nested (FAR_JSON_DEPTH_MAX);
  g_autofree char *too_deep = nested (FAR_JSON_DEPTH_MAX + 1);
  g_autofree char *brackets = g_strnfill (100000, '[');
  g_autofree char *digits = g_strnfill (129, '1');
  g_autoptr (GError) error = NULL;

  g_assert_true (far_json_check (deepest, strlen (deepest), SIZE_MAX_TEST, NULL));
  g_assert_false (far_json_check (too_deep, strlen (too_deep), SIZE_MAX_TEST, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_DEPTH);
  g_clear_error (&error);
  g_assert_false (far_json_check (brackets, 100000, SIZE_MAX_TEST, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_DEPTH);
  g_clear_error (&error);
  g_assert_false (far_json_check (digits, 129, SIZE_MAX_TEST, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_RANGE);
  g_clear_error (&error);
  g_assert_true (far_json_check ("1234", 4, 4, NULL));
  g_assert_false (far_json_check ("12345", 5, 4, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SIZE);
}

/* Objects beyond the inline and pairwise bounds, with and without a duplicate at every place. */
static void
test_many_members (void)
{
  for (guint n = 1; n <= 80; n++)
    for (guint duplicate = 0; duplicate <= n; duplicate += 1 + n / 10)
      {
        g_autoptr (GString) text = g_string_new ("{");
        g_autoptr (GError) error = NULL;
        g_autoptr (JsonNode) node = NULL;

        for (guint i = 0; i < n; i++)
          g_string_append_printf (text, "\"%s%u\":%u,", i % 3 == 0 ? "\\u006b" : "k", i, i);
        g_string_append_printf (text, "\"k%u\":0}", duplicate);
        node = far_json_parse (text->str, text->len, SIZE_MAX_TEST, &error);
        if (duplicate < n)
          g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_DUPLICATE);
        else
          g_assert_cmpuint (json_object_get_size (json_node_get_object (node)), ==, n + 1);
      }
}

static void
test_members_max (void)
{
  g_autoptr (GString) text = g_string_new ("{\"k\":0");
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i < 4096; i++)
    g_string_append_printf (text, ",\"k%u\":0", i);
  g_string_append_c (text, '}');
  g_assert_true (far_json_check (text->str, text->len, SIZE_MAX_TEST, NULL));
  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\"one too many\":0}");
  g_assert_false (far_json_check (text->str, text->len, SIZE_MAX_TEST, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SIZE);
}

/* Errors say where. */
static void
test_place (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (far_json_check ("{\"a\": 01}", 9, SIZE_MAX_TEST, &error));
  g_assert_cmpstr (error->message, ==, "JSON, byte 7: a number must not begin with 0");
}

static void
test_members (void)
{
  static const char json[] =
    "{\"s\":\"text\",\"i\":5,\"b\":true,\"m\":\"50000\",\"o\":{},\"a\":[1,2],\"n\":null,"
    "\"d\":1.5,\"neg\":\"-1\",\"big\":\"9000000000000001\",\"bad\":\"5.0\","
    "\"huge\":\"9223372036854775808\"}";
  g_autoptr (JsonNode) root = far_json_parse_object (json, strlen (json), SIZE_MAX_TEST, NULL);
  JsonObject *object = json_node_get_object (root);
  const char *string = "untouched";
  gint64 integer = 42;
  gboolean flag = FALSE;
  JsonObject *inner = NULL;
  JsonArray *array = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (far_json_get_int (object, "i", 5, 5, &integer, NULL));
  g_assert_cmpint (integer, ==, 5);
  g_assert_true (far_json_get_micros (object, "m", &integer, NULL));
  g_assert_cmpint (integer, ==, 50000);
  g_assert_true (far_json_get_bool (object, "b", &flag, NULL) && flag);
  g_assert_true (far_json_get_object (object, "o", &inner, NULL) && inner != NULL);
  g_assert_true (far_json_get_array (object, "a", 2, &array, NULL) && array != NULL);
  g_assert_true (far_json_has (object, "s"));
  g_assert_false (far_json_has (object, "n"));
  g_assert_false (far_json_has (object, "gone"));

  g_assert_false (far_json_get_string (object, "s", 3, &string, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_false (far_json_get_string (object, "gone", 99, &string, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, "\"gone\""));
  g_clear_error (&error);
  g_assert_false (far_json_get_string (object, "n", 99, &string, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE);
  g_clear_error (&error);
  g_assert_cmpstr (string, ==, "untouched");
  g_assert_true (far_json_get_string (object, "s", 4, &string, NULL));
  g_assert_cmpstr (string, ==, "text");

  integer = 42;
  g_assert_false (far_json_get_int (object, "i", 6, 9, &integer, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_RANGE);
  g_clear_error (&error);
  g_assert_false (far_json_get_int (object, "d", 0, 9, &integer, NULL));
  g_assert_false (far_json_get_int (object, "m", 0, 99999, &integer, NULL));
  g_assert_false (far_json_get_int (object, "b", 0, 9, &integer, NULL));
  g_assert_false (far_json_get_micros (object, "i", &integer, NULL));
  g_assert_false (far_json_get_micros (object, "neg", &integer, NULL));
  /* Too much is another mistake than no amount. */
  g_assert_false (far_json_get_micros (object, "big", &integer, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_RANGE);
  g_clear_error (&error);
  g_assert_false (far_json_get_micros (object, "huge", &integer, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_RANGE);
  g_clear_error (&error);
  g_assert_false (far_json_get_micros (object, "bad", &integer, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE);
  g_clear_error (&error);
  g_assert_cmpint (integer, ==, 42);
  g_assert_false (far_json_get_bool (object, "i", &flag, NULL));
  g_assert_false (far_json_get_object (object, "a", &inner, NULL));
  g_assert_false (far_json_get_array (object, "o", 2, &array, NULL));
  g_assert_false (far_json_get_array (object, "a", 1, &array, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_null (far_json_parse_object ("[1]", 3, SIZE_MAX_TEST, &error));
  g_assert_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE);
}

static void
test_writer (void)
{
  FarJsonWriter writer;
  g_autofree char *text = NULL;
  gsize length = 0;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "s\"", "a\"\\\n\x01é");
  far_json_add_string (&writer, "none", NULL);
  far_json_add_string_len (&writer, "bad", "a\xff\0b", 4);
  far_json_add_int (&writer, "min", G_MININT64);
  far_json_add_micros (&writer, "m", 50000);
  far_json_add_time (&writer, "t", 0);
  far_json_add_bool (&writer, "yes", TRUE);
  far_json_begin_array (&writer, "a");
  far_json_begin_object (&writer, NULL);
  far_json_end_object (&writer);
  far_json_begin_array (&writer, NULL);
  far_json_end_array (&writer);
  far_json_add_null (&writer, NULL);
  far_json_add_raw (&writer, NULL, "[1]", -1);
  far_json_end_array (&writer);
  far_json_add_bool (&writer, "no", FALSE);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &length);

  g_assert_cmpstr (text, ==,
                   "{\"s\\\"\":\"a\\\"\\\\\\n\\u0001é\",\"none\":null,\"bad\":\"a\xef\xbf\xbd"
                   "\xef\xbf\xbd" "b\",\"min\":-9223372036854775808,\"m\":\"50000\","
                   "\"t\":\"1970-01-01T00:00:00.000000Z\",\"yes\":true,"
                   "\"a\":[{},[],null,[1]],\"no\":false}");
  g_assert_cmpuint (length, ==, strlen (text));
  g_assert_true (far_json_check (text, length, SIZE_MAX_TEST, NULL));
  far_json_writer_clear (&writer);
}

static void
assert_double (double      value,
               const char *expected)
{
  g_auto (FarJsonWriter) writer = { NULL, };

  far_json_writer_init (&writer);
  far_json_add_double (&writer, NULL, value);
  if (expected != NULL)
    g_assert_cmpstr (writer.text->str, ==, expected);
  g_assert_true (far_json_check (writer.text->str, writer.text->len, SIZE_MAX_TEST, NULL));
  if (isfinite (value))
    g_assert_true (g_ascii_strtod (writer.text->str, NULL) == value);
}

static void
test_doubles (void)
{
  FarRng rng;

  assert_double (0.1, "0.1");
  assert_double (0, "0");
  assert_double (-0.0, "-0.0");
  assert_double (1e21, "1e+21");
  assert_double (5e-324, NULL);
  assert_double (1.7976931348623157e308, NULL);
  assert_double (1.0 / 3, NULL);
  assert_double (NAN, "null");
  assert_double (INFINITY, "null");
  assert_double (-INFINITY, "null");
  far_rng_init (&rng, 7, 7);
  for (guint i = 0; i < 20000; i++)
    {
      union { guint64 bits; double value; } u;

      u.bits = (guint64) far_rng_next (&rng) << 32 | far_rng_next (&rng);
      assert_double (u.value, NULL);
    }
}

/* A comma as decimal point must not reach the wire, where the machine has such a locale. */
static void
test_locale (void)
{
  if (setlocale (LC_ALL, "de_DE.UTF-8") == NULL && setlocale (LC_ALL, "fr_FR.UTF-8") == NULL)
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }
  assert_double (0.5, "0.5");
  g_assert_true (far_json_check ("0.5", 3, SIZE_MAX_TEST, NULL));
  setlocale (LC_ALL, "C");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/json/accepted", test_accepted);
  g_test_add_func ("/base/json/refused", test_refused);
  g_test_add_func ("/base/json/grammar", test_grammar);
  g_test_add_func ("/base/json/nul-bytes", test_nul_bytes);
  g_test_add_func ("/base/json/bounds", test_bounds);
  g_test_add_func ("/base/json/many-members", test_many_members);
  g_test_add_func ("/base/json/members-max", test_members_max);
  g_test_add_func ("/base/json/place", test_place);
  g_test_add_func ("/base/json/members", test_members);
  g_test_add_func ("/base/json/writer", test_writer);
  g_test_add_func ("/base/json/doubles", test_doubles);
  g_test_add_func ("/base/json/locale", test_locale);
  return g_test_run ();
}
