/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client of the market API and the fake gateway that it speaks to. */
#pragma once

#include "client/far-market-client.h"
#include "fake-server.h"

#define NOW_US (G_GINT64_CONSTANT (1800000000) * 1000000)

typedef struct {
  FakeServer *server;
  FarClock *clock;
  FarMarketClient *client;
  GAsyncResult *result;
} MarketFixture;

/* unsigned_client: non-NULL for a client without a device key. */
void market_fixture_set_up    (MarketFixture *fixture, gconstpointer unsigned_client);
void market_fixture_tear_down (MarketFixture *fixture, gconstpointer data);
/* The next request, and its answer. */
void expect                   (MarketFixture *fixture, const char *method, const char *target,
                               const char *answer);
/* What came is signed by this client's reader, at its clock's time, over just what came. */
void assert_signed            (MarketFixture *fixture);
void assert_body              (MarketFixture *fixture, const char *expected);
