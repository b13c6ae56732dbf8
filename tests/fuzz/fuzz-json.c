/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as JSON: the check, the reader and the walk over members agree, and what was read
 * prints to JSON that reads and prints to the same again. */
#include "fuzz-driver.h"

#include <string.h>

#include "base/far-json.h"

#define SIZE_MAX_FUZZ (64 * 1024)

static char *
print (JsonNode *node)
{
  FarJsonWriter writer;

  far_json_writer_init (&writer);
  far_json_add_node (&writer, NULL, node);
  return far_json_writer_steal (&writer, NULL);
}

/* Every member of every object, by its span, is what the tree says; and text that nobody checked is
 * walked over without harm. */
static void
walk (FarJsonSpan  span,
      JsonNode    *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  FarJsonSpan name, value;
  guint n = 0;

  for (; far_json_walk (&span, &name, &value); n++)
    {
      g_autofree char *text = g_malloc (name.n_bytes);
      g_autofree char *string = g_malloc (value.n_bytes);
      JsonNode *member;

      g_assert (far_json_copy_string (name, text) >= 0);
      member = json_object_get_member (object, text);
      g_assert (member != NULL);
      if (JSON_NODE_HOLDS_VALUE (member) && json_node_get_value_type (member) == G_TYPE_STRING)
        {
          g_assert (far_json_copy_string (value, string) >= 0);
          g_assert_cmpstr (string, ==, json_node_get_string (member));
        }
      else
        g_assert (value.text[0] != '"');
      walk (value, member);
    }
  g_assert (n == (object != NULL ? json_object_get_size (object) : 0));
}

static void
walk_unchecked (FarJsonSpan span)
{
  const char *end = span.text + span.n_bytes;
  FarJsonSpan name, value;

  while (far_json_walk (&span, &name, &value))
    {
      g_autofree char *text = g_malloc (MAX (name.n_bytes, 1));

      g_assert (name.text + name.n_bytes <= end && value.text + value.n_bytes <= end);
      (void) far_json_copy_string (name, text);
      (void) far_json_span_is (value, "POST");
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = (const char *) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_json_parse (text, size, SIZE_MAX_FUZZ, &error);
  g_autoptr (JsonNode) again = NULL;
  g_autofree char *printed = NULL;
  g_autofree char *printed_again = NULL;

  g_assert ((node == NULL) == (error != NULL));
  g_assert (far_json_check (text, size, SIZE_MAX_FUZZ, NULL) == (node != NULL));
  /* Beyond the grammar, the reader refuses more. */
  g_assert (far_json_check_grammar (text, size, NULL) || node == NULL);
  walk_unchecked ((FarJsonSpan) { text, size });
  if (node == NULL)
    {
      g_assert (error->domain == FAR_JSON_ERROR && g_utf8_validate (error->message, -1, NULL));
      return 0;
    }

  walk ((FarJsonSpan) { text, size }, node);
  printed = print (node);
  again = far_json_parse (printed, strlen (printed), 16 * SIZE_MAX_FUZZ, &error);
  g_assert_no_error (error);
  printed_again = print (again);
  g_assert_cmpstr (printed, ==, printed_again);
  return 0;
}
