// SPDX-License-Identifier: GPL-3.0-or-later
// Runs Node.js handlers: Lambda's Runtime API (2018-06-01) on one kept connection, the handler
// found by _HANDLER, its result or error posted. Started with FARTHING_STANDBY=1 it first waits to
// be told which function it is: everything slow (Node.js itself, these modules, the connection) is
// behind it by then. It holds nothing random and nothing of any function before that.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { Writable } = require('node:stream');
const { pathToFileURL } = require('node:url');
const util = require('node:util');

const RUNTIME = '/2018-06-01/runtime';
const STANDBY = '/farthing/standby';
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const EXIT_INIT = 1;
const EXIT_UNCAUGHT = 129;
const EXIT_REJECTION = 128;

// One request at a time on one connection; answers have a Content-Length.
class Connection {
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.host = address;
    this.parts = []; // of an answer that is not whole
    this.have = 0;
    this.need = 0;
    this.waiting = null;
    // One buffer for all that comes: otherwise each answer would cost 64 KB, and their collection.
    this.socket = net.connect({
      host: address.slice(0, colon), port: Number(address.slice(colon + 1)),
      onread: {
        buffer: Buffer.allocUnsafeSlow(64 * 1024),
        callback: (n, buffer) => { this.take(buffer.subarray(0, n)); return true; },
      },
    });
    this.socket.setNoDelay(true);
    this.socket.on('error', () => process.exit(EXIT_INIT));
    this.socket.on('close', () => process.exit(EXIT_INIT));
  }

  head(method, target, headers) {
    let text = `${method} ${target} HTTP/1.1\r\nHost: ${this.host}\r\n`;
    for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`;
    return `${text}\r\n`;
  }

  answer() {
    this.socket.ref();
    return new Promise((resolve) => { this.waiting = resolve; });
  }

  request(method, target, headers, body) {
    const answer = this.answer();
    if (body === undefined) {
      this.socket.write(this.head(method, target, headers));
      return answer;
    }
    this.socket.write(this.head(method, target,
      { ...headers, 'Content-Length': Buffer.byteLength(body) }) + body);
    return answer;
  }

  // data is only good until this returns.
  take(data) {
    if (this.parts.length > 0) {
      this.parts.push(Buffer.from(data));
      this.have += data.length;
      if (this.have < this.need) return;
      data = Buffer.concat(this.parts);
      this.parts = [];
    }
    const end = data.indexOf('\r\n\r\n');
    const lines = end < 0 ? [] : data.toString('latin1', 0, end).split('\r\n');
    const headers = {};
    for (let i = 1; i < lines.length; i += 1) {
      const colon = lines[i].indexOf(':');
      headers[lines[i].slice(0, colon).toLowerCase()] = lines[i].slice(colon + 1).trim();
    }
    this.need = end < 0 ? 0 : end + 4 + Number(headers['content-length'] || 0);
    if (end < 0 || data.length < this.need) {
      this.parts = [Buffer.from(data)];
      this.have = data.length;
      return;
    }
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting === null || data.length > this.need) process.exit(EXIT_INIT);
    waiting({ status: Number(lines[0].split(' ')[1]), headers, body: data.toString('utf8', end + 4) });
  }
}

// A result that is sent while it is written. Nothing is sent before its first byte, so that a
// handler that fails before it is an ordinary error.
class ResponseStream extends Writable {
  constructor(connection, id) {
    super({ highWaterMark: 64 * 1024 });
    this.connection = connection;
    this.target = `${RUNTIME}/invocation/${id}/response`;
    this.type = 'application/octet-stream';
    this.prelude = null;
    this.begun = false;
    this.failure = null;
    this.done = new Promise((resolve) => { this.resolveDone = resolve; });
    this.answered = null;
    this.on('error', () => {});
  }

  setContentType(type) { this.type = type; }

  begin() {
    if (this.begun) return;
    this.begun = true;
    this.answered = this.connection.answer();
    this.connection.socket.write(this.connection.head('POST', this.target, {
      'Content-Type': this.type,
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Transfer-Encoding': 'chunked',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    }));
    if (this.prelude !== null)
      this.chunk(Buffer.concat([Buffer.from(JSON.stringify(this.prelude)), Buffer.alloc(8)]), () => {});
  }

  chunk(data, callback) {
    const socket = this.connection.socket;
    socket.cork();
    socket.write(`${data.length.toString(16)}\r\n`);
    socket.write(data);
    socket.write('\r\n', callback);
    process.nextTick(() => socket.uncork());
  }

  _write(data, encoding, callback) {
    this.begin();
    if (data.length === 0) callback();
    else this.chunk(data, callback);
  }

  _final(callback) {
    this.finishWith(null);
    callback();
  }

  // The last chunk; failure: what happened after the first.
  finishWith(failure) {
    if (this.finished_) return;
    this.finished_ = true;
    this.begin();
    let trailers = '';
    if (failure !== null) {
      const body = Buffer.from(JSON.stringify(failure)).toString('base64');
      trailers = `Lambda-Runtime-Function-Error-Type: ${failure.errorType}\r\n` +
                 `Lambda-Runtime-Function-Error-Body: ${body}\r\n`;
    }
    this.connection.socket.write(`0\r\n${trailers}\r\n`);
    this.answered.then(this.resolveDone);
  }
}

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMING] = 'response';
    return handler;
  },
  HttpResponseStream: class {
    static from(stream, prelude) {
      stream.setContentType(PRELUDE_TYPE);
      stream.prelude = prelude;
      return stream;
    }
  },
};

function describe(error) {
  if (!util.types.isNativeError(error) && !(error instanceof Error))
    return { errorType: typeof error === 'string' ? 'string' : typeof error,
             errorMessage: typeof error === 'string' ? error : util.inspect(error),
             stackTrace: [], trace: [] };
  const trace = String(error.stack || '').split('\n');
  return { errorType: error.name || 'Error', errorMessage: error.message,
           stackTrace: trace.slice(1).map((line) => line.trim()), trace };
}

function named(type, message) {
  const error = new Error(message);
  error.name = type;
  return error;
}

const state = { requestId: undefined, onEmpty: null, trace: '' };
const TRACE = '_X_AMZN_TRACE_ID';

// The C library keeps every value that a variable of the environment ever had, so the one that
// changes with each call only looks like one of them.
function showTrace() {
  const real = process.env;
  real[TRACE] = '';
  process.env = new Proxy(real, {
    get: (target, name) => (name === TRACE ? state.trace : target[name]),
    set: (target, name, value) => {
      if (name === TRACE) state.trace = String(value);
      else target[name] = value;
      return true;
    },
    getOwnPropertyDescriptor: (target, name) => {
      const found = Object.getOwnPropertyDescriptor(target, name);
      return name === TRACE && found !== undefined ? { ...found, value: state.trace } : found;
    },
  });
}

function say(level, args) {
  const text = util.format(...args).replace(/\n/g, '\r');
  fs.writeSync(1, `${new Date().toISOString()}\t${state.requestId}\t${level}\t${text}\n`);
}

function patchConsole() {
  console.log = (...args) => say('INFO', args);
  console.info = (...args) => say('INFO', args);
  console.warn = (...args) => say('WARN', args);
  console.error = (...args) => say('ERROR', args);
  console.debug = (...args) => say('DEBUG', args);
  console.trace = (...args) => say('TRACE', [new Error(util.format(...args)).stack]);
}

// Where "dir/file.name.nested" lies.
function findModule(root, folder, name) {
  const base = path.resolve(root, folder, name);
  for (const extension of ['', '.js', '.mjs', '.cjs']) {
    try {
      if (fs.statSync(base + extension).isFile()) return base + extension;
    } catch { /* the next */ }
  }
  return require.resolve(folder === '' ? name : path.join(folder, name), { paths: [root] });
}

async function importModule(file) {
  if (!file.endsWith('.mjs')) {
    try {
      return require(file);
    } catch (error) {
      if (error.code !== 'ERR_REQUIRE_ESM' && error.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    }
  }
  return import(pathToFileURL(file).href);
}

async function loadHandler(root, text) {
  const base = path.basename(text);
  const folder = text.slice(0, text.length - base.length);
  const match = /^([^.]*)\.(.+)$/.exec(base);
  let module;
  if (match === null || text.includes('..'))
    throw named('Runtime.MalformedHandlerName', `'${text}' is no handler: write file.function`);
  try {
    module = await importModule(findModule(root, folder, match[1]));
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error.stack));
    if (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')
      throw named('Runtime.ImportModuleError', `Error: ${error.message}`);
    throw error;
  }
  let handler = module;
  for (const name of match[2].split('.'))
    handler = handler === undefined || handler === null ? undefined
      : handler[name] !== undefined ? handler[name]
        : handler.default !== undefined ? handler.default[name] : undefined;
  if (typeof handler !== 'function')
    throw named('Runtime.HandlerNotFound', `${text} is undefined or not exported`);
  return handler;
}

let constants = null;

// What is the same for every call, once it is known which function this is.
function constantContext() {
  constants = {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}

function makeContext(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const parse = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    ...constants,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    clientContext: parse('lambda-runtime-client-context'),
    identity: parse('lambda-runtime-cognito-identity'),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// Resolves with the result; a callback's waits for the event loop to be empty unless the handler
// says otherwise, a promise's does not.
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => {
      state.onEmpty = null;
      if (error !== undefined && error !== null) reject(error);
      else if (context.callbackWaitsForEmptyEventLoop) state.onEmpty = () => resolve(result);
      else setImmediate(() => resolve(result));
    };
    const now = (error, result) => {
      context.callbackWaitsForEmptyEventLoop = false;
      callback(error, result);
    };
    context.done = now;
    context.succeed = (result) => now(null, result);
    context.fail = (error) => now(error === undefined || error === null ? 'handled' : error);
    state.onEmpty = () => resolve(null);
    const result = handler(event, context, callback);
    if (result !== null && typeof result === 'object' && typeof result.then === 'function') {
      state.onEmpty = () => reject(named('Runtime.NodeJsExit',
        'Node.js had nothing left to do, but the handler\'s promise was never settled'));
      result.then((value) => { state.onEmpty = null; resolve(value); }, reject);
    }
  });
}

function serialize(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

async function runStreaming(connection, handler, event, context) {
  const stream = new ResponseStream(connection, context.awsRequestId);
  try {
    const failed = new Promise((resolve, reject) => {
      stream.on('error', reject);
      state.onEmpty = () => { stream.writableEnded ? resolve() : stream.end(); };
    });
    failed.catch(() => {});
    await Promise.race([handler(event, stream, context), failed]);
    await Promise.race([stream.done, failed]);
  } catch (error) {
    if (!stream.begun) throw error;
    say('ERROR', ['Invoke Error', JSON.stringify(describe(error))]);
    stream.finishWith(describe(error));
  }
  await stream.done;
  state.onEmpty = null;
  return null;
}

// Returns the next event where the answer has brought it along, else null.
async function invoke(connection, handler, message) {
  const context = makeContext(message.headers);
  const target = `${RUNTIME}/invocation/${context.awsRequestId}`;
  let body;
  let answer;
  state.requestId = context.awsRequestId;
  state.trace = message.headers['lambda-runtime-trace-id'] || '';
  connection.socket.unref();
  try {
    const event = JSON.parse(message.body);
    if (handler[STREAMING] !== undefined) return await runStreaming(connection, handler, event, context);
    body = serialize(await run(handler, event, context));
  } catch (error) {
    const failure = describe(error);
    say('ERROR', ['Invoke Error', '\t', JSON.stringify(failure)]);
    state.onEmpty = null;
    await connection.request('POST', `${target}/error`, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Function-Error-Type': failure.errorType.replace(/[^\x21-\x7e]/g, '_'),
    }, JSON.stringify(failure));
    return null;
  }
  state.onEmpty = null;
  answer = await connection.request('POST', `${target}/response`, {
    'Content-Type': 'application/json', 'Farthing-Then': 'next',
  }, body);
  return answer.status === 200 ? answer : null;
}

async function failInit(connection, error) {
  const failure = describe(error);
  say('ERROR', ['Init Error', '\t', JSON.stringify(failure)]);
  await connection.request('POST', `${RUNTIME}/init/error`, {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Function-Error-Type': failure.errorType.replace(/[^\x21-\x7e]/g, '_'),
  }, JSON.stringify(failure));
  process.exit(EXIT_INIT);
}

// What the first call would have to compile and load, while there is time.
async function warmUp() {
  const headers = { 'lambda-runtime-deadline-ms': '0', 'lambda-runtime-client-context': '{}' };
  serialize(await run(async (event) => event, JSON.parse('{}'), makeContext(headers)));
  describe(new Error('none'));
  state.onEmpty = null;
  await import('data:text/javascript,export default 0');
}

// Until the platform says which function this is.
async function standBy(connection) {
  await warmUp();
  const answer = await connection.request('GET', STANDBY, {});
  if (answer.status !== 200) process.exit(EXIT_INIT);
  delete process.env.FARTHING_STANDBY;
  for (const [name, value] of Object.entries(JSON.parse(answer.body).environment))
    process.env[name] = value;
  process.chdir(process.env.LAMBDA_TASK_ROOT);
}

function listenForEnds(connection) {
  const die = (type, error, code) => {
    const failure = describe(error);
    const id = state.requestId;
    say('ERROR', [type, '\t', JSON.stringify(failure)]);
    if (id === undefined) process.exit(code);
    connection.request('POST', `${RUNTIME}/invocation/${id}/error`, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Function-Error-Type': type === 'Uncaught Exception' ? failure.errorType : type,
    }, JSON.stringify(type === 'Uncaught Exception' ? failure : { ...failure, errorType: type }))
      .finally(() => process.exit(code));
  };
  process.on('uncaughtException', (error) => die('Uncaught Exception', error, EXIT_UNCAUGHT));
  process.on('unhandledRejection',
    (error) => die('Runtime.UnhandledPromiseRejection', error, EXIT_REJECTION));
  process.on('beforeExit', () => {
    const onEmpty = state.onEmpty;
    state.onEmpty = null;
    if (onEmpty !== null) onEmpty();
  });
}

async function main() {
  const connection = new Connection(process.env.AWS_LAMBDA_RUNTIME_API);
  let handler;
  let message = null;
  patchConsole();
  if (process.env.FARTHING_STANDBY === '1') await standBy(connection);
  showTrace();
  constantContext();
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    await failInit(connection, error);
  }
  listenForEnds(connection);
  for (;;) {
    message ??= await connection.request('GET', `${RUNTIME}/invocation/next`, {});
    if (message.status !== 200) process.exit(EXIT_INIT);
    message = await invoke(connection, handler, message);
  }
}

main();
