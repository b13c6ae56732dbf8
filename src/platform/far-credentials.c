/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarCredentials. Format, as AWS's tools read it:
 *
 *   [default]
 *   aws_access_key_id = AKIA…16 of A–Z2–7
 *   aws_secret_access_key = …40 of base64url
 *   region = us-east-1
 */
#include "platform/far-credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/far-crypto.h"
#include "base/far-random.h"
#include "platform/far-dispatcher.h"
#include "platform/far-platform.h"

#define ID_RANDOM_LEN 16
#define SECRET_RANDOM_LEN 30

static char *
make_text (void)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  guint8 random[SECRET_RANDOM_LEN];
  char id[ID_RANDOM_LEN + 1];
  g_autofree char *secret = NULL;
  char *text;
  guint i;

  far_random_bytes (random, ID_RANDOM_LEN);
  for (i = 0; i < ID_RANDOM_LEN; i++)
    id[i] = alphabet[random[i] % 32];
  id[ID_RANDOM_LEN] = '\0';
  far_random_bytes (random, sizeof random);
  secret = g_base64_encode (random, sizeof random);
  text = g_strdup_printf ("[default]\naws_access_key_id = AKIA%s\naws_secret_access_key = %s\n"
                          "region = %s\n", id, secret, FAR_AWS_REGION);
  far_secret_wipe (random, sizeof random);
  far_secret_wipe (secret, strlen (secret));
  return text;
}

/* Whole or not at all: written beside, then linked to its name. */
static gboolean
make_file (const char *path, GError **error)
{
  g_autofree char *text = make_text ();
  g_autofree char *temporary = g_strdup_printf ("%s.new", path);
  int fd = open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean good = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text)
                  && fsync (fd) == 0 && rename (temporary, path) == 0;

  if (!good)
    g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START, "%s cannot be made: %s",
                 path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  far_secret_wipe (text, strlen (text));
  return good;
}

gboolean
far_credentials_load (FarCredentials *self, const char *data_dir, GError **error)
{
  g_autofree char *path = g_build_filename (data_dir, FAR_CREDENTIALS_NAME, NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) why = NULL;
  struct stat info;

  if (lstat (path, &info) != 0 && errno == ENOENT && !make_file (path, error))
    return FALSE;
  if (lstat (path, &info) != 0 || !S_ISREG (info.st_mode)
      || info.st_size > FAR_CREDENTIALS_SIZE_MAX || (info.st_mode & 077) != 0)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                   "%s must be a small file that only its owner can read (chmod 600)", path);
      return FALSE;
    }
  if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &why))
    {
      self->access_key_id = g_key_file_get_string (file, "default", "aws_access_key_id", &why);
      if (why == NULL)
        self->secret_access_key
            = g_key_file_get_string (file, "default", "aws_secret_access_key", &why);
    }
  if (why != NULL)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                   "%s is no AWS profile with a key (%s); move it away to have a new one made",
                   path, why->message);
      far_credentials_clear (self);
      return FALSE;
    }
  self->path = g_steal_pointer (&path);
  return TRUE;
}

void
far_credentials_clear (FarCredentials *self)
{
  if (self->secret_access_key != NULL)
    far_secret_wipe (self->secret_access_key, strlen (self->secret_access_key));
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->access_key_id, g_free);
  g_clear_pointer (&self->secret_access_key, g_free);
}
