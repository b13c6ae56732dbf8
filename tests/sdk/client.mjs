// SPDX-License-Identifier: GPL-3.0-or-later
// The tests themselves: @aws-sdk/client-lambda, told only where the API is and its credentials. TAP
// without a plan on stdout. Argument: how many tests ran before.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import {createRequire} from 'node:module';
import path from 'node:path';

const {LAMBDA_URL, MODULES, ZIPS, PART} = process.env;
const require = createRequire(path.join(MODULES, 'package.json'));
const sdk = require('@aws-sdk/client-lambda');
const client = new sdk.LambdaClient({endpoint: LAMBDA_URL, maxAttempts: 1});
const text = (bytes) => Buffer.from(bytes).toString();
const zip = (name) => readFileSync(path.join(ZIPS, `${name}.zip`));
const send = (name, input = {}) => client.send(new sdk[`${name}Command`](input));
const ROLE = 'arn:aws:iam::000000000000:role/tester';
let count = Number(process.argv[2]), failed = 0;

async function test(name, run) {
  count += 1;
  try {
    await run();
    console.log(`ok ${count} ${name}`);
  } catch (error) {
    failed += 1;
    console.error(error);
    console.log(`not ok ${count} ${name}`);
  }
}

async function refused(promise, name, status, message) {
  const error = await promise.then(() => null, (e) => e);
  assert.ok(error, `${name} was expected`);
  assert.equal(error.name, name, error.message);
  assert.equal(error.$metadata.httpStatusCode, status);
  if (message) assert.match(error.message, message);
  return error;
}

async function invoke(FunctionName, event, more = {}) {
  const answer = await send('Invoke', {FunctionName, Payload: JSON.stringify(event), ...more});
  return {...answer, said: answer.Payload?.length ? JSON.parse(text(answer.Payload)) : null};
}

// Until condition() is true.
async function until(what, condition) {
  for (const end = Date.now() + 60000; Date.now() < end;
    await new Promise((resolve) => setTimeout(resolve, 50))) {
    const value = await condition();
    if (value) return value;
  }
  throw new Error(`waited 60 s for ${what}`);
}

// A function URL as a browser meets it, from a page of another origin.
async function crossOrigin(FunctionName, url) {
  const ask = async (origin, method = 'GET', more = {}, at = '') => {
    const answer = await new Promise((resolve, reject) => {
      http.request(url + at, {method, headers: {origin, ...more}}, resolve).on('error', reject).end();
    });
    answer.resume();
    return answer;
  };
  const page = 'https://news.example';
  assert.equal((await ask(page)).statusCode, 403, 'nobody said that it may');
  const Cors = {AllowOrigins: [page], AllowMethods: ['GET', 'PUT'], AllowHeaders: ['x-a'],
    ExposeHeaders: ['x-b', 'x-c'], MaxAge: 60, AllowCredentials: true};
  const updated = await send('UpdateFunctionUrlConfig', {FunctionName, Cors});
  assert.deepEqual(updated.Cors, Cors);
  assert.equal((await ask('https://other.example')).statusCode, 403);
  const answer = await ask(page);
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['access-control-allow-origin'], page);
  assert.equal(answer.headers['access-control-allow-credentials'], 'true');
  assert.equal(answer.headers['access-control-expose-headers'], 'x-b,x-c');
  assert.equal(answer.headers.vary, 'Origin');
  assert.equal((await ask(page, 'GET', {}, 'own')).headers['access-control-allow-origin'], page,
    'once, and as configured');
  const preflight = await ask(page, 'OPTIONS', {'access-control-request-method': 'PUT'});
  assert.equal(preflight.statusCode, 200);
  assert.equal(preflight.headers['access-control-allow-methods'], 'GET,PUT');
  assert.equal(preflight.headers['access-control-allow-headers'], 'x-a');
  assert.equal(preflight.headers['access-control-max-age'], '60');
  assert.equal(preflight.headers['content-length'], '0', 'the function was not asked');
  await send('UpdateFunctionUrlConfig', {FunctionName, Cors: {AllowOrigins: ['*']}});
  assert.equal((await ask('https://other.example')).headers['access-control-allow-origin'], '*');
  assert.equal((await send('GetFunctionUrlConfig', {FunctionName})).Cors.AllowOrigins[0], '*');
  await send('UpdateFunctionUrlConfig', {FunctionName, Cors: {}});
  assert.equal((await send('GetFunctionUrlConfig', {FunctionName})).Cors, undefined);
  assert.equal((await ask(page)).statusCode, 403);
}

