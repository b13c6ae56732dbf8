/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each ledger is met when it comes into sight and every LOOK_TICKS from then on. An alarm stays
 * until a later meeting finds the ledger that was kept: that one cannot be asked takes no alarm
 * away. Main thread. */
#include "farthing-config.h"

#include "desktop/model/far-ledger-watch.h"

#include <glib/gi18n.h>

/* A tick is a second. */
#define LOOK_TICKS 20
#define KIND_WITH_LEDGER "farthingd"

/* What is known of one. */
typedef struct {
  char             *name;
  char             *alarm;   /* nullable */
  FarLedgerContact *contact; /* nullable: the last one that was right */
  gboolean          looking;
} Sight;

struct _FarLedgerWatch
{
  GObject parent_instance;

  char              *data_dir;
  FarPlatformClient *client;
  GCancellable      *cancellable;
  GHashTable        *sights; /* id → Sight */
  char              *alarm;
  guint              n_ticks;
};

typedef struct {
  FarLedgerWatch *self;
  char           *id;
} Look;

enum { CHANGED, REPLACED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarLedgerWatch, far_ledger_watch, G_TYPE_OBJECT)

static void
sight_free (gpointer data)
{
  Sight *sight = data;

  g_free (sight->name);
  g_free (sight->alarm);
  g_free (sight->contact);
  g_free (sight);
}

static void
far_ledger_watch_dispose (GObject *object)
{
  far_ledger_watch_set_client (FAR_LEDGER_WATCH (object), NULL);

  G_OBJECT_CLASS (far_ledger_watch_parent_class)->dispose (object);
}

static void
far_ledger_watch_finalize (GObject *object)
{
  FarLedgerWatch *self = FAR_LEDGER_WATCH (object);

  g_hash_table_unref (self->sights);
  g_free (self->data_dir);
  g_free (self->alarm);

  G_OBJECT_CLASS (far_ledger_watch_parent_class)->finalize (object);
}

static void
far_ledger_watch_class_init (FarLedgerWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_ledger_watch_dispose;
  G_OBJECT_CLASS (klass)->finalize = far_ledger_watch_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[REPLACED] = g_signal_new ("replaced", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
far_ledger_watch_init (FarLedgerWatch *self)
{
  self->sights = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, sight_free);
}

/**
 * far_ledger_watch_new:
 * @data_dir: of the platform itself, which names its ledger
 */
FarLedgerWatch *
far_ledger_watch_new (const char *data_dir)
{
  FarLedgerWatch *self = g_object_new (FAR_TYPE_LEDGER_WATCH, NULL);

  self->data_dir = g_strdup (data_dir);
  return self;
}

/**
 * far_ledger_watch_set_client:
 * @client: (nullable): the platform that is asked; what is known of its ledgers goes with it
 */
void
far_ledger_watch_set_client (FarLedgerWatch *self, FarPlatformClient *client)
{
  g_return_if_fail (FAR_IS_LEDGER_WATCH (self));

  if (self->client == client)
    return;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_hash_table_remove_all (self->sights);
  g_clear_pointer (&self->alarm, g_free);
  g_set_object (&self->client, client);
  self->n_ticks = 0;
  if (client != NULL)
    self->cancellable = g_cancellable_new ();
  g_signal_emit (self, signals[CHANGED], 0);
}

/* All alarms in one text, each with the name of its ledger. */
static void
tell (FarLedgerWatch *self)
{
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  Sight *sight;

  g_hash_table_iter_init (&iter, self->sights);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &sight))
    if (sight->alarm != NULL)
      g_string_append_printf (text, "%s%s: %s", text->len > 0 ? "\n" : "", sight->name,
                              sight->alarm);
  g_free (self->alarm);
  self->alarm = g_string_free (text, text->len == 0);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
take_contact (FarLedgerWatch *self, Sight *sight, FarLedgerContact *contact)
{
  g_free (sight->contact);
  sight->contact = contact;
  g_clear_pointer (&sight->alarm, g_free);
  if (contact->finding == FAR_WITNESS_REPLACED)
    g_signal_emit (self, signals[REPLACED], 0, sight->name);
}

