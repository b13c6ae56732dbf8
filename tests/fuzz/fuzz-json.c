/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as JSON: the check and the reader agree, and what was read prints to JSON that reads
 * and prints to the same again. */
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
  if (node == NULL)
    {
      g_assert (error->domain == FAR_JSON_ERROR && g_utf8_validate (error->message, -1, NULL));
      return 0;
    }

  printed = print (node);
  again = far_json_parse (printed, strlen (printed), 16 * SIZE_MAX_FUZZ, &error);
  g_assert_no_error (error);
  printed_again = print (again);
  g_assert_cmpstr (printed, ==, printed_again);
  return 0;
}
