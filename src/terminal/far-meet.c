/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every command that reads earnings does besides: it meets the ledger that they come from, and
 * says loudly when that is not what it was (client/far-witness.h). */
#include "terminal/far-connect.h"

#include <stdio.h>
#include <string.h>

#include "client/far-deployments.h"

/* A deployment's ledger is known by its address, whatever it is called here. */
static char *
find_address (FarTerminal *self, const char *id, GError **error)
{
  g_autoptr (GPtrArray) all = NULL;
  g_auto (FarWait) wait = { 0 };

  far_platform_client_load_deployments_async (self->platform, NULL, far_wait_done, &wait);
  all = far_platform_client_load_deployments_finish (self->platform, far_wait_for (&wait), error);
  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      const FarDeploymentInfo *info = g_ptr_array_index (all, i);

      if (strcmp (info->id, id) == 0)
        return g_strdup (info->url);
    }
  if (all != NULL)
    g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_FOUND,
                 "There is no deployment “%s”; farthingctl connect list shows them", id);
  return NULL;
}

FarLedgerContact *
far_terminal_meet (FarTerminal *self, const char *id, GError **error)
{
  g_autofree char *address = id != NULL ? find_address (self, id, error)
                                        : g_strdup (self->data_dir);
  g_auto (FarWait) wait = { 0 };

  if (address == NULL)
    return NULL;
  far_platform_client_check_ledger_async (self->platform, id, address, NULL, far_wait_done, &wait);
  return far_platform_client_check_ledger_finish (self->platform, far_wait_for (&wait), error);
}

int
far_terminal_end_with_ledger (FarTerminal *self, const char *id, int code)
{
  g_autoptr (GError) error = NULL;
  g_autofree FarLedgerContact *contact = far_terminal_meet (self, id, &error);

  if (contact != NULL && contact->finding == FAR_WITNESS_REPLACED)
    fputs ("This is another ledger than before; both hold test money\n", stderr);
  if (!far_witness_error_is_alarm (error))
    return code;
  fprintf (stderr, "%s\n", error->message);
  return FAR_EXIT_FAILED;
}
