/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a function's answer to a batch, as a message's body, and as its attributes. */
#include "fuzz-driver.h"

#include <string.h>

#include "base/far-json.h"
#include "platform/far-event-batch.h"

static void
as_message (const char *text, gsize size, const char *attributes)
{
  FarMessage message = { .body = (char *) text, .n_body = size, .sent_us = 1, .n_received = 1,
                         .attributes = (char *) attributes };
  g_autoptr (GPtrArray) messages = g_ptr_array_new ();
  g_autofree char *event = NULL;
  gsize length;

  g_ptr_array_add (messages, &message);
  event = far_event_batch_build (messages, "arn:aws:sqs:us-east-1:0:q", &length);
  g_assert_true (far_json_check (event, length, FAR_JSON_SIZE_MAX, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  const FarId ids[2] = { { { 1 } }, { { 2 } } };
  gboolean failed[2] = { TRUE, TRUE };
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *attributes = NULL;

  if (!far_event_batch_failures (text, strlen (text), ids, 2, failed))
    g_assert_cmpuint (size, >, 0);
  else
    g_assert_true (failed[0] <= TRUE && failed[1] <= TRUE);
  node = far_json_parse_object (text, strlen (text), FAR_JSON_SIZE_MAX, NULL);
  if (node != NULL)
    attributes = far_queue_attributes (json_node_get_object (node), NULL);
  if (far_queue_is_body (text, strlen (text)))
    as_message (text, strlen (text), attributes);
  return 0;
}
