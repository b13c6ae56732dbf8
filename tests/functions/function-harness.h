/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls a function's handler in this process, with an event as the gateway writes it and a
 * bookkeeper that says what the test tells it to. What the function logs is kept. */
#pragma once

#include "functions/far-functions.h"

#define HARNESS_START_US G_GINT64_CONSTANT (1795406400000000) /* 2026-11-23T04:00:00Z */

typedef struct _Harness Harness;

/* publication: a folder. bookkeeper_fd: an end of a connection to use instead of the fake; -1. */
Harness    *harness_new           (const FarLambdaFunction *function, const char *publication,
                                   int bookkeeper_fd);
void        harness_free          (Harness *self);
FarClock   *harness_clock         (Harness *self);
char       *harness_demo          (void);

/* The next answer of the fake, whatever is asked; NULL closes the connection. Answers queue. */
void        harness_expect        (Harness *self, const char *answer);
/* What the fake was asked, in order. */
guint       harness_n_asked       (Harness *self);
JsonObject *harness_asked         (Harness *self, guint i);

typedef struct {
  const char *method;
  const char *path;
  const char *query;       /* nullable */
  const char *parameter;   /* path parameter's name, nullable */
  const char *value;       /* its value */
  const char *body;        /* nullable */
  const char *header;      /* one more header, nullable */
  const char *header_value;
  const char *idempotency_key; /* nullable */
  guint8      signer;      /* seed of the key that signs; 0: unsigned */
  gint64      signed_ago_us;
  const char *signed_path; /* nullable: what was signed instead of path */
  gboolean    tamper;      /* change the body after signing */
} HarnessRequest;

typedef struct {
  guint     status;
  char     *raw;   /* everything that left the function */
  char     *body;  /* decoded */
  gsize     n_body;
  JsonNode *json;  /* of the body, NULL if it is none */
  JsonNode *event; /* of raw */
} HarnessAnswer;

/* The hex key that signer signs with. */
char          *harness_reader       (guint8 signer);
HarnessAnswer *harness_call         (Harness *self, const HarnessRequest *request);
void           harness_answer_free  (HarnessAnswer *answer);
const char    *harness_answer_header (HarnessAnswer *answer, const char *name);
/* The error's code; "" if the answer is no error. */
const char    *harness_answer_code  (HarnessAnswer *answer);
const char    *harness_answer_message (HarnessAnswer *answer);
/* Calls the handler of other events. Returns: (transfer full) (nullable): NULL with an error. */
char          *harness_event        (Harness *self, const char *event, GError **error);
/* What has been logged since. */
char          *harness_logs         (Harness *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Harness, harness_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HarnessAnswer, harness_answer_free)
