/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real farthing-bookkeeper as a child, with the platform's end of its control channel in the
 * test's hand. */
#pragma once

#include <sys/types.h>

#include "base/far-json.h"

G_BEGIN_DECLS

#define KEEPER_TIMEOUT_MS 30000

typedef struct {
  pid_t pid;
  int   control;
} Keeper;

/* Starts it on a data directory. money: NULL for the default. */
Keeper   *keeper_start   (const char *data_dir, const char *money);
/* The next message on the control channel. Returns: (transfer full) (nullable): NULL at the end */
JsonNode *keeper_message (Keeper *keeper);
/* Reads until a message with this op. Returns: (transfer full) (nullable) */
JsonNode *keeper_expect  (Keeper *keeper, const char *op);
/* A connection with these commands (NULL-terminated names). */
int       keeper_connect (Keeper *keeper, const char *principal, const char *const *commands);
/* Sends raw bytes on the control channel, with n_fds descriptors. */
void      keeper_send    (Keeper *keeper, const char *text, const int *fds, guint n_fds);
/* Sends a signal (0: none) and waits for the end. Returns: the wait status */
int       keeper_end     (Keeper *keeper, int signal);

/* One request over a connection; json with ' for ". Returns: (transfer full) (nullable): the
 * answer, NULL if the connection broke */
JsonNode *keeper_ask     (int fd, const char *format, ...) G_GNUC_PRINTF (2, 3);

extern const char *const keeper_all_commands[];

G_END_DECLS