async function first() {
  await test('Invoke: an answer, its version, the log\'s tail', async () => {
    const answer = await invoke('Echo', {a: [1, 2]}, {LogType: 'Tail'});
    assert.deepEqual(answer.said, {a: [1, 2]});
    assert.equal(answer.StatusCode, 200);
    assert.equal(answer.ExecutedVersion, '$LATEST');
    assert.equal(answer.FunctionError, undefined);
    const log = Buffer.from(answer.LogResult, 'base64').toString();
    assert.match(log, /START RequestId: .*event of 11 bytes.*REPORT RequestId: /s);
    assert.match(answer.$metadata.requestId, /^[0-9a-f-]{36}$/);
  });

  await test('Invoke: Event, DryRun, qualifiers and ARNs', async () => {
    assert.equal((await invoke('Echo', {}, {InvocationType: 'Event'})).StatusCode, 202);
    assert.equal((await invoke('Echo', {}, {InvocationType: 'DryRun'})).StatusCode, 204);
    for (const name of ['Echo:$LATEST', '000000000000:function:Echo', 'function:Echo',
      '000000000000:Echo', 'us-east-1:000000000000:function:Echo:$LATEST',
      'arn:aws:lambda:us-east-1:000000000000:function:Echo'])
      assert.deepEqual((await invoke(name, {n: name})).said, {n: name});
    assert.deepEqual((await invoke('Echo', {q: 1}, {Qualifier: '$LATEST'})).said, {q: 1});
    await refused(invoke('Echo', {}, {Qualifier: 'live'}), 'ResourceNotFoundException', 404,
      /function:Echo:live/);
    await refused(invoke('Nobody', {}), 'ResourceNotFoundException', 404);
    await refused(invoke('arn:aws:lambda:us-east-1:000000000000:function:ab-cd-1:live', {}),
      'ResourceNotFoundException', 404, /function:ab-cd-1:live$/);
    for (const name of ['my-function!', '*', 'nobody:function:Echo', 'function:Echo:$LATEST:extra',
      'arn:aws:lambda:nowhere:000000000000:function:Echo', 'Echo:$LATES',
      'arn:aws:lambda:us-east-1::function:Echo', 'arn:aws:ec2:us-east-1:000000000000:instance:i-1'])
      await refused(invoke(name, {}), 'ValidationException', 400, /'functionName' .* pattern: /);
    for (const Qualifier of ['invalid!', 'a'.repeat(129)])
      await refused(send('GetFunction', {FunctionName: 'Echo', Qualifier}), 'ValidationException',
        400, /'qualifier' failed/);
    await refused(invoke('Echo:$LATEST', {}, {Qualifier: '1'}), 'InvalidParameterValueException',
      400, /derived qualifier/);
    for (const Payload of ['{"id":18446744073709551615,"id":2}', '"cut \\ud83d \\u0000"',
      '['.repeat(500) + ']'.repeat(500)]) // valid, and a runtime's to read
      assert.equal((await send('Invoke', {FunctionName: 'Echo', InvocationType: 'DryRun', Payload}))
        .StatusCode, 204);
    await refused(send('Invoke', {FunctionName: 'Echo', Payload: '{'}),
      'InvalidRequestContentException', 400);
    await refused(send('Invoke', {FunctionName: 'Echo', InvocationType: 'Event',
      Payload: JSON.stringify('x'.repeat(1024 * 1024))}), 'RequestTooLargeException', 413);
    for (const megabytes of [6, 8])
      await refused(send('Invoke', {FunctionName: 'Echo',
        Payload: JSON.stringify('x'.repeat(megabytes * 1024 * 1024))}),
      'RequestTooLargeException', 413);
  });

  await test('a wrong secret is refused', async () => {
    const other = new sdk.LambdaClient({endpoint: LAMBDA_URL, maxAttempts: 1, credentials: {
      accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: 'wrong'}});
    await refused(other.send(new sdk.ListFunctionsCommand()), 'InvalidSignatureException', 403);
  });

  await test('functions of the template: listed, in pages, and described', async () => {
    const names = [];
    for await (const page of sdk.paginateListFunctions({client, pageSize: 1}, {}))
      names.push(...page.Functions.map((f) => f.FunctionName));
    assert.deepEqual(names, ['Echo', 'Plain', 'Cold', 'One', 'Noted']);
    const one = await send('GetFunction', {FunctionName: 'One'});
    assert.equal(one.Concurrency.ReservedConcurrentExecutions, 1);
    assert.equal(one.Configuration.Runtime, 'provided.al2023');
    assert.equal(one.Configuration.State, 'Active');
    const config = await send('GetFunctionConfiguration', {FunctionName: 'One'});
    assert.equal(config.RevisionId, one.Configuration.RevisionId);
    assert.ok(!Number.isNaN(Date.parse(config.LastModified)));
    await refused(send('DeleteFunction', {FunctionName: 'One'}), 'ResourceConflictException', 409);
    const account = await send('GetAccountSettings');
    assert.equal(account.AccountLimit.UnreservedConcurrentExecutions,
      account.AccountLimit.ConcurrentExecutions - 1);
    assert.equal(account.AccountUsage.FunctionCount, 5);
    assert.equal(account.AccountLimit.CodeSizeUnzipped, 250 * 1024 * 1024);
    assert.equal(account.AccountLimit.CodeSizeZipped, 50 * 1024 * 1024);
    assert.ok(account.AccountUsage.TotalCodeSize > 0);
    assert.ok(account.AccountLimit.TotalCodeSize > account.AccountUsage.TotalCodeSize);
  });

  await test('CreateFunction: a program', async () => {
    const made = await send('CreateFunction', {FunctionName: 'program', Role: ROLE,
      Runtime: 'provided.al2023', Handler: 'bootstrap', Code: {ZipFile: zip('program')},
      Timeout: 20, MemorySize: 256, Description: 'uploaded'});
    assert.equal(made.$metadata.httpStatusCode, 201);
    assert.equal(made.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:program');
    assert.equal(made.Role, ROLE);
    assert.equal(made.CodeSize, zip('program').length);
    assert.deepEqual((await invoke('program', {x: 1})).said, {x: 1});
  });

  await test('CreateFunction: a script, its environment, its errors', async () => {
    await send('CreateFunction', {FunctionName: 'script', Role: ROLE, Runtime: 'nodejs20.x',
      Handler: 'index.handler', Code: {ZipFile: zip('script1')}, Timeout: 30,
      Environment: {Variables: {COLOUR: 'red'}}});
    await sdk.waitUntilFunctionActiveV2({client, maxWaitTime: 30}, {FunctionName: 'script'});
    const context = Buffer.from(JSON.stringify({custom: {a: 'é'}})).toString('base64');
    const answer = await invoke('script', {}, {ClientContext: context});
    assert.equal(answer.said.said, 'version 1');
    assert.equal(answer.said.colour, 'red');
    assert.deepEqual(answer.said.client.custom ?? answer.said.client.Custom, {a: 'é'});
    const failure = await invoke('script', {fail: 'on purpose'});
    assert.equal(failure.StatusCode, 200);
    assert.equal(failure.FunctionError, 'Unhandled');
    assert.equal(failure.said.errorType, 'TypeError');
    assert.equal(failure.said.errorMessage, 'on purpose');
  });

  await test('what cannot be created is refused', async () => {
    const wanted = {FunctionName: 'bad', Role: ROLE, Runtime: 'nodejs20.x',
      Handler: 'index.handler', Code: {ZipFile: zip('script1')}};
    const create = (other) => send('CreateFunction', {...wanted, ...other});
    await refused(create({FunctionName: 'script'}), 'ResourceConflictException', 409);
    await refused(create({FunctionName: 'Echo'}), 'ResourceConflictException', 409);
    await refused(create({FunctionName: 'a b'}), 'ValidationException', 400);
    await refused(create({FunctionName: 'a'.repeat(65)}), 'InvalidParameterValueException', 400,
      /less than or equal to 64/);
    await refused(create({Role: undefined}), 'ValidationException', 400, /'Role'/);
    await refused(create({Role: 'tester'}), 'ValidationException', 400, /'role'.*pattern/);
    await refused(create({VpcConfig: {SubnetIds: ['subnet-1'], SecurityGroupIds: []}}),
      'InvalidParameterValueException', 400, /VpcConfig/);
    await refused(create({Runtime: 'cobol'}), 'InvalidParameterValueException', 400);
    await refused(create({MemorySize: 64}), 'ValidationException', 400);
    await refused(create({Timeout: 901}), 'ValidationException', 400);
    await refused(create({EphemeralStorage: {Size: 511}}), 'ValidationException', 400);
    await refused(create({EphemeralStorage: {Size: 10241}}), 'ValidationException', 400);
    await refused(create({Environment: {Variables: {AWS_REGION: 'x'}}}),
      'InvalidParameterValueException', 400);
    for (const value of ['x'.repeat(4096 - 11 + 1), '"'.repeat(2100)]) // {"LONG":""} and what is in it
      await refused(create({Environment: {Variables: {LONG: value}}}),
        'InvalidParameterValueException', 400, /4KB/);
    await refused(create({Code: {ZipFile: Buffer.alloc(50 * 1024 * 1024 + 1)}}),
      'RequestEntityTooLargeException', 413, /52428800/);
    await refused(create({Layers: ['arn:aws:lambda:us-east-1:0:layer:x:1']}),
      'InvalidParameterValueException', 400, /Layers/);
    await refused(create({Publish: true}), 'InvalidParameterValueException', 400);
    await refused(create({Code: {S3Bucket: 'b', S3Key: 'k'}}),
      'InvalidParameterValueException', 400);
    await refused(create({Code: {ZipFile: Buffer.from('no zip')}}),
      'InvalidParameterValueException', 400, /unzip/);
    await refused(create({Code: {ZipFile: zip('slip')}}), 'InvalidParameterValueException', 400,
      /leads out/);
    await refused(create({Code: {ZipFile: zip('link')}}), 'InvalidParameterValueException', 400,
      /link/);
    await refused(create({Code: {ZipFile: zip('bomb')}}), 'InvalidParameterValueException', 400,
      /smaller than/);
    await refused(send('GetFunction', {FunctionName: 'bad'}), 'ResourceNotFoundException', 404);
  });

  await test('UpdateFunctionCode and UpdateFunctionConfiguration', async () => {
    const before = await send('GetFunctionConfiguration', {FunctionName: 'script'});
    const looked = await send('UpdateFunctionCode', {FunctionName: 'script', DryRun: true,
      ZipFile: zip('script2')});
    assert.equal(looked.CodeSha256, before.CodeSha256);
    const after = await send('UpdateFunctionCode', {FunctionName: 'script',
      ZipFile: zip('script2'), RevisionId: before.RevisionId});
    assert.notEqual(after.CodeSha256, before.CodeSha256);
    assert.notEqual(after.RevisionId, before.RevisionId);
    assert.equal((await invoke('script', {})).said.said, 'version 2');
    await refused(send('UpdateFunctionConfiguration', {FunctionName: 'script', Timeout: 9,
      RevisionId: before.RevisionId}), 'PreconditionFailedException', 412);
    const changed = await send('UpdateFunctionConfiguration', {FunctionName: 'script',
      MemorySize: 512, EphemeralStorage: {Size: 640},
      // as JSON 4096 bytes, as many as may be
      Environment: {Variables: {COLOUR: 'blue', MORE: '1', LONG: 'x'.repeat(4096 - 38)}}});
    assert.equal(changed.MemorySize, 512);
    assert.equal(changed.EphemeralStorage.Size, 640);
    const answer = (await invoke('script', {})).said;
    assert.equal(answer.colour, 'blue');
    assert.equal(Number(answer.memory), 512);
    if (JSON.parse(process.env.READY).isolation === 'full') assert.equal(answer.tmp, 640);
    // One of the template's, too.
    await send('UpdateFunctionConfiguration', {FunctionName: 'Cold', Description: 'changed'});
  });

  await test('reserved concurrency and its throttles', async () => {
    const FunctionName = 'script';
    const all = (await send('GetAccountSettings')).AccountLimit.ConcurrentExecutions;
    assert.equal((await send('PutFunctionConcurrency', {FunctionName,
      ReservedConcurrentExecutions: 0})).ReservedConcurrentExecutions, 0);
    const error = await refused(invoke(FunctionName, {}), 'TooManyRequestsException', 429);
    assert.equal(error.Reason, 'ReservedFunctionConcurrentInvocationLimitExceeded');
    assert.equal(error.retryAfterSeconds, '1');
    await refused(send('PutFunctionConcurrency', {FunctionName,
      ReservedConcurrentExecutions: all - 50}), 'InvalidParameterValueException', 400, /\[100\]/);
    await refused(send('PutFunctionConcurrency', {FunctionName: `${FunctionName}:$LATEST`,
      ReservedConcurrentExecutions: 5}), 'InvalidParameterValueException', 400, /versions/);
    await send('PutFunctionConcurrency', {FunctionName, ReservedConcurrentExecutions: 5});
    assert.equal((await send('GetFunctionConcurrency', {FunctionName}))
      .ReservedConcurrentExecutions, 5);
    assert.equal((await send('GetAccountSettings')).AccountLimit.UnreservedConcurrentExecutions,
      all - 6);
    await send('DeleteFunctionConcurrency', {FunctionName});
    assert.equal((await send('GetFunctionConcurrency', {FunctionName}))
      .ReservedConcurrentExecutions, undefined);
    assert.equal((await invoke(FunctionName, {})).StatusCode, 200);
  });

  await test('provisioned concurrency', async () => {
    const FunctionName = 'program', Qualifier = '$LATEST';
    await refused(send('GetProvisionedConcurrencyConfig', {FunctionName, Qualifier}),
      'ProvisionedConcurrencyConfigNotFoundException', 404);
    await refused(send('GetProvisionedConcurrencyConfig', {FunctionName: 'nobody', Qualifier}),
      'ResourceNotFoundException', 404);
    const put = await send('PutProvisionedConcurrencyConfig', {FunctionName, Qualifier,
      ProvisionedConcurrentExecutions: 2});
    assert.equal(put.$metadata.httpStatusCode, 202);
    const ready = await until('instances', async () => {
      const now = await send('GetProvisionedConcurrencyConfig', {FunctionName, Qualifier});
      return now.Status === 'READY' ? now : null;
    });
    assert.equal(ready.AllocatedProvisionedConcurrentExecutions, 2);
    const list = await send('ListProvisionedConcurrencyConfigs', {FunctionName});
    assert.equal(list.ProvisionedConcurrencyConfigs.length, 1);
    const [listed] = list.ProvisionedConcurrencyConfigs;
    for (const name of ['Status', 'LastModified', 'AllocatedProvisionedConcurrentExecutions',
      'RequestedProvisionedConcurrentExecutions'])
      assert.deepEqual(listed[name], ready[name]);
    await send('DeleteProvisionedConcurrencyConfig', {FunctionName, Qualifier});
    await refused(send('GetProvisionedConcurrencyConfig', {FunctionName, Qualifier}),
      'ProvisionedConcurrencyConfigNotFoundException', 404);
  });

  await test('what becomes of asynchronous events', async () => {
    const FunctionName = 'script';
    await refused(send('GetFunctionEventInvokeConfig', {FunctionName}),
      'ResourceNotFoundException', 404);
    const put = await send('PutFunctionEventInvokeConfig', {FunctionName,
      MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 120, DestinationConfig: {
        OnFailure: {Destination: 'arn:aws:lambda:us-east-1:000000000000:function:Echo'}}});
    assert.equal(put.MaximumRetryAttempts, 1);
    assert.ok(put.LastModified instanceof Date);
    const updated = await send('UpdateFunctionEventInvokeConfig', {FunctionName,
      MaximumRetryAttempts: 0});
    assert.equal(updated.MaximumEventAgeInSeconds, 120);
    assert.equal(updated.MaximumRetryAttempts, 0);
    assert.match(updated.DestinationConfig.OnFailure.Destination, /:Echo$/);
    await refused(send('PutFunctionEventInvokeConfig', {FunctionName, MaximumRetryAttempts: 3}),
      'ValidationException', 400);
    await refused(send('PutFunctionEventInvokeConfig', {FunctionName}),
      'InvalidParameterValueException', 400, /at least one/);
    for (const [name, why] of [['nobody', /invalid/], [FunctionName, /for itself/]])
      await refused(send('PutFunctionEventInvokeConfig', {FunctionName, DestinationConfig: {OnSuccess: {
        Destination: `arn:aws:lambda:us-east-1:000000000000:function:${name}`}}}),
      'InvalidParameterValueException', 400, why);
    const nowhere = 'arn:aws:sqs:us-east-1:000000000000:Nowhere';
    await refused(send('PutFunctionEventInvokeConfig', {FunctionName, DestinationConfig: {
      OnFailure: {Destination: nowhere}}}), 'InvalidParameterValueException', 400, /Nowhere/);
    await refused(send('UpdateFunctionConfiguration', {FunctionName, DeadLetterConfig: {
      TargetArn: nowhere}}), 'InvalidParameterValueException', 400, /Nowhere/);
    assert.equal((await send('ListFunctionEventInvokeConfigs', {FunctionName}))
      .FunctionEventInvokeConfigs.length, 1);
  });

  await test('an alias stands for $LATEST', async () => {
    for (const name of ['Noted:live', 'Noted'])
      assert.deepEqual((await invoke(name, {l: 1}, name === 'Noted' ? {Qualifier: 'live'} : {}))
        .said, {l: 1});
    await refused(invoke('Noted:dead', {}), 'ResourceNotFoundException', 404);
  });

  await test('event source mappings', async () => {
    const EventSourceArn = 'arn:aws:sqs:us-east-1:000000000000:Work', FunctionName = 'script';
    const create = (other) => send('CreateEventSourceMapping', {EventSourceArn, FunctionName,
      ...other});
    await refused(create({EventSourceArn: `${EventSourceArn}x`}),
      'InvalidParameterValueException', 400);
    await refused(create({FunctionName: 'nobody'}), 'InvalidParameterValueException', 400);
    await refused(create({BatchSize: 11}), 'InvalidParameterValueException', 400, /window/);
    await refused(create({FilterCriteria: {Filters: [{Pattern: '{}'}]}}),
      'InvalidParameterValueException', 400, /FilterCriteria/);
    const made = await create({BatchSize: 5, Enabled: false,
      FunctionResponseTypes: ['ReportBatchItemFailures']});
    assert.equal(made.$metadata.httpStatusCode, 202);
    assert.equal(made.State, 'Creating');
    await refused(create({}), 'ResourceConflictException', 409);
    const {UUID} = made;
    assert.equal((await send('GetEventSourceMapping', {UUID})).State, 'Disabled');
    const updated = await send('UpdateEventSourceMapping', {UUID, Enabled: true,
      ScalingConfig: {MaximumConcurrency: 2}});
    assert.equal(updated.ScalingConfig.MaximumConcurrency, 2);
    const now = await send('GetEventSourceMapping', {UUID});
    assert.equal(now.State, 'Enabled');
    assert.equal(now.BatchSize, 5);
    assert.deepEqual(now.FunctionResponseTypes, ['ReportBatchItemFailures']);
    assert.ok(now.LastModified instanceof Date);
    assert.equal((await send('ListEventSourceMappings', {FunctionName})).EventSourceMappings.length,
      1);
    assert.equal((await send('ListEventSourceMappings', {FunctionName: 'Echo'}))
      .EventSourceMappings.length, 0);
    await refused(send('GetEventSourceMapping', {UUID: 'none'}), 'ResourceNotFoundException', 404);
  });

  await test('function URLs', async () => {
    const FunctionName = 'script';
    await refused(send('GetFunctionUrlConfig', {FunctionName}), 'ResourceNotFoundException', 404);
    for (const Cors of [{AllowMethods: ['GET\r\nX: y']}, {MaxAge: 86401}, {AllowOrigins: ['']}])
      await refused(send('CreateFunctionUrlConfig', {FunctionName, AuthType: 'NONE', Cors}),
        'ValidationException', 400, /cors/);
    const made = await send('CreateFunctionUrlConfig', {FunctionName, AuthType: 'NONE'});
    assert.equal(made.$metadata.httpStatusCode, 201);
    await crossOrigin(FunctionName, made.FunctionUrl);
    const answer = await fetch(`${made.FunctionUrl}some/path?q=1&q=2`, {method: 'POST',
      headers: {'content-type': 'text/plain', 'x-two': 'b'}, body: 'hello'});
    assert.equal(answer.status, 200);
    const {event} = await answer.json();
    assert.equal(event.version, '2.0');
    assert.equal(event.routeKey, '$default');
    assert.equal(event.rawPath, '/some/path');
    assert.equal(event.requestContext.http.method, 'POST');
    assert.equal(event.queryStringParameters.q, '1,2');
    assert.equal(event.headers['x-two'], 'b');
    assert.equal(event.body, 'hello');
    await refused(send('CreateFunctionUrlConfig', {FunctionName, AuthType: 'NONE'}),
      'ResourceConflictException', 409);
    await send('UpdateFunctionUrlConfig', {FunctionName, AuthType: 'AWS_IAM'});
    assert.equal((await fetch(made.FunctionUrl)).status, 403);
    assert.equal((await send('ListFunctionUrlConfigs', {FunctionName})).FunctionUrlConfigs.length,
      1);
    await send('DeleteFunctionUrlConfig', {FunctionName});
    assert.equal((await fetch(made.FunctionUrl)).status, 404);
    // The template's.
    assert.equal((await send('GetFunctionUrlConfig', {FunctionName: 'Noted'})).AuthType, 'AWS_IAM');
  });

  await test('InvokeWithResponseStream', async () => {
    const stream = async (event, more = {}) => {
      const answer = await send('InvokeWithResponseStream', {FunctionName: 'script',
        Payload: JSON.stringify(event), ...more});
      const parts = [];
      let complete = null;
      for await (const one of answer.EventStream) {
        if (one.PayloadChunk) parts.push(text(one.PayloadChunk.Payload));
        if (one.InvokeComplete) complete = one.InvokeComplete;
      }
      assert.ok(complete, 'InvokeComplete');
      return {answer, parts, complete};
    };
    const buffered = await stream({b: 1}, {LogType: 'Tail'});
    assert.deepEqual(JSON.parse(buffered.parts.join('')).event, {b: 1});
    assert.equal(buffered.answer.ExecutedVersion, '$LATEST');
    assert.match(Buffer.from(buffered.complete.LogResult, 'base64').toString(), /START RequestId/);
    const failure = await stream({fail: 'in a stream'});
    assert.equal(failure.complete.ErrorCode, 'Unhandled');
    assert.match(failure.complete.ErrorDetails, /in a stream/);
    await refused(stream({}, {FunctionName: 'nobody'}), 'ResourceNotFoundException', 404);
    await send('CreateFunction', {FunctionName: 'streams', Role: ROLE, Runtime: 'nodejs20.x',
      Handler: 'index.streams', Code: {ZipFile: zip('script1')}, Timeout: 30});
    const streamed = await stream({parts: 3}, {FunctionName: 'streams'});
    assert.equal(streamed.parts.join(''), 'part 0;part 1;part 2;');
    assert.equal(streamed.complete.ErrorCode, undefined);
    await send('DeleteFunction', {FunctionName: 'streams'});
  });

  await test('DeleteFunction', async () => {
    await send('CreateFunction', {FunctionName: 'gone', Role: ROLE, Runtime: 'nodejs20.x',
      Handler: 'index.handler', Code: {ZipFile: zip('script1')},
      VpcConfig: {SubnetIds: [], SecurityGroupIds: []}}); // which says that there is none
    await invoke('gone', {});
    for (const input of [{FunctionName: 'gone', Qualifier: '$LATEST'},
      {FunctionName: 'gone:$LATEST'}])
      await refused(send('DeleteFunction', input), 'InvalidParameterValueException', 400);
    await send('DeleteFunction', {FunctionName: 'gone'});
    await refused(invoke('gone', {}), 'ResourceNotFoundException', 404);
    await refused(send('DeleteFunction', {FunctionName: 'gone'}), 'ResourceNotFoundException', 404);
  });
}

async function afterRestart() {
  await test('functions and settings are there after a kill of the platform', async () => {
    const names = (await send('ListFunctions')).Functions.map((f) => f.FunctionName).sort();
    assert.deepEqual(names, ['Cold', 'Echo', 'Noted', 'One', 'Plain', 'program', 'script']);
    const script = await invoke('script', {});
    assert.equal(script.said.said, 'version 2');
    assert.equal(script.said.colour, 'blue');
    assert.equal((await send('GetFunctionConfiguration', {FunctionName: 'script'}))
      .EphemeralStorage.Size, 640);
    assert.equal((await send('GetFunctionConfiguration', {FunctionName: 'Cold'})).Description,
      'changed');
    const async = await send('GetFunctionEventInvokeConfig', {FunctionName: 'script'});
    assert.equal(async.MaximumEventAgeInSeconds, 120);
    assert.deepEqual((await invoke('program', {still: 1})).said, {still: 1});
    const mappings = (await send('ListEventSourceMappings')).EventSourceMappings;
    assert.equal(mappings.length, 1);
    assert.equal(mappings[0].ScalingConfig.MaximumConcurrency, 2);
    await send('DeleteEventSourceMapping', {UUID: mappings[0].UUID});
    assert.equal((await send('ListEventSourceMappings')).EventSourceMappings.length, 0);
  });
}

await (PART === 'first' ? first() : afterRestart());
process.exit(failed ? 1 : 0);
