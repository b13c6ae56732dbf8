/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time is passed in: a FarClock is the only source of wall time outside tests. The system clock,
 * or one shared by all processes of a platform started with --test-clock: a 4096-byte file whose
 * first 8 bytes are a little-endian int64 offset in µs that is added to the system's time. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define FAR_CLOCK_ERROR (far_clock_error_quark ())
GQuark far_clock_error_quark (void);
typedef enum {
  FAR_CLOCK_ERROR_OPEN,
  FAR_CLOCK_ERROR_BACKWARDS,
} FarClockError;

#define FAR_CLOCK_ENV "FARTHING_TEST_CLOCK" /* a path, or "fd:N" */
#define FAR_CLOCK_FILE "test-clock"         /* in the data directory */

typedef struct _FarClock FarClock;

/* Reads FAR_CLOCK_ENV; the system clock where it is unset. */
FarClock *far_clock_new_from_env (GError **error);
FarClock *far_clock_new_system   (void);
/* Creates the file (0600) if it does not exist. Only the platform does this. */
FarClock *far_clock_new_shared   (const char *path, GError **error);
/* Of a shared clock, for functions: nobody can write to it. Returns: a descriptor, or -1 */
int       far_clock_share        (FarClock *clock, GError **error);
/* Follows the file, which another process made and advances. */
FarClock *far_clock_new_following (const char *path, GError **error);
/* Stands still until far_clock_advance(); for tests. */
FarClock *far_clock_new_manual   (gint64 start_us);
FarClock *far_clock_ref          (FarClock *clock);
void      far_clock_unref        (FarClock *clock);

/* µs since the Unix epoch. */
gint64    far_clock_now_us       (FarClock *clock);
/* Moves a shared or manual clock forward by delta_us > 0. */
gboolean  far_clock_advance      (FarClock *clock, gint64 delta_us, GError **error);
gboolean  far_clock_is_test      (FarClock *clock);

/* "2026-11-23T04:12:00.123456Z" (always UTC, 6 digits), and back (also without fraction). */
char     *far_time_to_rfc3339    (gint64 time_us);
gboolean  far_time_parse_rfc3339 (const char *text, gint64 *ret_time_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarClock, far_clock_unref)

G_END_DECLS