static void
met_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Look *look = user_data;
  g_autoptr (FarLedgerWatch) self = look->self;
  g_autofree char *id = look->id;
  g_autoptr (GError) error = NULL;
  FarLedgerContact *contact = NULL;
  Sight *sight;

  g_free (look);
  contact = far_platform_client_check_ledger_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  sight = (gpointer) source == self->client ? g_hash_table_lookup (self->sights, id) : NULL;
  if (sight == NULL)
    {
      g_free (contact);
      return;
    }
  sight->looking = FALSE;
  if (contact != NULL)
    take_contact (self, sight, contact);
  else if (far_witness_error_is_alarm (error))
    {
      g_free (sight->alarm);
      sight->alarm = g_strdup (error->message);
    }
  tell (self);
}

/**
 * far_ledger_watch_look:
 * @id: of the deployment, FAR_WATCH_LIST_LOCAL for the platform itself
 * @name: for people
 * @address: of the deployment; not looked at for the platform itself
 *
 * Meets its ledger now.
 */
void
far_ledger_watch_look (FarLedgerWatch *self, const char *id, const char *name,
                       const char *address)
{
  gboolean local = g_str_equal (id, FAR_WATCH_LIST_LOCAL);
  Sight *sight;
  Look *look;

  g_return_if_fail (FAR_IS_LEDGER_WATCH (self));

  if (self->client == NULL)
    return;
  sight = g_hash_table_lookup (self->sights, id);
  if (sight == NULL)
    {
      sight = g_new0 (Sight, 1);
      g_hash_table_insert (self->sights, g_strdup (id), sight);
    }
  if (sight->looking)
    return;
  sight->looking = TRUE;
  g_free (sight->name);
  sight->name = g_strdup (name);
  look = g_new0 (Look, 1);
  *look = (Look) { g_object_ref (self), g_strdup (id) };
  far_platform_client_check_ledger_async (self->client, local ? NULL : id,
                                          local ? self->data_dir : address, self->cancellable,
                                          met_cb, look);
}

static gboolean
is_listed (GPtrArray *deployments, const char *id)
{
  for (guint i = 0; i < deployments->len; i++)
    if (g_str_equal (((FarDeploymentInfo *) g_ptr_array_index (deployments, i))->id, id))
      return TRUE;
  return g_str_equal (id, FAR_WATCH_LIST_LOCAL);
}

/**
 * far_ledger_watch_tick:
 * @deployments: (element-type FarDeploymentInfo): those that are watched now
 *
 * A second has passed.
 */
void
far_ledger_watch_tick (FarLedgerWatch *self, GPtrArray *deployments)
{
  gboolean due;
  gboolean gone = FALSE;
  GHashTableIter iter;
  const char *id;

  g_return_if_fail (FAR_IS_LEDGER_WATCH (self));

  due = self->n_ticks++ % LOOK_TICKS == 0;
  g_hash_table_iter_init (&iter, self->sights);
  while (g_hash_table_iter_next (&iter, (gpointer *) &id, NULL))
    if (!is_listed (deployments, id))
      {
        g_hash_table_iter_remove (&iter);
        gone = TRUE;
      }
  if (gone)
    tell (self);
  for (guint i = 0; i < deployments->len; i++)
    {
      const FarDeploymentInfo *info = g_ptr_array_index (deployments, i);
      gboolean has_ledger = g_str_equal (info->id, FAR_WATCH_LIST_LOCAL) ||
                            g_str_equal (info->kind, KIND_WITH_LEDGER);

      if (has_ledger && (due || !g_hash_table_contains (self->sights, info->id)))
        far_ledger_watch_look (self, info->id, info->name, info->url);
    }
}

/* Returns: (nullable): what is wrong, with the names of the ledgers it is about */
const char *
far_ledger_watch_get_alarm (FarLedgerWatch *self)
{
  g_return_val_if_fail (FAR_IS_LEDGER_WATCH (self), NULL);

  return self->alarm;
}

/* Returns: whether the alarm is about that one */
gboolean
far_ledger_watch_is_alarmed (FarLedgerWatch *self, const char *id)
{
  const Sight *sight;

  g_return_val_if_fail (FAR_IS_LEDGER_WATCH (self), FALSE);

  sight = g_hash_table_lookup (self->sights, id);
  return sight != NULL && sight->alarm != NULL;
}

/* Returns: (nullable): the last meeting that was right */
const FarLedgerContact *
far_ledger_watch_get_contact (FarLedgerWatch *self, const char *id)
{
  const Sight *sight;

  g_return_val_if_fail (FAR_IS_LEDGER_WATCH (self), NULL);

  sight = g_hash_table_lookup (self->sights, id);
  return sight != NULL ? sight->contact : NULL;
}
