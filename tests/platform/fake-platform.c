/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A platform that a test plays. */
#include "fake-platform.h"

#include <string.h>

#include "platform/far-faults.h"

#define OBSERVERS_MAX 4

struct _FarPlatform {
  FarClock         *clock;
  FarTemplate      *tmpl;
  FarFunctionState  states[16];
  GPtrArray        *invokes;
  FarLoop          *loop;
  FarFaults        *faults;
  char             *gateway;
  char             *data_dir; /* nullable */
  int               bookkeeper_fd;
  gint64            transfers;
  gboolean          stopped;
  struct {
    const FarPlatformObserver *observer;
    gpointer                   user_data;
  } observers[OBSERVERS_MAX];
};

G_DEFINE_QUARK (far-platform-error-quark, far_platform_error)

static void
fake_invoke_free (FakeInvoke *invoke)
{
  g_free (invoke->function);
  g_free (invoke->payload);
  g_free (invoke->route);
  g_free (invoke);
}

static void
on_fault_note (const char *function, const char *text, gpointer user_data)
{
}

FarDispatcher *
far_platform_get_dispatcher (FarPlatform *self)
{
  g_assert_not_reached (); /* test-runtimes.py edits the code of a real one's functions */
}

FarFaults *
far_platform_get_faults (FarPlatform *self)
{
  return self->faults;
}

