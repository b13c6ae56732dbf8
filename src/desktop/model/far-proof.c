/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A payment that was made a moment ago is not signed yet: it is asked for again, TRIES_MAX times,
 * every WAIT_MS. Receipts out of a file come without what the publication said of them. Main
 * thread; the checking is a worker's (far-receipt-check.h). */
#include "desktop/model/far-proof.h"

#define WAIT_MS 250
#define TRIES_MAX 60

struct _FarProof
{
  GObject parent_instance;

  FarMarketClient  *market;
  char             *deployment;
  char             *article; /* nullable: out of a file */
  GCancellable     *cancellable;
  FarProofState     state;
  char             *message;
  GPtrArray        *receipts; /* of FarReceipt; nullable */
  GPtrArray        *texts;    /* nullable */
  FarReceiptReport *report;
  guint             wait_id;
  guint             tries;
};

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarProof, far_proof, G_TYPE_OBJECT)

static void load (FarProof *self);

static void
set_state (FarProof *self, FarProofState state, const char *message)
{
  self->state = state;
  g_free (self->message);
  self->message = g_strdup (message);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
again_cb (gpointer user_data)
{
  FarProof *self = user_data;

  self->wait_id = 0;
  load (self);
  return G_SOURCE_REMOVE;
}

static void
take_receipts (FarProof *self, GPtrArray *receipts)
{
  self->receipts = g_ptr_array_ref (receipts);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < receipts->len; i++)
    g_ptr_array_add (self->texts,
                     g_strdup (((FarReceipt *) g_ptr_array_index (receipts, i))->text));
  set_state (self, FAR_PROOF_READY, NULL);
}

static void
receipts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarProof) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) receipts = NULL;

  receipts = far_market_client_get_receipts_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (receipts != NULL)
    take_receipts (self, receipts);
  else if (self->tries < TRIES_MAX &&
           g_strcmp0 (far_client_error_get_code (error), "not_checkpointed_yet") == 0)
    self->wait_id = g_timeout_add (WAIT_MS, again_cb, self);
  else
    set_state (self, FAR_PROOF_FAILED, error->message);
}

static void
load (FarProof *self)
{
  self->tries++;
  far_market_client_get_receipts_async (self->market, self->article, self->cancellable,
                                        receipts_cb, g_object_ref (self));
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarProof) self = user_data;
  g_autoptr (GError) error = NULL;
  FarReceiptReport *report;

  report = far_market_client_check_receipts_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_pointer (&self->report, far_receipt_report_free);
  self->report = report;
  if (report != NULL)
    set_state (self, FAR_PROOF_CHECKED, NULL);
  else
    set_state (self, far_witness_error_is_alarm (error) ? FAR_PROOF_ALARM : FAR_PROOF_FAILED,
               error->message);
}

static void
far_proof_dispose (GObject *object)
{
  FarProof *self = FAR_PROOF (object);

  far_proof_close (self);
  g_clear_object (&self->market);

  G_OBJECT_CLASS (far_proof_parent_class)->dispose (object);
}

static void
far_proof_finalize (GObject *object)
{
  FarProof *self = FAR_PROOF (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->receipts, g_ptr_array_unref);
  g_clear_pointer (&self->texts, g_ptr_array_unref);
  g_clear_pointer (&self->report, far_receipt_report_free);
  g_free (self->deployment);
  g_free (self->article);
  g_free (self->message);

  G_OBJECT_CLASS (far_proof_parent_class)->finalize (object);
}

static void
far_proof_class_init (FarProofClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_proof_dispose;
  G_OBJECT_CLASS (klass)->finalize = far_proof_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_proof_init (FarProof *self)
{
  self->cancellable = g_cancellable_new ();
}

static FarProof *
proof_new (FarMarketClient *market, const char *deployment)
{
  FarProof *self = g_object_new (FAR_TYPE_PROOF, NULL);

  self->market = g_object_ref (market);
  self->deployment = g_strdup (deployment);
  return self;
}

/**
 * far_proof_new:
 * @deployment: whose ledger it is, as for far_witness_open()
 * @article: what was paid for; its receipts are asked for at once
 */
FarProof *
far_proof_new (FarMarketClient *market, const char *deployment, const char *article)
{
  FarProof *self = proof_new (market, deployment);

  self->article = g_strdup (article);
  load (self);
  return self;
}

/**
 * far_proof_new_for_text:
 * @text: (array length=n_bytes): a file's, with receipts one behind the other
 */
FarProof *
far_proof_new_for_text (FarMarketClient *market, const char *deployment, const char *text,
                        gsize n_bytes)
{
  FarProof *self = proof_new (market, deployment);
  g_autoptr (GError) error = NULL;

  self->texts = far_receipts_split (text, n_bytes, &error);
  set_state (self, self->texts != NULL ? FAR_PROOF_READY : FAR_PROOF_FAILED,
             error != NULL ? error->message : NULL);
  return self;
}

/* Returns: whether there is anything to check */
gboolean
far_proof_can_check (FarProof *self)
{
  g_return_val_if_fail (FAR_IS_PROOF (self), FALSE);

  return self->texts != NULL;
}

/* Checks what is there; once more if it was checked before. */
void
far_proof_check (FarProof *self)
{
  g_return_if_fail (FAR_IS_PROOF (self));

  if (self->texts == NULL || self->state == FAR_PROOF_CHECKING)
    return;
  set_state (self, FAR_PROOF_CHECKING, NULL);
  far_market_client_check_receipts_async (self->market, self->deployment, self->texts,
                                          self->receipts, self->cancellable, checked_cb,
                                          g_object_ref (self));
}

FarProofState
far_proof_get_state (FarProof *self)
{
  g_return_val_if_fail (FAR_IS_PROOF (self), FAR_PROOF_FAILED);

  return self->state;
}

/* Returns: (nullable): why it failed, or what the alarm is about */
const char *
far_proof_get_message (FarProof *self)
{
  g_return_val_if_fail (FAR_IS_PROOF (self), NULL);

  return self->message;
}

/* Returns: (nullable) (element-type FarReceipt): as the publication says; NULL until it did, or out
 * of a file */
GPtrArray *
far_proof_get_receipts (FarProof *self)
{
  g_return_val_if_fail (FAR_IS_PROOF (self), NULL);

  return self->receipts;
}

/* Returns: (nullable): with FAR_PROOF_CHECKED */
FarReceiptReport *
far_proof_get_report (FarProof *self)
{
  g_return_val_if_fail (FAR_IS_PROOF (self), NULL);

  return self->state == FAR_PROOF_CHECKED ? self->report : NULL;
}

/* Returns: (transfer full) (nullable): all receipts in one text, for a file */
char *
far_proof_get_text (FarProof *self)
{
  g_return_val_if_fail (FAR_IS_PROOF (self), NULL);

  return self->receipts != NULL ? far_receipts_join (self->receipts) : NULL;
}

/* Gives up what is under way. */
void
far_proof_close (FarProof *self)
{
  g_return_if_fail (FAR_IS_PROOF (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->wait_id, g_source_remove);
}
