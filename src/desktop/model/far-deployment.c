/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filled by the session, watched by every page. Keeps the newest events first, at most
 * FAR_DEPLOYMENT_EVENTS_MAX of them. */
#include "farthing-config.h"

#include "desktop/model/far-deployment.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

struct _FarDeployment
{
  FarItem parent_instance;

  gint64      state;
  char       *message;
  char       *title;
  char       *source;
  char       *money;
  char       *isolation;
  char       *isolation_detail;
  char       *alarm;
  gint64      sample_time_us;
  gint64      stale_after_us;
  gint64      sample_monotonic_us; /* when it came in, by this machine's monotonic clock */
  GListStore *events;
};

enum {
  STATE, MESSAGE, TITLE, SOURCE, MONEY, ISOLATION, ISOLATION_DETAIL, ALARM, SAMPLE_TIME, EVENTS,
  N_FIELDS,
};

#define FIELD(kind, name, member) \
  { name, FAR_FIELD_##kind, G_STRUCT_OFFSET (FarDeployment, member) }

static const FarField fields[N_FIELDS] = {
  [STATE] = FIELD (INT64, "state", state),
  [MESSAGE] = FIELD (STRING, "message", message),
  [TITLE] = FIELD (STRING, "title", title),
  [SOURCE] = FIELD (STRING, "source", source),
  [MONEY] = FIELD (STRING, "money", money),
  [ISOLATION] = FIELD (STRING, "isolation", isolation),
  [ISOLATION_DETAIL] = FIELD (STRING, "isolation-detail", isolation_detail),
  [ALARM] = FIELD (STRING, "alarm", alarm),
  [SAMPLE_TIME] = FIELD (INT64, "sample-time", sample_time_us),
  [EVENTS] = FIELD (OBJECT, "events", events),
};

G_DEFINE_FINAL_TYPE (FarDeployment, far_deployment, FAR_TYPE_ITEM)

static void
far_deployment_class_init (FarDeploymentClass *klass)
{
  far_item_class_install (FAR_ITEM_CLASS (klass), fields, N_FIELDS);
}

static void
far_deployment_init (FarDeployment *self)
{
  self->events = g_list_store_new (FAR_TYPE_EVENT_ITEM);
  self->stale_after_us = FAR_DEPLOYMENT_STALE_US;
}

FarDeployment *
far_deployment_new (void)
{
  return g_object_new (FAR_TYPE_DEPLOYMENT, NULL);
}

FarDeploymentState
far_deployment_get_state (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), FAR_DEPLOYMENT_FAILED);

  return (FarDeploymentState) self->state;
}

/**
 * far_deployment_set_state:
 * @message: (nullable): what is being done, or what went wrong and what to do about it
 */
void
far_deployment_set_state (FarDeployment *self, FarDeploymentState state, const char *message)
{
  g_return_if_fail (FAR_IS_DEPLOYMENT (self));

  far_item_set_string (self, MESSAGE, message);
  far_item_set_int64 (self, STATE, state);
}

const char *
far_deployment_get_message (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  return self->message;
}

/* Returns: (nullable): the publication's name */
const char *
far_deployment_get_title (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  return self->title;
}

/* Returns: (nullable): where the figures come from */
const char *
far_deployment_get_source (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  return self->source;
}

/**
 * far_deployment_set_identity:
 * @title: the publication's name
 * @source: where the figures come from, for people
 * @money: "test" or "live"
 */
void
far_deployment_set_identity (FarDeployment *self, const char *title, const char *source,
                             const char *money)
{
  g_return_if_fail (FAR_IS_DEPLOYMENT (self));

  far_item_set_string (self, TITLE, title);
  far_item_set_string (self, SOURCE, source);
  far_item_set_string (self, MONEY, money);
}

/* Returns: (nullable): "test" or "live"; NULL while it is not known */
const char *
far_deployment_get_money (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  return self->money;
}

/**
 * far_deployment_set_isolation:
 * @tier: (nullable): "full", "flatpak" or "none"; NULL while it is not known
 * @detail: (nullable): in the platform's own words, what keeps a stronger one from being in force
 */
void
far_deployment_set_isolation (FarDeployment *self, const char *tier, const char *detail)
{
  g_return_if_fail (FAR_IS_DEPLOYMENT (self));

  far_item_set_string (self, ISOLATION_DETAIL, detail);
  far_item_set_string (self, ISOLATION, tier);
}

/* Returns: (nullable): "full", "flatpak" or "none" */
const char *
far_deployment_get_isolation (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  return self->isolation;
}

/* Returns: (nullable) */
const char *
far_deployment_get_isolation_detail (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  return self->isolation_detail;
}

