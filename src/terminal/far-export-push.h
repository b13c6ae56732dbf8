/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl export push. Main thread. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

typedef struct {
  char    *ca_file; /* nullable */
  char    *secret;  /* nullable: "token", "token=-" or "token=FILE" */
  gboolean no_traces;
  gboolean no_metrics;
} FarExportPushOptions;

#define FAR_EXPORT_PUSH_ENTRIES(options) \
  { "secret", 0, 0, G_OPTION_ARG_STRING, &(options).secret, \
    "With push: the collector's token, typed, or token=- or token=FILE", "token" }, \
  { "ca-file", 0, 0, G_OPTION_ARG_FILENAME, &(options).ca_file, \
    "With push: authorities to trust (PEM), instead of the machine's", "FILE" }, \
  { "no-traces", 0, 0, G_OPTION_ARG_NONE, &(options).no_traces, "With push: metrics only", NULL }, \
  { "no-metrics", 0, 0, G_OPTION_ARG_NONE, &(options).no_metrics, "With push: traces only", NULL }

void far_export_push_options_clear (FarExportPushOptions *self);
/* url: (nullable): to ask how it goes; "off". Returns an exit code. */
int  far_export_push (FarTerminal *self, const FarExportPushOptions *options, const char *url);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarExportPushOptions, far_export_push_options_clear)

G_END_DECLS
