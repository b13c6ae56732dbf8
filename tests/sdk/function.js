// SPDX-License-Identifier: GPL-3.0-or-later
// What the client's test uploads: it gives back what it was asked, and what it knows.
const {statfsSync} = require('node:fs');

const said = require('./lib/said');

function tmpMb() {
  const {blocks, bsize} = statfsSync('/tmp');
  return blocks * bsize / 1048576;
}

exports.handler = async (event, context) => {
  console.log('said', said);
  if (event.fail) throw new TypeError(event.fail);
  if (event.rawPath === '/own')
    return {statusCode: 200, headers: {'access-control-allow-origin': 'https://own.example'},
      body: 'own'};
  if (event.sleep_ms) await new Promise((resolve) => setTimeout(resolve, event.sleep_ms));
  return {event, said, colour: process.env.COLOUR ?? null, memory: context.memoryLimitInMB,
    tmp: tmpMb(), name: context.functionName, client: context.clientContext ?? null};
};

exports.streams = awslambda.streamifyResponse(async (event, out) => {
  for (let i = 0; i < event.parts; i += 1) {
    out.write(`part ${i};`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  out.end();
});
