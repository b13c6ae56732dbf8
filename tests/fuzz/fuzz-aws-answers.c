/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what AWS answers, as a REPORT line, and as what a credential_process prints. */
#include "fuzz-driver.h"

#include <math.h>
#include <string.h>

#include "base/far-json.h"
#include "sources/far-aws-answer.h"
#include "sources/far-aws-credentials.h"
#include "sources/far-aws-pattern.h"

#define QUERIES 4

static void
take_point (guint query, gint64 time_us, double value, gpointer user_data)
{
  g_assert_true (query < QUERIES && time_us >= 0 && value >= 0 && isfinite (value));
}

static void
read_object (JsonObject *object)
{
  g_autoptr (GPtrArray) functions =
    g_ptr_array_new_with_free_func ((GDestroyNotify) far_aws_function_free);
  g_autoptr (GPtrArray) lines =
    g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_log_line_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *marker = NULL;
  g_autofree char *metrics_token = NULL;
  g_autofree char *events_token = NULL;
  gboolean partial[QUERIES] = { FALSE };
  guint i;

  far_aws_parse_functions (object, functions, &marker, NULL);
  far_aws_parse_metrics (object, QUERIES, take_point, NULL, partial, &metrics_token, NULL);
  far_aws_parse_events (object, "f", seen, lines, &events_token, NULL);
  for (i = 0; i < lines->len; i++)
    g_assert_true (g_utf8_validate (((FarSourceLogLine *) g_ptr_array_index (lines, i))->message,
                                    -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *bytes = (const char *) data;
  g_autofree char *text = g_strndup (bytes, size);
  g_autoptr (JsonNode) root = far_json_parse_object (bytes, size, 256 * 1024, NULL);
  FarAwsAnswerError kind;
  g_autofree char *said = far_aws_parse_error (bytes, size, NULL, &kind);
  g_autofree char *any_case = far_aws_pattern_any_case (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarAwsKeys) keys = far_aws_parse_process (bytes, size, &error);
  FarAwsReport report;

  g_assert_true (*said != '\0' && g_utf8_validate (said, -1, NULL));
  g_assert_true (any_case == NULL || strlen (any_case) <= FAR_AWS_PATTERN_MAX);
  g_assert_true ((keys == NULL) == (error != NULL));
  g_assert_true (keys == NULL || (*keys->access_key_id != '\0' &&
                                  *keys->secret_access_key != '\0'));
  if (far_aws_parse_report (text, &report))
    g_assert_true (report.duration_us >= 0 && report.init_us >= 0 && report.memory_mb >= 0);
  if (root != NULL)
    read_object (json_node_get_object (root));
  return 0;
}
