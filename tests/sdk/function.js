// SPDX-License-Identifier: GPL-3.0-or-later
// What the client's test uploads: it gives back what it was asked, and what it knows.
const said = require('./lib/said');

exports.handler = async (event, context) => {
  console.log('said', said);
  if (event.fail) throw new TypeError(event.fail);
  if (event.sleep_ms) await new Promise((resolve) => setTimeout(resolve, event.sleep_ms));
  return {event, said, colour: process.env.COLOUR ?? null, memory: context.memoryLimitInMB,
    name: context.functionName, client: context.clientContext ?? null};
};
