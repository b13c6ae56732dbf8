/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checkout's hosted page of the test provider, and the page a bank would show. Plain HTML without
 * scripts: a form whose buttons name outcomes. There is no field for a card, here or anywhere.
 * Whoever knows the address may press: it has 96 random bits, as with Stripe. */
#include "functions/far-provider-private.h"
#include "functions/far-provider-sessions.h"

#include <string.h>

#include "base/far-money.h"
#include "market/far-provider-units.h"

static const struct {
  const char *name, *label, *note;
  gboolean    in_setup;
} buttons[] = {
  { "succeeds", "Pay", "The payment succeeds", TRUE },
  { "authenticate", "Pay, and the bank asks", "It wants to see you, now and each time", TRUE },
  { "processing", "Pay slowly", "The bank takes a minute", TRUE },
  { "declines", "Be declined", "Now, and at each later charge", TRUE },
  { "insufficient_funds", "Have too little", "The card has insufficient funds", TRUE },
  { "times_out", "Pay, and lose the answer", "The payment succeeds; nobody says so", TRUE },
  { "disputed", "Pay, and dispute it", "The payment is charged back at once", TRUE },
  { "refund_fails", "Pay with a card that takes no refunds", "They fail after a minute", TRUE },
};

static const char head[] =
  "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
  "<title>Test checkout</title><style>"
  "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;"
  "color:#1c1c1c;background:#fff}"
  "h1{font-size:1.4rem}.sum{font-size:2rem;font-weight:700;margin:.5rem 0}"
  ".test{background:#fff3c4;color:#3d2f00;padding:.5rem .8rem;border-radius:.5rem}"
  ".said{background:#fde2e1;color:#5f1210;padding:.5rem .8rem;border-radius:.5rem}"
  "button{display:block;width:100%;text-align:left;font:inherit;margin:.5rem 0;padding:.7rem .9rem;"
  "border:1px solid #6b6b6b;border-radius:.5rem;background:#f6f6f6;color:inherit;cursor:pointer}"
  "button small{display:block;color:#4a4a4a}button:focus-visible{outline:3px solid #1a5fb4;"
  "outline-offset:2px}button:hover{background:#ececec}label{display:block;margin-top:1rem}"
  "select{font:inherit}@media(prefers-color-scheme:dark){body{color:#eee;background:#1e1e1e}"
  "button{background:#2e2e2e;border-color:#9a9a9a}button:hover{background:#3a3a3a}"
  "button small{color:#c4c4c4}}</style></head><body><main>"
  "<p class=\"test\">Test provider: no money moves, and no card is asked for.</p>";

static const char travels[] =
  "<label>Webhooks <select name=\"webhooks\"><option value=\"\">as usual</option>"
  "<option value=\"late\">five minutes late</option><option value=\"twice\">each twice</option>"
  "<option value=\"reversed\">in reverse</option><option value=\"never\">lost</option>"
  "</select></label>";

/* ---- pages ---- */

static void
finish_page (GString         *html,
             guint            status,
             FarProviderPage *ret_page)
{
  g_string_append (html, "</main></body></html>");
  ret_page->status = status;
  ret_page->html = g_string_free (html, FALSE);
}

static void
say (guint            status,
     const char      *title,
     const char      *text,
     FarProviderPage *ret_page)
{
  GString *html = g_string_new (head);
  g_autofree char *escaped = g_markup_printf_escaped ("<h1>%s</h1><p>%s</p>", title, text);

  g_string_append (html, escaped);
  finish_page (html, status, ret_page);
}

static void
append_sum (GString    *html,
            JsonObject *session)
{
  const char *currency = far_provider_member (session, "currency");
  g_autofree char *code = currency != NULL ? g_ascii_strup (currency, -1) : NULL;
  g_autofree char *shown = NULL;
  gint64 micros;

  if (code == NULL || !far_provider_units_to_micros (
                        code, far_provider_member_int (session, "amount_total"), &micros, NULL))
    return;
  shown = far_micros_to_decimal (micros, code);
  g_string_append_printf (html, "<p class=\"sum\">%s %s</p>", shown, code);
}

/* said: (nullable): why the last try came to nothing */
static void
show_session (JsonObject      *session,
              const char      *said,
              FarProviderPage *ret_page)
{
  gboolean setup = g_strcmp0 (far_provider_member (session, "mode"), "setup") == 0;
  GString *html = g_string_new (head);

  g_string_append (html, setup ? "<h1>Save a payment method</h1>" : "<h1>Pay</h1>");
  if (!setup)
    append_sum (html, session);
  if (said != NULL)
    g_string_append_printf (html, "<p class=\"said\" role=\"alert\">%s</p>", said);
  g_string_append (html, setup ? "<p>How is it to behave when it is charged?</p>"
                               : "<p>How is this payment to end?</p>");
  g_string_append (html, "<form method=\"post\">");
  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    if (!setup || buttons[i].in_setup)
      g_string_append_printf (html,
                              "<button name=\"outcome\" value=\"%s\">%s<small>%s</small></button>",
                              buttons[i].name, buttons[i].label, buttons[i].note);
  g_string_append (html, travels);
  g_string_append (html, "<button name=\"outcome\" value=\"cancel\">Go back"
                         "<small>Nothing is paid or saved</small></button></form>");
  finish_page (html, said != NULL ? 402 : 200, ret_page);
}

