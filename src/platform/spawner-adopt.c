/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pre-started interpreter has run none of a function's code and seen none of its files: its
 * sandbox was built like every other, with an empty /var/task and no stores. Handing over is:
 *
 *   a child of the spawner opens detached, read-only copies of code and stores (as root with the
 *   owners mapped to this sandbox's identity, otherwise from within its user namespace), and sends
 *   them with the plan; the keeper, which alone has rights in the sandbox's mount namespace, moves
 *   them to their places, mounts a /tmp of the function's size and lowers the limits.
 *
 * It happens once: the channel closes behind it, and the sandbox ends with its one function. Only
 * the code of that function is ever visible in it. Thread: single-threaded processes. */
#include "platform/spawner-adopt.h"

#include <string.h>
#include <unistd.h>

#include "sandbox/far-channel.h"
#include "sandbox/far-limits.h"
#include "sandbox/far-root.h"
#include "sandbox/far-sandbox-messages.h"

/* The interpreter and its bootstrap are in place already. */
static void
forget_runtime (FarPlan *plan)
{
  g_free (plan->runtime_dir);
  g_free (plan->lang_dir);
  plan->runtime_dir = g_strdup ("");
  plan->lang_dir = g_strdup ("");
}

static gboolean
send_grants (const FarPlan      *plan,
             const FarRootTrees *trees,
             int                 handover,
             GError            **error)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (far_plan_to_bytes (plan));
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  FarMessage message = { .type = FAR_MESSAGE_ADOPT };
  int fds[1 + FAR_PLAN_STORES_MAX];

  fds[0] = trees->code;
  memcpy (fds + 1, trees->stores, plan->n_stores * sizeof (int));
  g_byte_array_append (bytes, (const guint8 *) &message, sizeof message);
  g_byte_array_append (bytes, g_variant_get_data (variant), g_variant_get_size (variant));
  return far_channel_send (handover, bytes->data, bytes->len, fds, 1 + plan->n_stores, 0, error);
}

void
adopt_hand_over (FarPlan           *plan,
                 const FarIdentity *identity,
                 int                handover,
                 int                user_namespace)
{
  g_autoptr (GError) error = NULL;
  FarMessageText failed = { .message = { .type = FAR_MESSAGE_FAILED } };
  FarRootTrees trees;
  gboolean opened;

  forget_runtime (plan);
  opened = identity->privileged ? far_root_open_trees (plan, identity, &trees, &error)
                                : far_root_open_trees_for (plan, user_namespace, &trees, &error);
  if (opened && send_grants (plan, &trees, handover, &error))
    _exit (0);
  g_strlcpy (failed.text, error->message, sizeof failed.text);
  far_channel_send (handover, &failed, sizeof failed, NULL, 0, 0, NULL);
  _exit (1);
}

static gpointer
fail (GError    **error,
      const char *text)
{
  g_set_error (error, FAR_PLAN_ERROR, FAR_PLAN_ERROR_INVALID, "%s", text);
  return NULL;
}

/* Returns: (nullable): the plan, with fds as many as it grants. */
static FarPlan *
parse_grants (char             *data,
              gsize             n_bytes,
              FarChannelExtras *extras,
              GError          **error)
{
  g_autoptr (FarPlan) plan = NULL;
  FarMessage message;

  if (n_bytes < sizeof message)
    return fail (error, "A handover was too short");
  memcpy (&message, data, sizeof message);
  if (message.type == FAR_MESSAGE_FAILED)
    {
      data[n_bytes - 1] = '\0';
      return fail (error, data + sizeof message);
    }
  plan = far_plan_parse (data + sizeof message, n_bytes - sizeof message, error);
  if (plan != NULL && (message.type != FAR_MESSAGE_ADOPT || plan->standby || plan->fork_server ||
                       plan->n_services > 0 || extras->n_fds != 1 + plan->n_stores))
    return fail (error, "A handover does not fit its plan");
  return g_steal_pointer (&plan);
}

static gboolean
put_in_place (const FarPlan *plan,
              const int     *fds,
              pid_t          main_pid,
              GError       **error)
{
  FarLimits limits = { .memory_mb = plan->memory_mb, .file_mb = plan->tmp_mb, .program = TRUE };
  FarRootTrees trees = { .code = fds[0], .runtime = -1, .lang = -1, .opened = TRUE };

  memcpy (trees.stores, fds + 1, plan->n_stores * sizeof (int));
  return far_root_add_grants (plan, &trees, error) && far_limits_lower (main_pid, &limits, error);
}

FarPlan *
adopt_receive (int      handover,
               pid_t    main_pid,
               GError **error)
{
  g_autofree char *data = g_malloc (FAR_CHANNEL_MESSAGE_MAX);
  g_autoptr (FarPlan) plan = NULL;
  FarChannelExtras extras;
  gssize n_bytes = far_channel_receive (handover, data, FAR_CHANNEL_MESSAGE_MAX, &extras, error);

  if (n_bytes < 0)
    return NULL;
  plan = parse_grants (data, n_bytes, &extras, error);
  if (plan == NULL)
    {
      far_channel_close_fds (&extras);
      return NULL;
    }
  if (!put_in_place (plan, extras.fds, main_pid, error))
    return NULL;
  return g_steal_pointer (&plan);
}
