/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire codes of refusals (see the header). */
#include "bookkeeper/far-commands.h"

G_DEFINE_QUARK (far-command-error-quark, far_command_error)

static const struct {
  const char *code;
  gboolean    final;
} errors[] = {
#define FAR_COMMAND_ERROR_ENTRY(name, code, final) [FAR_COMMAND_ERROR_##name] = { code, final },
  FAR_COMMAND_ERRORS (FAR_COMMAND_ERROR_ENTRY)
#undef FAR_COMMAND_ERROR_ENTRY
};
G_STATIC_ASSERT (G_N_ELEMENTS (errors) == FAR_COMMAND_N_ERRORS);

static gboolean
is_ours (const GError *error)
{
  return error != NULL && error->domain == FAR_COMMAND_ERROR && error->code >= 0 &&
         error->code < FAR_COMMAND_N_ERRORS;
}

const char *
far_command_error_code (const GError *error)
{
  return is_ours (error) ? errors[error->code].code : "internal";
}

gboolean
far_command_error_is_final (const GError *error)
{
  return is_ours (error) && errors[error->code].final;
}
