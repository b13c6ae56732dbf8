/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An alarm: a rule about one figure, and what state it is in.
 *
 *                 beyond threshold for for_s
 *            ok ────────────────────────────▶ alarm
 *             ◀────────────────────────────
 *                 beyond clear for clear_for_s
 *
 * Between threshold and clear nothing changes: that is the hysteresis. A figure that is not there,
 * or rests on fewer samples than n_min, is no data: a state of its own unless the rule says what it
 * is to mean. Every state is left only after its condition held without a break. Pure: the figure
 * and the time are passed in. */
#pragma once

#include <json-glib/json-glib.h>

#include "base/far-json.h"

G_BEGIN_DECLS

#define FAR_ALARM_ERROR (far_alarm_error_quark ())
GQuark far_alarm_error_quark (void);
typedef enum {
  FAR_ALARM_ERROR_RULE, /* a field is missing or out of bounds; the text says which */
} FarAlarmError;

#define FAR_ALARM_ID_MAX 32
#define FAR_ALARM_NAME_MAX 128
#define FAR_ALARM_URL_MAX 2048
#define FAR_ALARM_METRIC_MAX 64
#define FAR_ALARM_WINDOW_S_MAX (7 * 86400)
#define FAR_ALARM_FOR_S_MAX 86400

typedef enum {
  FAR_ALARM_OK,
  FAR_ALARM_ALARM,
  FAR_ALARM_NO_DATA,
} FarAlarmState;
#define FAR_ALARM_N_STATES 3

typedef enum {
  FAR_NO_DATA_SAYS_SO, /* "no_data" */
  FAR_NO_DATA_OK,
  FAR_NO_DATA_ALARM,
  FAR_NO_DATA_KEEP,    /* the state stays what it was */
} FarNoData;

typedef struct {
  char     *id;        /* of [a-z0-9-] */
  char     *name;      /* for people */
  char     *metric;
  char     *function;  /* nullable: all together */
  char     *webhook;   /* nullable: URL */
  guint     window_s;  /* what the figure is taken from; 0 for a figure of now */
  gboolean  below;     /* beyond is below instead of above */
  gint64    threshold;
  gboolean  has_clear;
  gint64    clear;     /* on the good side of threshold */
  guint     for_s;
  guint     clear_for_s;
  guint64   n_min;
  FarNoData no_data;
  gboolean  enabled;
  gboolean  builtin;
} FarAlarmRule;

typedef struct {
  FarAlarmRule  rule;
  FarAlarmState state;
  gint64        since_us;
  FarAlarmState wanted;    /* what the figure says; state follows once it has said so long enough */
  gint64        wanted_us; /* since when it says so */
  gboolean      has_value;
  gint64        value;
  guint64       n;
} FarAlarm;

const char *far_alarm_state_to_string (FarAlarmState state);

void        far_alarm_rule_clear (FarAlarmRule *rule);
/* A rule from an object, for one that is new (id NULL) or has an id already. The metric is not
 * looked at. */
gboolean    far_alarm_rule_parse (JsonObject *object, const char *id, FarAlarmRule *ret_rule,
                                  GError **error);
/* Members of an object. */
void        far_alarm_rule_write (const FarAlarmRule *rule, FarJsonWriter *writer);

/* Takes rule's members. */
FarAlarm   *far_alarm_new        (FarAlarmRule *rule, gint64 now_us);
void        far_alarm_free       (FarAlarm *self);
/* Puts back what an earlier run was in. */
void        far_alarm_restore    (FarAlarm *self, FarAlarmState state, gint64 since_us);
/* Another rule under the same id: what it waited for is forgotten, the state stays. */
void        far_alarm_set_rule   (FarAlarm *self, FarAlarmRule *rule);
/* Takes in one figure. TRUE if the state changed; ret_from is what it was. */
gboolean    far_alarm_evaluate   (FarAlarm *self, gboolean has_value, gint64 value, guint64 n,
                                  gint64 now_us, FarAlarmState *ret_from);
/* What to tell people. unit: of the metric. Returns: (transfer full) */
char       *far_alarm_describe   (const FarAlarm *self, const char *unit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarAlarm, far_alarm_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarAlarmRule, far_alarm_rule_clear)

G_END_DECLS