/* Returns: (nullable): that a ledger is not what it was */
const char *
far_deployment_get_alarm (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  return self->alarm;
}

/**
 * far_deployment_set_alarm:
 * @alarm: (nullable): what every page must say
 */
void
far_deployment_set_alarm (FarDeployment *self, const char *alarm)
{
  g_return_if_fail (FAR_IS_DEPLOYMENT (self));

  far_item_set_string (self, ALARM, alarm);
}

/* Returns: µs since the epoch, 0 if there was none yet */
gint64
far_deployment_get_sample_time (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), 0);

  return self->sample_time_us;
}

/**
 * far_deployment_set_sample:
 * @time_us: the newest sample's own time, µs since the epoch by the deployment's clock
 * @monotonic_us: when it came in, by this machine's monotonic clock: the two machines' clocks may
 *   differ, and a test's may stand still, so the age is counted by the latter
 */
void
far_deployment_set_sample (FarDeployment *self, gint64 time_us, gint64 monotonic_us)
{
  g_return_if_fail (FAR_IS_DEPLOYMENT (self));

  self->sample_monotonic_us = monotonic_us;
  far_item_set_int64 (self, SAMPLE_TIME, time_us);
}

/**
 * far_deployment_set_stale_after:
 * @age_us: figures that are older are called stale; FAR_DEPLOYMENT_STALE_US unless set
 */
void
far_deployment_set_stale_after (FarDeployment *self, gint64 age_us)
{
  g_return_if_fail (FAR_IS_DEPLOYMENT (self));

  self->stale_after_us = age_us;
}

/* Returns: µs since the last sample came in, or -1 if none did */
gint64
far_deployment_get_age (FarDeployment *self, gint64 monotonic_us)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), -1);

  return self->sample_time_us == 0 ? -1 : MAX (monotonic_us - self->sample_monotonic_us, 0);
}

/* Returns: whether the figures may be shown as live */
gboolean
far_deployment_is_current (FarDeployment *self, gint64 monotonic_us)
{
  gint64 age_us = far_deployment_get_age (self, monotonic_us);

  return self->state == FAR_DEPLOYMENT_LIVE && age_us >= 0 && age_us <= self->stale_after_us;
}

/* Returns: (transfer none): of FarEventItem, newest first */
GListModel *
far_deployment_get_events (FarDeployment *self)
{
  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  return G_LIST_MODEL (self->events);
}

void
far_deployment_add_event (FarDeployment *self, FarEventItem *event)
{
  g_return_if_fail (FAR_IS_DEPLOYMENT (self));
  g_return_if_fail (FAR_IS_EVENT_ITEM (event));

  g_list_store_insert (self->events, 0, event);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->events)) > FAR_DEPLOYMENT_EVENTS_MAX)
    g_list_store_remove (self->events, FAR_DEPLOYMENT_EVENTS_MAX);
}

/**
 * far_deployment_remove_newest:
 * @event: taken out if it is the newest
 *
 * Returns: whether it was
 */
gboolean
far_deployment_remove_newest (FarDeployment *self, FarEventItem *event)
{
  g_autoptr (FarEventItem) newest = NULL;

  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), FALSE);

  newest = g_list_model_get_item (G_LIST_MODEL (self->events), 0);
  if (newest != event)
    return FALSE;
  g_list_store_remove (self->events, 0);
  return TRUE;
}

/**
 * far_deployment_describe_age:
 * @monotonic_us: now, by this machine's monotonic clock
 *
 * Returns: (transfer full): in words, whether what is shown is live and how old it is
 */
char *
far_deployment_describe_age (FarDeployment *self, gint64 monotonic_us)
{
  g_autofree char *age = NULL;
  gint64 age_us;

  g_return_val_if_fail (FAR_IS_DEPLOYMENT (self), NULL);

  if (self->state == FAR_DEPLOYMENT_STARTING)
    return g_strdup (_("starting"));
  age_us = far_deployment_get_age (self, monotonic_us);
  if (age_us < 0)
    return g_strdup (_("no sample yet"));

  age = far_format_age (age_us);
  if (self->state != FAR_DEPLOYMENT_LIVE)
    /* Translators: the deployment does not answer; %s is the age of its last sample */
    return g_strdup_printf (_("offline, %s"), age);
  if (age_us > self->stale_after_us)
    /* Translators: the figures are old; %s is the age of the last sample */
    return g_strdup_printf (_("stale, %s"), age);
  /* Translators: the figures are current; %s is the age of the last sample */
  return g_strdup_printf (_("live, %s"), age);
}
