/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A farthingd for a test: in a temporary folder, on free ports, ended with everything it started.
 * FARTHING_BUILD_ROOT says where the programs are. Calls block; each has a generous deadline. */
#pragma once

#include <json-glib/json-glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define DAEMON_DEADLINE_S 60

typedef struct {
  char  *dir;       /* the data directory */
  char  *template_path;
  char  *gateway;   /* URLs */
  char  *lambda;
  char  *metrics;
  char  *control;   /* a path */
  char  *isolation;
  char  *access_key;
  char  *secret_key;
  char  *errors;    /* path of what it wrote to stderr */
  pid_t  pid;       /* 0 = not running */
} Daemon;

/* Starts it and waits for its ready line. template_path: NULL for the tests' own. */
Daemon *daemon_start   (const char *template_path);
/* On the same data directory, after daemon_stop() or daemon_kill(). */
void    daemon_restart (Daemon *self);
/* SIGTERM; checks that it ends well in time. */
void    daemon_stop    (Daemon *self);
void    daemon_kill    (Daemon *self);
/* Stops it if it runs; removes the folder. */
void    daemon_free    (Daemon *self);
/* What it wrote to stderr so far. */
char   *daemon_errors  (Daemon *self);
/* A child of it whose program has this name; 0 if there is none. */
pid_t   daemon_find_child (Daemon *self, const char *program);

typedef struct {
  guint       status;  /* 0: the connection broke */
  char       *body;    /* NUL behind it */
  gsize       n_body;
  GHashTable *headers; /* names in lower case */
} Reply;

void    reply_free (Reply *reply);
/* headers: (nullable): "Name: value\r\n" each. */
Reply  *http_send  (const char *method, const char *url, const char *headers, const void *body,
                    gsize n_body);
#define http_get(url) http_send ("GET", url, NULL, NULL, 0)
/* Signed with the daemon's credentials. */
Reply  *lambda_send (Daemon *self, const char *method, const char *target, const char *headers,
                     const char *body);
char   *url_of     (const char *base, const char *target);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Daemon, daemon_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reply, reply_free)

G_END_DECLS
