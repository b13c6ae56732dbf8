/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of widgets share: a display, a window to stand in, waiting without sleeping, finding
 * children, and the samples they are filled with. */
#pragma once

#include <adwaita.h>
#include <json-glib/json-glib.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

/* Where nothing happens for so long, a test has failed. */
#define FAR_TEST_DEADLINE_S 30

typedef gboolean (*FarTestCondition) (gpointer data);

/* Ends with far_test_wait (condition (data)) where the condition is an expression. */
#define far_test_wait_until(expression) \
  G_STMT_START { \
    gint64 deadline_us = g_get_monotonic_time () + FAR_TEST_DEADLINE_S * G_USEC_PER_SEC; \
    while (!(expression)) \
      { \
        g_assert_cmpint (g_get_monotonic_time (), <, deadline_us); \
        far_test_step (); \
      } \
  } G_STMT_END

/* g_test_init(), GTK, libadwaita, and the program's resources and icons. */
void far_test_init (int    *argc,
                    char ***argv);
/* One turn of the main loop; waits for at most a few milliseconds. */
void far_test_step (void);
/* Turns until nothing is left to do. */
void far_test_settle (void);

/* A mapped window with the widget in it, which has been drawn once. */
GtkWidget *far_test_show (GtkWidget *child,
                          int        width,
                          int        height);
/* Draws a mapped widget and returns its pixels. Returns: (transfer full) */
GdkTexture *far_test_draw (GtkWidget *widget);
/* How many different colours a texture has, at most max; a drawing that is empty has one. */
guint far_test_count_colors (GdkTexture *texture,
                             guint       max);
/* Destroys the window and checks that the child went with it; takes the caller's reference. */
void far_test_close (GtkWidget *window,
                     gpointer   child);

/* The first descendant of that type, of that name (a label's or button's text), or both; NULL
 * matches anything. Only those on screen. */
GtkWidget *far_test_find     (GtkWidget  *root,
                              GType       type,
                              const char *text);
gboolean   far_test_has_text (GtkWidget  *root,
                              const char *text);
void       far_test_click    (GtkWidget  *root,
                              const char *label);

/* A data directory of the test's own. Returns: (transfer none) */
const char *far_test_data_dir (void);
/* A session that was never started; its models are filled by hand. Returns: (transfer full) */
FarSession *far_test_session_new (void);
/* Gives up what the session does and waits until it has. */
void far_test_session_stop (FarSession *session);
/* As if the platform had answered. */
void far_test_session_go_live (FarSession *session);

/* Parses an object. Returns: (transfer full) */
JsonNode    *far_test_json     (const char *text);
FarEarnings *far_test_earnings (void);
GPtrArray   *far_test_articles (void);
FarOffer    *far_test_offer    (gboolean    method_required);

G_END_DECLS
