/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question under way holds a reference to its owner. One that was cancelled, or followed by
 * another, is heard of no more. */
#include "desktop/model/far-inquiry.h"

typedef struct {
  FarInquiry    *inquiry;
  GObject       *owner;
  GCancellable  *cancellable;
  FarInquiryFunc func;
} Question;

static void
question_free (Question *question)
{
  g_object_unref (question->owner);
  g_object_unref (question->cancellable);
  g_free (question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  node = far_platform_client_request_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  if (question->inquiry->cancellable != question->cancellable ||
      g_cancellable_is_cancelled (question->cancellable))
    return;
  g_clear_object (&question->inquiry->cancellable);
  question->func (question->owner, node != NULL ? json_node_get_object (node) : NULL, error);
}

/**
 * far_inquiry_send:
 * @owner: (type GObject): what @self is a member of
 * @method: "GET", "POST", "PUT" or "DELETE"
 * @url: a path of the control API, with its query
 * @body: (nullable): JSON
 * @func: when the answer is there; not if another question came before that
 */
void
far_inquiry_send (FarInquiry *self, gpointer owner, FarPlatformClient *client, const char *method,
                  const char *url, GBytes *body, FarInquiryFunc func)
{
  Question *question;

  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (client));

  far_inquiry_cancel (self);
  self->cancellable = g_cancellable_new ();
  question = g_new (Question, 1);
  *question = (Question) { self, g_object_ref (owner), g_object_ref (self->cancellable), func };
  far_platform_client_request_async (client, method, url, body, self->cancellable, answered_cb,
                                     question);
}

gboolean
far_inquiry_is_pending (const FarInquiry *self)
{
  return self->cancellable != NULL;
}

/* Gives up what is under way; nothing is heard of it. */
void
far_inquiry_cancel (FarInquiry *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}
