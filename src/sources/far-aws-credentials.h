/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where AWS credentials come from: the environment, a profile of the shared files, or the program
 * that a profile names (credential_process). Only the profile's name is ever kept; keys are asked
 * for when they are needed, and those that expire are asked for again. Main thread. */
#pragma once

#include <gio/gio.h>

#include "base/far-clock.h"
#include "net/far-sigv4.h"

G_BEGIN_DECLS

#define FAR_AWS_PROCESS_TIMEOUT_S 60
#define FAR_AWS_PROCESS_OUTPUT_MAX 65536
#define FAR_AWS_FILE_MAX (1024 * 1024)

#define FAR_AWS_ERROR (far_aws_error_quark ())
GQuark far_aws_error_quark (void);
typedef enum {
  FAR_AWS_ERROR_CREDENTIALS, /* there are none, or they cannot be read */
} FarAwsError;

typedef enum {
  FAR_AWS_FROM_ANYWHERE, /* the environment, then the profile */
  FAR_AWS_FROM_ENVIRONMENT,
  FAR_AWS_FROM_PROFILE,  /* keys, or a program, whichever it has */
  FAR_AWS_FROM_PROCESS,
} FarAwsFrom;

typedef struct {
  char  *access_key_id;
  char  *secret_access_key;
  char  *session_token; /* nullable */
  gint64 expires_us;    /* G_MAXINT64 = never */
  int    ref_count;
} FarAwsKeys;

/* Takes a reference away; the last one wipes them. */
void        far_aws_keys_free (FarAwsKeys *keys);

typedef struct _FarAwsCredentials FarAwsCredentials;

/* profile: (nullable): $AWS_PROFILE, else "default" */
FarAwsCredentials *far_aws_credentials_new  (FarAwsFrom from, const char *profile,
                                             FarClock *clock);
void               far_aws_credentials_free (FarAwsCredentials *self);
void               far_aws_credentials_get_async  (FarAwsCredentials *self,
                                                   GCancellable *cancellable,
                                                   GAsyncReadyCallback callback,
                                                   gpointer user_data);
/* Returns: (transfer full) (nullable) */
FarAwsKeys        *far_aws_credentials_get_finish (FarAwsCredentials *self,
                                                   GAsyncResult *result, GError **error);

/* AWS says that keys have expired: they are not given again. FALSE: there is nothing newer. */
gboolean           far_aws_credentials_forget     (FarAwsCredentials *self,
                                                   const FarAwsKeys *keys);

/* What a credential_process prints. NULL with an error that does not repeat it. */
FarAwsKeys        *far_aws_parse_process (const char *text, gsize n_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarAwsKeys, far_aws_keys_free)

G_END_DECLS