static void
show_authentication (JsonObject      *intent,
                     FarProviderPage *ret_page)
{
  GString *html = g_string_new (head);

  (void) intent;
  g_string_append (html, "<h1>Your bank asks: is it you?</h1><form method=\"post\">"
                         "<button name=\"outcome\" value=\"yes\">Yes, pay"
                         "<small>The payment succeeds</small></button>"
                         "<button name=\"outcome\" value=\"no\">No"
                         "<small>The payment fails</small></button></form>");
  finish_page (html, 200, ret_page);
}

/* The return address, with the session's id where it asks for it. */
static void
redirect (const char      *url,
          const char      *session,
          FarProviderPage *ret_page)
{
  if (url == NULL || strpbrk (url, "\r\n\t ") != NULL)
    {
      say (200, "Done", "You may close this page.", ret_page);
      return;
    }
  {
    g_auto (GStrv) parts = g_strsplit (url, "{CHECKOUT_SESSION_ID}", -1);

    ret_page->status = 303;
    ret_page->location = g_strjoinv (session, parts);
  }
}

/* ---- presses ---- */

static gboolean
press (const FarProviderCall  *call,
       JsonObject             *session,
       const char             *button,
       FarProviderPage        *ret_page,
       GError                **error)
{
  const char *id = far_provider_member (session, "id");
  const char *travels_how = far_provider_field (call, "webhooks");
  FarSessionStep step;

  if (strcmp (button, "cancel") == 0)
    {
      redirect (far_provider_member (session, "cancel_url"), id, ret_page);
      return TRUE;
    }
  if (travels_how != NULL)
    json_object_set_string_member (session, "_webhooks", travels_how);
  if (!far_provider_session_press (call, session, button, &step, error))
    return FALSE;
  switch (step)
    {
    case FAR_SESSION_DONE:
      redirect (far_provider_member (session, "success_url"), id, ret_page);
      break;
    case FAR_SESSION_AUTHENTICATE:
      ret_page->status = 303;
      ret_page->location = g_strdup_printf ("%s/provider/authenticate/%s", call->origin,
                                            far_provider_member (session, "payment_intent"));
      break;
    case FAR_SESSION_LOST:
      say (504, "The connection was lost",
           "The payment went through, and this page is all there is to say so.", ret_page);
      break;
    case FAR_SESSION_DECLINED:
    default:
      show_session (session, "Your card was declined. Try another way.", ret_page);
      break;
    }
  return TRUE;
}

gboolean
far_provider_page_checkout (const FarProviderCall  *call,
                            const char             *id,
                            FarProviderPage        *ret_page,
                            GError                **error)
{
  const char *button = far_provider_field (call, "outcome");
  g_autoptr (JsonObject) session = NULL;
  const char *status;

  if (!far_provider_books_find (call->db, id, "checkout.session", &session, error))
    return FALSE;
  if (session == NULL)
    {
      say (404, "No such page", "Ask for a new one where you came from.", ret_page);
      return TRUE;
    }
  status = far_provider_member (session, "status");
  if (g_strcmp0 (status, "open") != 0)
    say (410, g_strcmp0 (status, "complete") == 0 ? "Done already" : "This page has expired",
         "You may close it.", ret_page);
  else if (strcmp (call->method, "POST") != 0 || button == NULL)
    show_session (session, NULL, ret_page);
  else
    return press (call, session, button, ret_page, error);
  return TRUE;
}

gboolean
far_provider_page_authenticate (const FarProviderCall  *call,
                                const char             *id,
                                FarProviderPage        *ret_page,
                                GError                **error)
{
  const char *answer = far_provider_field (call, "outcome");
  g_autoptr (JsonObject) intent = NULL;
  g_autoptr (JsonObject) session = NULL;
  const char *session_id;

  if (!far_provider_books_find (call->db, id, "payment_intent", &intent, error))
    return FALSE;
  if (intent == NULL || g_strcmp0 (far_provider_member (intent, "status"), "requires_action") != 0)
    {
      say (410, "Nothing to confirm", "You may close this page.", ret_page);
      return TRUE;
    }
  if (strcmp (call->method, "POST") != 0 || answer == NULL)
    {
      show_authentication (intent, ret_page);
      return TRUE;
    }
  if (!far_provider_settle (call, intent, strcmp (answer, "yes") == 0, error))
    return FALSE;
  session_id = far_provider_member (intent, "_session");
  if (session_id != NULL &&
      !far_provider_books_find (call->db, session_id, "checkout.session", &session, error))
    return FALSE;
  if (session != NULL && g_strcmp0 (far_provider_member (session, "status"), "open") == 0)
    show_session (session, "Your bank refused it. Try another way.", ret_page);
  else
    redirect (session != NULL ? far_provider_member (session, "success_url") : NULL, session_id,
              ret_page);
  return TRUE;
}
