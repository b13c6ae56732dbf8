/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dispatcher with its Runtime API and instances that the test plays itself: over its end of a
 * channel it speaks the API, byte for byte, over HTTP or in frames. */
#pragma once

#include "base/far-runtime-frame.h"
#include "fake-spawner.h"
#include "platform/far-async-queue.h"
#include "platform/far-dispatcher.h"
#include "platform/far-invoke.h"

typedef struct {
  FarLoop       *loop;
  FarClock      *clock;
  FarTemplate   *tmpl;
  FarSpawner    *spawner;
  FarHttpServer *runtime;
  FarDispatcher *dispatcher;
  char          *dir;
  FarPlatformStore *store;
  FarQueues     *queues;
  FarAsyncQueue *queue;
  GArray        *records;
  GString       *error_types; /* of the records, each with a space behind */
  GString       *told;        /* notes of the records, likewise */
  GPtrArray     *lines;
  GPtrArray     *notes;       /* annotations: "KIND FUNCTION: TEXT" */
  GPtrArray     *answers;
} Fixture;

typedef struct {
  gboolean done;
  guint    status;
  char    *function_error;
  char    *reason;
  char    *payload;
  char    *tail;
} Answer;

void    fixture_set_up    (Fixture *f, gconstpointer data);
void    fixture_tear_down (Fixture *f, gconstpointer data);
/* Lives as long as the fixture: some calls are answered when that is taken down. */
Answer *answer_new        (Fixture *f);
void    invoke            (Fixture *f, const char *function, FarInvokeType type,
                           const char *event, Answer *answer);
/* Runs the loop until nothing is left to do. */
void    spin              (void);
/* The same, and until nothing waits for the disk. */
void    settle            (Fixture *f);
/* The instance with that index (fake-spawner.h) … */
void    send_text         (guint index, const char *text);
/* … gets one whole response; runs the loop until it is there. */
char   *receive           (guint index);
void    ask_next          (guint index);
void    post              (guint index, const char *path, const char *headers, const char *body);
char   *header_of         (const char *response, const char *name);
void    assert_status     (const char *response, const char *status, const char *contains);
/* Takes the event it was given, answers it, and asks for the next. */
void    serve             (guint index, const char *expected_event, const char *answer);

/* The same in frames. */
GByteArray *frame_bytes   (const FarRuntimeFrame *frame);
/* Runs the loop as long as the platform has to read first. */
void    send_bytes        (guint index, const guint8 *data, gsize n_bytes);
void    send_frame        (guint index, const FarRuntimeFrame *frame);
void    ask_next_frame    (guint index);
/* One whole frame and no byte more; runs the loop until it is there. ret_frame borrows from what is
 * returned. */
GByteArray *receive_frame (guint index, FarRuntimeFrame *ret_frame);
/* Takes the event it was given, and answers it, which asks for the next. */
void    serve_frame       (guint index, const char *answer);
/* The two halves of that. Returns: (transfer full): the event's id */
char   *take_event_frame  (guint index, const char *expected_event);
void    respond_frame     (guint index, const char *id, const char *answer);
FarRuntimeFrame response_to (const char *id, const char *payload);
extern const FarRuntimeFrame ask_frame;
void    append_frame      (GByteArray *bytes, const FarRuntimeFrame *frame);
/* It gets this status now; it gets nothing. */
void    assert_status_frame (guint index, gint64 expected);
void    assert_silent     (guint index);
/* Its answer stands in what is returned, once there is one. */
Answer *call_of           (Fixture *f, const char *function, const char *event);

#define ADD(path, func) \
  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
