/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the answers about faults on demand: list, add, end one, end all. */
#include "platform/far-control-private.h"

#include <string.h>

#include "platform/far-faults.h"

#define TEXT_MAX 256

static void
add_fault (const FarFaultState *fault, gpointer user_data)
{
  FarJsonWriter *writer = user_data;
  const FarFaultSpec *spec = fault->spec;
  g_autofree char *delay = far_fault_delay_to_string (&spec->delay);
  gboolean delays = spec->delay.a_us > 0 || spec->delay.b_us > 0;

  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "id", fault->id);
  far_json_add_string (writer, "target", spec->target);
  far_json_add_string (writer, "kind", far_fault_kind_to_string (spec->kind));
  far_json_add_string (writer, "delay", delays ? delay : NULL);
  far_json_add_int (writer, "probability_ppm", spec->probability_ppm);
  far_json_add_int (writer, "seed", (gint64) spec->seed);
  far_json_add_int (writer, "duration_s", spec->duration_s);
  if (fault->left_s >= 0)
    far_json_add_int (writer, "left_s", fault->left_s);
  else
    far_json_add_null (writer, "left_s");
  far_json_add_int (writer, "matched", (gint64) fault->matched);
  far_json_add_int (writer, "injected", (gint64) fault->injected);
  far_json_end_object (writer);
}

static void
answer_faults (FarControlRequest *request, guint status)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "faults");
  far_faults_foreach (far_platform_get_faults (request->control->platform), add_fault, &writer);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, status, &writer);
}

void
far_control_get_faults (FarControlRequest *request)
{
  answer_faults (request, SOUP_STATUS_OK);
}

/* An integer that may be missing. */
static gboolean
read_int (JsonObject *object, const char *name, gint64 min, gint64 max, gint64 *value,
          GError **error)
{
  return !far_json_has (object, name) || far_json_get_int (object, name, min, max, value, error);
}

static gboolean
read_spec (JsonObject *object, FarFaultSpec *spec, GError **error)
{
  const char *target;
  const char *kind;
  const char *delay = NULL;
  gint64 ppm = FAR_FAULT_ALWAYS_PPM;
  gint64 seed = 1;

  if (!far_json_get_string (object, "target", TEXT_MAX, &target, error) ||
      !far_json_get_string (object, "kind", TEXT_MAX, &kind, error) ||
      (far_json_has (object, "delay") &&
       !far_json_get_string (object, "delay", TEXT_MAX, &delay, error)) ||
      !read_int (object, "probability_ppm", 1, FAR_FAULT_ALWAYS_PPM, &ppm, error) ||
      !read_int (object, "seed", 0, G_MAXINT64, &seed, error) ||
      !read_int (object, "duration_s", 0, FAR_FAULT_DURATION_MAX_S, &spec->duration_s, error) ||
      !far_fault_kind_parse (kind, &spec->kind, error) ||
      (delay != NULL && !far_fault_delay_parse (delay, &spec->delay, error)))
    return FALSE;
  spec->target = g_strdup (target);
  spec->probability_ppm = (guint) ppm;
  spec->seed = (guint64) seed;
  return TRUE;
}

/* A fault on what is not there would never hit, and nobody would know why. */
static gboolean
check_target (FarControlRequest *request, const FarFaultSpec *spec)
{
  FarPlatform *platform = request->control->platform;
  FarFunctionState state;
  const char *name = strchr (spec->target, ':');

  name = name != NULL ? name + 1 : "";
  if (g_str_has_prefix (spec->target, "function:")
      && !far_platform_get_function (platform, name, &state))
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_function",
                         "There is no function “%s”; GET /v1/functions lists them", name);
      return FALSE;
    }
  if (g_str_has_prefix (spec->target, "route:")
      && !far_template_has_route (far_platform_get_template (platform), name))
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_route",
                         "No function has the route “%s”; name one as it stands in the template",
                         name);
      return FALSE;
    }
  return TRUE;
}

void
far_control_add_fault (FarControlRequest *request)
{
  FarFaults *faults = far_platform_get_faults (request->control->platform);
  g_autoptr (FarFaultSpec) spec = g_new0 (FarFaultSpec, 1);
  g_autoptr (GError) error = NULL;

  if (!read_spec (json_node_get_object (request->body), spec, &error))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
      return;
    }
  if (!check_target (request, spec))
    return;
  if (far_faults_add (faults, spec, &error) == 0)
    {
      gboolean live = g_error_matches (error, FAR_FAULTS_ERROR, FAR_FAULTS_ERROR_LIVE);

      far_control_error (request, live ? SOUP_STATUS_CONFLICT : SOUP_STATUS_BAD_REQUEST,
                         live ? "live_money" : "bad_request", "%s", error->message);
      return;
    }
  answer_faults (request, SOUP_STATUS_CREATED);
}

void
far_control_delete_faults (FarControlRequest *request)
{
  FarFaults *faults = far_platform_get_faults (request->control->platform);
  gint64 id;

  if (!far_control_query_int (request, "id", 1, G_MAXUINT, 0, &id))
    return;
  if (id == 0)
    far_faults_clear (faults);
  else if (!far_faults_remove (faults, (guint) id))
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_fault",
                         "There is no fault %" G_GINT64_FORMAT "; GET /v1/faults lists them", id);
      return;
    }
  answer_faults (request, SOUP_STATUS_OK);
}
