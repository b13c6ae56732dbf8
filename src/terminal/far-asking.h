/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands that ask about telemetry share: the options of a range, questions to the
 * control API, JSON as it came. Main thread. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

typedef struct {
  char      *from;       /* as given; nullable */
  char      *to;
  char      *zone_name;
  char      *deployment; /* nullable: this machine */
  GTimeZone *zone;
  gint64     now_us;     /* the platform's clock */
  gint64     from_us;
  gint64     to_us;
  char       from_text[24]; /* of from_us, for URLs */
  char       to_text[24];
} FarAsking;

/* The options, for a command's table; from_default: "1h". */
#define FAR_ASKING_ENTRIES(asking) \
  { "from", 0, 0, G_OPTION_ARG_STRING, &(asking).from, \
    "Since when: 90s, 15m, 2h, 7d ago; today, yesterday; a date or RFC 3339", "TIME" }, \
  { "to", 0, 0, G_OPTION_ARG_STRING, &(asking).to, "Until when (now)", "TIME" }, \
  { "zone", 0, 0, G_OPTION_ARG_STRING, &(asking).zone_name, "Time zone (the machine's)", "NAME" }, \
  { "deployment", 0, 0, G_OPTION_ARG_STRING, &(asking).deployment, \
    "Which one of “farthingctl connect list” (this machine)", "ID" }

void      far_asking_clear (FarAsking *self);
/* Connects, takes the platform's clock, reads the range. Returns: FAR_EXIT_OK or what to exit
 * with, told */
int       far_asking_open  (FarAsking *self, FarTerminal *terminal, const char *from_default);
/* Returns: (transfer full) (nullable): the answer's object */
JsonNode *far_asking_get   (FarTerminal *terminal, const char *url, GError **error);
JsonNode *far_asking_send  (FarTerminal *terminal, const char *method, const char *url,
                            FarJsonWriter *body, GError **error);
/* Prints it, as --json does. */
void      far_asking_print (JsonNode *node);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarAsking, far_asking_clear)

G_END_DECLS
