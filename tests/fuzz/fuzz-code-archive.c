/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a zip with a function's code: looked through, refused or taken. */
#include "fuzz-driver.h"

#include "platform/far-code-archive.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  gboolean good = far_code_archive_check (data, size, &error);

  g_assert (good == (error == NULL));
  return 0;
}
