// SPDX-License-Identifier: GPL-3.0-or-later
// One handler a behaviour that tests look at.
'use strict';

const fs = require('node:fs');

exports.echo = async (event, context) => {
  if (event && event.look) return { seen: look(event.look) };
  console.log('one\ntwo');
  return {
    event,
    greeting: process.env.GREETING,
    handler: process.env._HANDLER,
    env: process.env.AWS_EXECUTION_ENV,
    code: fs.readdirSync(process.env.LAMBDA_TASK_ROOT).sort(),
    cwd: process.cwd(),
    context: {
      name: context.functionName,
      version: context.functionVersion,
      arn: context.invokedFunctionArn,
      memory: context.memoryLimitInMB,
      id: context.awsRequestId,
      client: context.clientContext,
      left: context.getRemainingTimeInMillis(),
    },
    trace: process.env._X_AMZN_TRACE_ID,
    traces: [{ ...process.env }._X_AMZN_TRACE_ID, Object.entries(process.env)
      .find(([name]) => name === '_X_AMZN_TRACE_ID')[1]],
    pid: process.pid,
  };
};

function look(path) {
  try {
    return fs.statSync(path).isDirectory() ? fs.readdirSync(path) : fs.readFileSync(path, 'utf8');
  } catch (error) {
    return error.code;
  }
}

let ticks = 0;

// How often a timer of 10 ms came since the last call.
exports.ticks = async () => {
  if (ticks === 0) setInterval(() => { ticks++; }, 10).unref();
  const seen = ticks;
  ticks = 1;
  return seen;
};

exports.callback = (event, context, callback) => {
  setTimeout(() => { callback(null, { late: event.value }); }, 10);
};

exports.fails = async (event) => {
  if (event.how === 'exit') process.exit(3);
  if (event.how === 'throw') setImmediate(() => { throw new TypeError('out of reach'); });
  if (event.how === 'never') return new Promise(() => {});
  if (event.how === 'throw') return new Promise((resolve) => setTimeout(resolve, 5000));
  throw new RangeError('too far');
};

exports.stream = awslambda.streamifyResponse(async (event, stream, context) => {
  const how = event.queryStringParameters && event.queryStringParameters.how;
  if (how === 'plain') {
    stream.setContentType('text/x-plain');
    stream.end('as it is');
    return;
  }
  if (how === 'large') {
    const block = Buffer.alloc(65536, 'x');
    for (let i = 0; i < 128; i++)
      if (!stream.write(block)) await new Promise((resolve) => stream.once('drain', resolve));
    stream.end();
    return;
  }
  if (how === 'early') throw new Error('before the first byte');
  const out = awslambda.HttpResponseStream.from(stream,
    { statusCode: 201, headers: { 'content-type': 'text/plain', 'x-id': context.awsRequestId } });
  for (let i = 0; i < 3; i++) {
    out.write(`part ${i}\n`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (how === 'late') throw new Error('after the first byte');
  out.end('end\n');
});