FarPlatform *
fake_platform_new (FarClock *clock, const char *template_text)
{
  FarPlatform *self = g_new0 (FarPlatform, 1);
  g_autoptr (GError) error = NULL;
  guint i;

  self->clock = far_clock_ref (clock);
  self->tmpl = far_template_parse (template_text, strlen (template_text), "/nowhere/template.yaml",
                                   "/nowhere", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (far_template_n_functions (self->tmpl), <=, G_N_ELEMENTS (self->states));
  for (i = 0; i < far_template_n_functions (self->tmpl); i++)
    self->states[i].spec = far_template_get_function (self->tmpl, i);
  self->invokes = g_ptr_array_new_with_free_func ((GDestroyNotify) fake_invoke_free);
  self->loop = far_loop_new (NULL, &error);
  g_assert_no_error (error);
  self->faults = far_faults_new (self->loop, on_fault_note, self);
  self->gateway = g_strdup ("http://127.0.0.1:1");
  self->bookkeeper_fd = -1;
  self->transfers = -1;
  return self;
}

void
fake_platform_free (FarPlatform *self)
{
  guint i;

  for (i = 0; i < OBSERVERS_MAX; i++)
    g_assert_null (self->observers[i].observer);
  g_assert_cmpint (self->bookkeeper_fd, ==, -1);
  g_ptr_array_unref (self->invokes);
  far_faults_free (self->faults);
  far_loop_free (self->loop);
  far_template_unref (self->tmpl);
  far_clock_unref (self->clock);
  g_free (self->gateway);
  g_free (self->data_dir);
  g_free (self);
}

void
fake_platform_set_data_dir (FarPlatform *self, const char *data_dir)
{
  g_free (self->data_dir);
  self->data_dir = g_strdup (data_dir);
}

GPtrArray *
fake_platform_get_invokes (FarPlatform *self)
{
  return self->invokes;
}

void
fake_platform_answer (FarPlatform *self, guint status, const char *payload)
{
  FakeInvoke *invoke;
  FarId id;
  FarInvokeResult result = { .status = status, .payload = payload, .log_tail = "a\033line\n",
                             .n_log_tail = 7, .request_id = &id };

  g_assert_cmpuint (self->invokes->len, >, 0);
  far_id_init (&id, self->clock);
  result.n_payload = payload != NULL ? strlen (payload) : 0;
  if (status == 404)
    result.request_id = NULL;
  invoke = g_ptr_array_steal_index (self->invokes, 0);
  if (invoke->callback != NULL)
    invoke->callback (&result, invoke->user_data);
  fake_invoke_free (invoke);
}

FarFunctionState *
fake_platform_get_state (FarPlatform *self, const char *function)
{
  guint i;

  for (i = 0; i < far_template_n_functions (self->tmpl); i++)
    if (strcmp (self->states[i].spec->name, function) == 0)
      return &self->states[i];
  return NULL;
}

void
fake_platform_tell_state (FarPlatform *self)
{
  guint i;

  for (i = 0; i < OBSERVERS_MAX; i++)
    if (self->observers[i].observer != NULL && self->observers[i].observer->state != NULL)
      self->observers[i].observer->state (self->observers[i].user_data);
}

void
fake_platform_tell_journal (FarPlatform *self, gint64 transfers)
{
  guint i;

  self->transfers = transfers;
  for (i = 0; i < OBSERVERS_MAX; i++)
    if (self->observers[i].observer != NULL && self->observers[i].observer->journal != NULL)
      self->observers[i].observer->journal (transfers, self->observers[i].user_data);
}

void
fake_platform_set_gateway (FarPlatform *self, const char *url)
{
  g_free (self->gateway);
  self->gateway = g_strdup (url);
}

void
fake_platform_set_bookkeeper (FarPlatform *self, int fd)
{
  self->bookkeeper_fd = fd;
}

gboolean
fake_platform_was_stopped (FarPlatform *self)
{
  return self->stopped;
}

/* ---- far-platform.h ---- */

guint
far_platform_observe (FarPlatform *self, const FarPlatformObserver *observer, gpointer user_data)
{
  guint i = 0;

  while (i < OBSERVERS_MAX && self->observers[i].observer != NULL)
    i++;
  g_assert_cmpuint (i, <, OBSERVERS_MAX);
  self->observers[i].observer = observer;
  self->observers[i].user_data = user_data;
  return i + 1;
}

void
far_platform_unobserve (FarPlatform *self, guint id)
{
  self->observers[id - 1].observer = NULL;
}

FarClock *
far_platform_get_clock (FarPlatform *self)
{
  return self->clock;
}

FarTemplate *
far_platform_get_template (FarPlatform *self)
{
  return self->tmpl;
}

const char *
far_platform_get_data_dir (FarPlatform *self)
{
  return self->data_dir != NULL ? self->data_dir : "/nowhere/data";
}

void
far_platform_get_status (FarPlatform *self, FarPlatformStatus *ret_status)
{
  FarPlatformStatus status = {
    .state = FAR_PLATFORM_RUNNING,
    .isolation = "none",
    .gateway_url = self->gateway,
    .lambda_url = "http://127.0.0.1:2",
    .metrics_url = "http://127.0.0.1:3",
    .control_path = "/nowhere/control.sock",
    .credentials_path = "/nowhere/credentials",
    .publisher_token_path = "",
    .money = "test",
    .transfers = self->transfers,
    .n_functions = far_template_n_functions (self->tmpl),
  };
  guint i;

  for (i = 0; i < status.n_functions; i++)
    status.n_instances += self->states[i].instances;
  *ret_status = status;
}

const char *
far_platform_state_to_string (FarPlatformState state)
{
  return state == FAR_PLATFORM_RUNNING ? "running" : "other";
}

void
far_platform_foreach_function (FarPlatform *self, FarFunctionVisitor visitor, gpointer user_data)
{
  guint i;

  for (i = 0; i < far_template_n_functions (self->tmpl); i++)
    visitor (&self->states[i], user_data);
}

gboolean
far_platform_get_function (FarPlatform *self, const char *name, FarFunctionState *ret_state)
{
  FarFunctionState *state = fake_platform_get_state (self, name);

  if (state != NULL)
    *ret_state = *state;
  return state != NULL;
}

void
far_platform_invoke (FarPlatform *self, const char *function, FarInvokeType type, GBytes *payload,
                     const char *route, const char *client_context, FarInvokeCallback callback,
                     gpointer user_data)
{
  FakeInvoke *invoke = g_new0 (FakeInvoke, 1);
  gsize length;
  const char *data = g_bytes_get_data (payload, &length);

  invoke->function = g_strdup (function);
  invoke->type = type;
  invoke->payload = g_strndup (data, length);
  invoke->route = g_strdup (route);
  invoke->callback = callback;
  invoke->user_data = user_data;
  g_ptr_array_add (self->invokes, invoke);
}

void
far_platform_get_progress (FarPlatform *self, const char **ret_what, gint64 *ret_rows,
                           gint64 *ret_total)
{
  *ret_what = "ledger.verify";
  *ret_rows = 12;
  *ret_total = 34;
}

int
far_platform_connect_bookkeeper (FarPlatform *self, const char *principal,
                                 const char *const *commands, GError **error)
{
  int fd = self->bookkeeper_fd;

  g_assert_cmpstr (principal, ==, ":operator");
  g_assert_nonnull (commands[0]);
  g_assert_null (commands[1]);
  self->bookkeeper_fd = -1;
  if (fd < 0)
    g_set_error_literal (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_BOOKKEEPER,
                         "The bookkeeper is being started again; try again");
  return fd;
}

gboolean
far_platform_advance_clock (FarPlatform *self, gint64 delta_us, GError **error)
{
  return far_clock_advance (self->clock, delta_us, error);
}

void
far_platform_request_stop (FarPlatform *self)
{
  self->stopped = TRUE;
}

/* Its tests ask for neither. */
struct _FarQueues *
far_platform_get_queues (FarPlatform *self)
{
  g_assert_not_reached ();
}

struct _FarLambdaControl *
far_platform_get_lambda (FarPlatform *self)
{
  g_assert_not_reached ();
}
