import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildEdgeFunction } from '../../../edge/build.ts';
import { handler } from '../../../edge/function/viewer-request.ts';
import { missing } from '../../support/missing.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

const FOLDER = '/users/abcdefghijklmnopqrstuvwxyz/';
const NJS = '/usr/bin/njs';

t.test('the built functions run under njs and agree with their source', { skip: missing(NJS) }, async (t) => {
  const directory = temporaryDirectory(t);
  const values = { appOrigin: 'https://app.example.com', cookieLifetimeSeconds: 900 };
  const events = [
    'a.png',
    '%E5%86%99%E7%9C%9F.png',
    '../b/x',
    '%2e%2e/x',
    'a%5cb',
    '%c0%af',
    '',
    'a/',
    'a//b',
    'a+b',
    '%zz',
    "it's(1)!*",
  ].map((rest) => ({
    request: { method: 'GET', uri: FOLDER + rest, querystring: {}, headers: {}, cookies: {} },
  }));
  const requestScript = join(directory, 'request.js');
  writeFileSync(
    requestScript,
    `${buildEdgeFunction('viewer-request', values)}\n${JSON.stringify(events)}.forEach(function (event) { console.log(JSON.stringify(handler(event))); });`,
  );
  const lines = execFileSync(NJS, [requestScript], { encoding: 'utf8' }).trim().split('\n');
  t.equal(lines.length, events.length);
  events.forEach((event, index) => {
    t.same(JSON.parse(lines[index] ?? ''), JSON.parse(JSON.stringify(handler(event))), event.request.uri);
  });

  const responseScript = join(directory, 'response.js');
  const event = {
    ...events[0],
    response: { statusCode: 200, headers: { 'content-type': { value: 'TEXT/HTML' } } },
  };
  writeFileSync(
    responseScript,
    `${buildEdgeFunction('viewer-response', values)}\nconsole.log(JSON.stringify(handler(${JSON.stringify(event)})));`,
  );
  const answer = JSON.parse(execFileSync(NJS, [responseScript], { encoding: 'utf8' }));
  t.match(answer.headers, {
    'content-type': { value: 'application/octet-stream' },
    'content-disposition': { value: 'attachment' },
  });
});
