/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kind "otlp": a system that sends its spans here instead of being asked. What arrived last is
 * its newest sample; when nothing does, it grows old. Main thread. */
#include "sources/far-source-private.h"

#define FAR_TYPE_OTLP_SOURCE (far_otlp_source_get_type ())
G_DECLARE_FINAL_TYPE (FarOtlpSource, far_otlp_source, FAR, OTLP_SOURCE, FarSource)

struct _FarOtlpSource {
  FarSource parent_instance;
  char  *service;   /* nullable: anybody's spans */
  gint64 sample_us; /* 0 = nothing has arrived */
};

G_DEFINE_FINAL_TYPE (FarOtlpSource, far_otlp_source, FAR_TYPE_SOURCE)

gboolean
far_source_tell (FarSource *self, gint64 sample_us)
{
  FarOtlpSource *source;

  if (!FAR_IS_OTLP_SOURCE (self))
    return FALSE;
  source = FAR_OTLP_SOURCE (self);
  source->sample_us = MAX (source->sample_us, sample_us);
  return TRUE;
}

const char *
far_source_get_service (FarSource *self)
{
  return FAR_IS_OTLP_SOURCE (self) ? FAR_OTLP_SOURCE (self)->service : NULL;
}

static void
far_otlp_source_describe (FarSource *source, FarSourceAbilities *ret)
{
  ret->metrics = FAR_METRIC_MASK (FAR_METRIC_INVOCATIONS) | FAR_METRIC_MASK (FAR_METRIC_ERRORS) |
                 FAR_METRIC_MASK (FAR_METRIC_COLD_STARTS) | FAR_METRIC_MASK (FAR_METRIC_P50) |
                 FAR_METRIC_MASK (FAR_METRIC_P90) | FAR_METRIC_MASK (FAR_METRIC_P99);
  ret->quantiles = FAR_EXACTNESS_SKETCH;
  ret->counts = "of the spans that arrived: an exporter that samples sends only some";
  ret->records = TRUE;
  ret->missing[0] = (FarSourceMissing){ "throttles", "what was refused leaves no span" };
  ret->missing[1] = (FarSourceMissing){ "cost", "spans do not say what is billed" };
  ret->missing[2] = (FarSourceMissing){ "concurrency", "spans do not say it" };
  ret->missing[3] = (FarSourceMissing){ "logs", "only spans and metrics are received" };
  ret->missing[4] = (FarSourceMissing){ "history", "what was sent while nobody listened here" };
  ret->missing[5] = (FarSourceMissing){ "earnings", "money comes from a ledger alone" };
}

static void
far_otlp_source_probe (FarSource *source, GTask *task)
{
  FarOtlpSource *self = FAR_OTLP_SOURCE (source);
  FarSourceProbe *probe = far_source_probe_new ();

  probe->sample_us = self->sample_us;
  if (self->sample_us != 0)
    far_source_probe_add (probe, "received", TRUE, 0, "spans arrive");
  else
    far_source_probe_add (probe, "received", FALSE, 0,
                          "nothing was received yet; let an exporter send its spans here with a "
                          "token of the scope telemetry:write");
  g_task_return_pointer (task, probe, (GDestroyNotify) far_source_probe_free);
  g_object_unref (task);
}

gboolean
far_otlp_source_configure (FarSource *source, const FarSourceConfig *config, GError **error)
{
  FAR_OTLP_SOURCE (source)->service = g_strdup (far_source_setting (config, "service_name"));
  return TRUE;
}

static void
far_otlp_source_finalize (GObject *object)
{
  g_free (FAR_OTLP_SOURCE (object)->service);
  G_OBJECT_CLASS (far_otlp_source_parent_class)->finalize (object);
}

static void
far_otlp_source_class_init (FarOtlpSourceClass *class)
{
  G_OBJECT_CLASS (class)->finalize = far_otlp_source_finalize;
  FAR_SOURCE_CLASS (class)->describe = far_otlp_source_describe;
  FAR_SOURCE_CLASS (class)->probe = far_otlp_source_probe;
}

static void
far_otlp_source_init (FarOtlpSource *self)
{
}
