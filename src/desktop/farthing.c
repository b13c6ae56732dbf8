/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desktop program. */
#include "farthing-config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "desktop/far-application.h"
#include "far-resources.h"

int
main (int argc, char **argv)
{
  g_autoptr (FarApplication) application = NULL;
  const char *translations = g_getenv ("FARTHING_LOCALEDIR"); /* of a build not installed */

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, translations != NULL ? translations : FAR_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  far_register_resource ();
  application = far_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
