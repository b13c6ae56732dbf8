/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what spans follow from an invocation's record. */
#include "telemetry/far-span.h"

#include <string.h>

#include "base/far-json.h"
#include "base/far-trace.h"
#include "telemetry/far-notes.h"

/* Which child of the invocation's span: its id is made from the span's. */
enum { QUEUE = 1, COLD, SPAWN, INIT, HANDLER, OVERHEAD };
#define ID_STEP G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)

void
far_span_free (FarSpan *span)
{
  g_free (span->kind);
  g_free (span->name);
  g_free (span->function);
  g_free (span->attributes);
  g_free (span);
}

FarSpan *
far_span_copy (const FarSpan *span)
{
  FarSpan *copy = g_memdup2 (span, sizeof *span);

  copy->kind = g_strdup (span->kind);
  copy->name = g_strdup (span->name);
  copy->function = g_strdup (span->function);
  copy->attributes = g_strdup (span->attributes);
  return copy;
}

const char *
far_span_status_to_string (FarSpanStatus status)
{
  static const char *const names[] = { "unset", "ok", "error" };

  g_return_val_if_fail ((guint) status < G_N_ELEMENTS (names), NULL);

  return names[status];
}

static FarSpan *
add (GPtrArray *spans, const FarInvocation *invocation, guint64 id, guint64 parent,
     const char *kind, const char *name)
{
  FarSpan *span = g_new0 (FarSpan, 1);

  span->id = id;
  span->parent = parent;
  span->trace_id = invocation->trace_id;
  span->kind = g_strdup (kind);
  span->name = g_strdup (name);
  span->function = g_strdup (invocation->function);
  g_ptr_array_add (spans, span);
  return span;
}

static void
add_phase (GPtrArray *spans, const FarInvocation *invocation, guint which, guint parent,
           const char *kind, gint64 start_us, gint64 duration_us)
{
  guint64 root = far_trace_span_of (&invocation->request_id);
  FarSpan *span;

  if (duration_us < 0)
    return;
  span = add (spans, invocation, root + which * ID_STEP,
              parent == 0 ? root : root + parent * ID_STEP, kind, kind);
  span->start_us = start_us;
  span->duration_us = duration_us;
}

/* OpenTelemetry's names where it has them. */
static char *
attributes_of (const FarInvocation *invocation, const FarNotes *notes)
{
  g_auto (FarJsonWriter) writer = { 0 };
  char id[FAR_UUID_LEN + 1];
  guint i;

  far_id_to_uuid (&invocation->request_id, id);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "faas.invocation_id", id);
  if (invocation->version != NULL)
    far_json_add_string (&writer, "faas.version", invocation->version);
  far_json_add_bool (&writer, "faas.coldstart", invocation->cold);
  if (invocation->error_type != NULL)
    far_json_add_string (&writer, "error.type", invocation->error_type);
  far_json_add_int (&writer, "memory_mb", invocation->memory_mb);
  if (invocation->memory_max_kb > 0)
    far_json_add_int (&writer, "memory_max_kb", invocation->memory_max_kb);
  far_json_add_int (&writer, "billed_ms", far_invocation_billed_ms (invocation));
  for (i = 0; i < notes->n_attributes; i++)
    {
      g_autofree char *key = g_strconcat ("app.", notes->attributes[i].key, NULL);

      far_json_add_string (&writer, key, notes->attributes[i].value);
    }
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

static void
add_root (GPtrArray *spans, const FarInvocation *invocation, const FarNotes *notes)
{
  const char *kind = "gateway", *name = invocation->route;
  FarSpan *root;

  if (name == NULL)
    {
      kind = "invoke";
      name = invocation->function;
    }
  else if (strchr (name, ' ') == NULL)
    kind = strcmp (name, "schedule") == 0 ? "schedule" : "invoke";
  root = add (spans, invocation, far_trace_span_of (&invocation->request_id),
              invocation->parent_span, kind, name);
  root->start_us = invocation->arrival_us;
  root->duration_us = far_invocation_end_us (invocation) - invocation->arrival_us;
  root->status = invocation->outcome == FAR_INVOCATION_OK ? FAR_SPAN_OK : FAR_SPAN_ERROR;
  root->request_id = invocation->request_id;
  root->outcome = far_invocation_outcome_to_string (invocation->outcome);
  root->attributes = attributes_of (invocation, notes);
}

/* What a function tells cannot lie outside of the time it ran. */
static void
add_told (GPtrArray *spans, const FarInvocation *invocation, const FarNotesSpan *told)
{
  gint64 offset_us = MIN (told->offset_us, invocation->duration_us);
  guint64 handler = far_trace_span_of (&invocation->request_id) + HANDLER * ID_STEP;
  FarSpan *span = add (spans, invocation, told->id, handler, told->kind, told->name);

  span->start_us = invocation->arrival_us + invocation->start_us + offset_us;
  span->duration_us = MIN (told->duration_us, invocation->duration_us - offset_us);
  span->status = (FarSpanStatus) told->status;
}

void
far_span_append_invocation (GPtrArray *spans, const FarInvocation *invocation)
{
  gint64 chosen_us = invocation->arrival_us + invocation->queue_us;
  gint64 entered_us = invocation->arrival_us + invocation->start_us;
  FarNotes notes;
  guint i;

  if (invocation->notes == NULL || !far_notes_parse (invocation->notes, &notes))
    notes.n_spans = notes.n_attributes = 0;
  add_root (spans, invocation, &notes);
  if (invocation->outcome == FAR_INVOCATION_THROTTLE)
    return;
  add_phase (spans, invocation, QUEUE, 0, "queue", invocation->arrival_us, invocation->queue_us);
  if (invocation->cold)
    {
      /* The instance may have been ordered for another call, before this one came. */
      gint64 init_us = MIN (invocation->init_us, entered_us - chosen_us);
      gint64 spawn_us = MIN (invocation->spawn_us, init_us);

      add_phase (spans, invocation, COLD, 0, "cold", chosen_us, entered_us - chosen_us);
      if (spawn_us > 0)
        {
          add_phase (spans, invocation, SPAWN, COLD, "spawn", chosen_us, spawn_us);
          add_phase (spans, invocation, INIT, COLD, "init", chosen_us + spawn_us,
                     init_us - spawn_us);
        }
      else
        add_phase (spans, invocation, INIT, COLD, "init", chosen_us, init_us);
    }
  add_phase (spans, invocation, HANDLER, 0, "handler", entered_us, invocation->duration_us);
  for (i = 0; i < notes.n_spans; i++)
    add_told (spans, invocation, &notes.spans[i]);
  add_phase (spans, invocation, OVERHEAD, 0, "overhead", entered_us + invocation->duration_us,
             invocation->overhead_us);
}
