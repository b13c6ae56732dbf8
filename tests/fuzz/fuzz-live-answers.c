/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what live systems answer: OpenFaaS gateways and other farthingds. Read whole or not
 * at all, always valid UTF-8. */
#include "fuzz-driver.h"

#include "base/far-json.h"
#include "sources/far-farthing-answer.h"
#include "sources/far-openfaas-answer.h"

static void
check_line (FarSourceLogLine *line)
{
  g_autoptr (FarSourceLogLine) taken = line;

  if (taken == NULL)
    return;
  g_assert_true (g_utf8_validate (taken->message, -1, NULL));
  g_assert_true (taken->function == NULL || g_utf8_validate (taken->function, -1, NULL));
}

static void
read_farthing (JsonObject *object)
{
  g_autoptr (FarSourceBatch) batch = far_source_batch_new ();
  g_autoptr (GPtrArray) functions = far_farthing_parse_functions (object, NULL);
  g_autoptr (GError) error = NULL;
  guint i;

  if (!far_farthing_parse_records (object, batch, &error))
    {
      g_assert_cmpuint (batch->records->len, ==, 0);
      g_assert_nonnull (error);
    }
  for (i = 0; i < batch->records->len; i++)
    {
      const FarInvocation *record = &g_array_index (batch->records, FarInvocation, i);

      g_assert_true (*record->function != '\0' && record->duration_us >= 0);
      g_assert_true (i == 0 ||
                     record->at > g_array_index (batch->records, FarInvocation, i - 1).at);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = (const char *) data;
  g_autoptr (JsonNode) root = far_json_parse_object (text, size, 64 * 1024, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) functions = far_openfaas_parse_functions (text, size, &error);

  g_assert_true ((functions == NULL) == (error != NULL));
  check_line (far_openfaas_parse_line (text, size));
  check_line (far_farthing_parse_line (text, size));
  if (root != NULL)
    read_farthing (json_node_get_object (root));
  return 0;
}
