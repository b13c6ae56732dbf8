/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may ask the control API over the network: bearer tokens with scopes, of which only hashes are
 * kept (DATA/tokens.json, 0600). Main thread. */
#pragma once

#include <glib.h>

#include "base/far-clock.h"
#include "base/far-json.h"

G_BEGIN_DECLS

#define FAR_TOKENS_ERROR (far_tokens_error_quark ())
GQuark far_tokens_error_quark (void);
typedef enum {
  FAR_TOKENS_ERROR_NAME,   /* none for a token, or there already */
  FAR_TOKENS_ERROR_SCOPE,  /* unknown, or none at all */
  FAR_TOKENS_ERROR_FULL,
  FAR_TOKENS_ERROR_FILE,   /* cannot be read or written */
} FarTokensError;

#define FAR_TOKENS_MAX 64
#define FAR_TOKEN_NAME_MAX 64

typedef enum {
  FAR_SCOPE_TELEMETRY = 1 << 0, /* "telemetry:read": figures, invocations, traces, annotations */
  FAR_SCOPE_LOGS = 1 << 1,      /* "logs:read" */
  FAR_SCOPE_INVOKE = 1 << 2,    /* "functions:invoke" */
  FAR_SCOPE_EARNINGS = 1 << 3,  /* "earnings:read": signed checkpoints of the journal, earnings */
  FAR_SCOPE_WRITE = 1 << 6,     /* "telemetry:write": spans and metrics over OTLP */
  FAR_SCOPE_OPEN = 1 << 4,      /* no token is needed: health. Not for tokens. */
  FAR_SCOPE_LOCAL = 1 << 5,     /* never over the network. Not for tokens. */
} FarScope;

/* What a route needs. */
FarScope far_scope_of_route (const char *method, const char *pattern);
/* "telemetry:read,…". 0 for a text with an unknown one. */
guint    far_scopes_parse   (const char *const *names);

typedef struct _FarTokens FarTokens;

FarTokens *far_tokens_new    (const char *data_dir, FarClock *clock, GError **error);
void       far_tokens_free   (FarTokens *self);
/* Returns: (transfer full) (nullable): the token, which is never shown again */
char      *far_tokens_add    (FarTokens *self, const char *name, guint scopes, GError **error);
gboolean   far_tokens_remove (FarTokens *self, const char *name, GError **error);
/* What whoever presents it may do; 0 = nobody. Takes as long for a false token as for any. */
guint      far_tokens_check  (FarTokens *self, const char *token);
/* "tokens": names, scopes, times. */
void       far_tokens_write  (FarTokens *self, FarJsonWriter *writer);

G_END_DECLS
