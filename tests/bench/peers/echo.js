// SPDX-License-Identifier: GPL-3.0-or-later
// The same answer on every side: what was asked, and when the handler had it.
'use strict';

exports.echo = async (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ path: event.rawPath, query: event.rawQueryString }),
});

// Ends behind its answer, so that the next call is a cold start.
exports.once = async (event) => {
  const entered = process.hrtime.bigint();
  setTimeout(() => process.exit(0), 5);
  return { query: event.rawQueryString, entered_us: Number(entered / 1000n) };
};
