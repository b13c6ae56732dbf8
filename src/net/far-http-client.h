/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asynchronous HTTP/1.1 client with the bounds that libsoup leaves open: a deadline for the whole
 * exchange, a cap on what is read, redirects only where asked and only within one origin. Over TCP,
 * TLS or one Unix socket. A client belongs to the main context it was made on. */
#pragma once

#include <gio/gio.h>

#include "net/far-address-policy.h"

G_BEGIN_DECLS

#define FAR_HTTP_CLIENT_ERROR (far_http_client_error_quark ())
GQuark far_http_client_error_quark (void);
typedef enum {
  FAR_HTTP_CLIENT_ERROR_URL,      /* no http or https URL */
  FAR_HTTP_CLIENT_ERROR_CONNECT,  /* nobody listens there; nothing was sent */
  FAR_HTTP_CLIENT_ERROR_TIMEOUT,  /* the deadline passed; what was sent may have taken effect */
  FAR_HTTP_CLIENT_ERROR_SIZE,     /* more than the cap */
  FAR_HTTP_CLIENT_ERROR_REDIRECT, /* to where it may not go, or in circles */
  FAR_HTTP_CLIENT_ERROR_IO,       /* the connection broke; what was sent may have taken effect */
  FAR_HTTP_CLIENT_ERROR_CERTIFICATE, /* not who it should be; nothing was sent */
  FAR_HTTP_CLIENT_ERROR_ADDRESS,  /* an address that the call may not reach; nothing was sent */
} FarHttpClientError;

#define FAR_HTTP_REPLY_MAX_DEFAULT (8 * 1024 * 1024)
#define FAR_HTTP_TIMEOUT_US_DEFAULT G_GINT64_CONSTANT (30000000)
#define FAR_HTTP_LINE_MAX (1024 * 1024)
#define FAR_HTTP_REDIRECTS_MAX 5
#define FAR_HTTP_CONNECTIONS_MAX 1024

#define FAR_TYPE_HTTP_CLIENT (far_http_client_get_type ())
G_DECLARE_FINAL_TYPE (FarHttpClient, far_http_client, FAR, HTTP_CLIENT, GObject)

/* connections_max: at once, to all hosts together; 0 = libsoup's default of 10. */
FarHttpClient *far_http_client_new      (guint connections_max);
/* Whom an https server must prove to be, for one connection to one system. Both NULL: by the
 * authorities this machine trusts. With a pin alone the certificate may be self-signed; with both,
 * an authority of the file must vouch for it and the pin must match. */
typedef struct {
  const char *ca_file;   /* (nullable): PEM; instead of the machine's authorities */
  const char *spki_pin;  /* (nullable): SHA-256 of the public key's SubjectPublicKeyInfo, 64 hex */
} FarHttpTrust;
#define FAR_HTTP_PIN_LEN 64

/* NULL with FAR_HTTP_CLIENT_ERROR_CERTIFICATE where file or pin cannot be used. */
FarHttpClient *far_http_client_new_trusting (guint connections_max, const FarHttpTrust *trust,
                                             GError **error);
/* From now on everything goes through a proxy ("http://127.0.0.1:9002"), which is asked to connect
 * by name; except: (nullable): hosts that are reached directly, "host" or "host:port". */
void           far_http_client_set_proxy    (FarHttpClient *self, const char *proxy,
                                             const char *const *except);
/* The pin of the first certificate in a PEM text. Returns: (transfer full) (nullable) */
char          *far_http_pin_of_pem          (const char *pem, gsize n_bytes);
/* Every call goes to this socket; its URLs are paths ("/v1/status"). */
FarHttpClient *far_http_client_new_unix (const char *socket_path);

typedef struct {
  const char *method;
  const char *url;
  const char *const *headers; /* (nullable): name, value, name, value, …, NULL */
  GBytes *body;               /* (nullable) */
  const char *content_type;   /* (nullable): of the body; "application/json" if NULL */
  gsize reply_max;            /* bytes of the answer's body; 0 = the default */
  gint64 timeout_us;          /* 0 = the default; below 0 = none */
  gboolean follow;            /* GET only: redirects within the origin */
  gboolean idempotent;        /* may be sent again if a kept connection turns out to be closed */
  FarAddressPolicy addresses; /* others: FAR_HTTP_CLIENT_ERROR_ADDRESS, and nothing is sent */
} FarHttpCall;

typedef struct _FarHttpReply FarHttpReply;

/* call is copied as far as it is needed. Any status is a success of the call. */
void          far_http_client_send_async   (FarHttpClient *self, const FarHttpCall *call,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) */
FarHttpReply *far_http_client_send_finish  (FarHttpClient *self, GAsyncResult *result,
                                            GError **error);

guint         far_http_reply_get_status    (FarHttpReply *reply);
/* The first field of that name in any case. Returns: (transfer none) (nullable) */
const char   *far_http_reply_get_header    (FarHttpReply *reply, const char *name);
/* Returns: (transfer none) */
GBytes       *far_http_reply_get_body      (FarHttpReply *reply);
void          far_http_reply_free          (FarHttpReply *reply);
/* The date of a header field (RFC 9110 5.6.7). */
gboolean      far_http_parse_date          (const char *text, gint64 *ret_time_us);

/* ---- Streams of lines (NDJSON) ---- */

#define FAR_TYPE_HTTP_LINES (far_http_lines_get_type ())
G_DECLARE_FINAL_TYPE (FarHttpLines, far_http_lines, FAR, HTTP_LINES, GObject)

/* Done when the head has come; timeout_us is for that long. */
void          far_http_client_open_lines_async  (FarHttpClient *self, const FarHttpCall *call,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data);
/* Returns: (transfer full) */
FarHttpLines *far_http_client_open_lines_finish (FarHttpClient *self, GAsyncResult *result,
                                                 GError **error);

guint         far_http_lines_get_status  (FarHttpLines *self);
/* One at a time. */
void          far_http_lines_next_async  (FarHttpLines *self, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (nullable): a line without its end; NULL without error at the end */
char         *far_http_lines_next_finish (FarHttpLines *self, GAsyncResult *result,
                                          gsize *ret_length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarHttpReply, far_http_reply_free)

G_END_DECLS
