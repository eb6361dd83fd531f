import { equal } from 'node:assert/strict';
import { asCookies, epochIn, policyFor, type Question, question } from './question.ts';
import { byCookies, byUrl, FILE, opened, opens, refused, SIGNED } from './signed.ts';

export const POLICY_QUESTIONS: readonly Question[] = [
  question('A policy has exactly one statement', SIGNED, async (viewer) => {
    const policy = policyFor(`${viewer.origin}/private/*`);
    const [statement] = Object.values(policy)[0];
    refused(
      await byCookies(viewer, { policy: { Statement: [statement, statement] } }),
      '(?:MalformedPolicy|AccessDenied)',
    );
    refused(
      await byCookies(viewer, { policy: { Statement: statement } }),
      '(?:MalformedPolicy|AccessDenied)',
    );
  }),
  question('DateLessThan is required', SIGNED, async (viewer) => {
    const resource = `${viewer.origin}/private/*`;
    const lasting = (at: unknown) => policyFor(resource, { DateLessThan: { 'AWS:EpochTime': at } });
    const either = '(?:MalformedPolicy|AccessDenied)';
    refused(
      await byCookies(viewer, { policy: { Statement: [{ Resource: resource, Condition: {} }] } }),
      either,
    );
    refused(await byCookies(viewer, { policy: lasting(epochIn(60) * 1_000) }), either);
    refused(await byCookies(viewer, { policy: lasting(epochIn(-60)) }));
  }),
  question('DateGreaterThan is optional', SIGNED, async (viewer) => {
    const from = (at: number) =>
      policyFor(`${viewer.origin}/private/*`, { DateGreaterThan: { 'AWS:EpochTime': at } });
    opened(await byCookies(viewer, { policy: from(epochIn(-60)) }));
    refused(await byCookies(viewer, { policy: from(epochIn(3_000)) }));
  }),
  question('IpAddress is optional', SIGNED, async (viewer) => {
    const at = (range: string) =>
      policyFor(`${viewer.origin}/private/*`, { IpAddress: { 'AWS:SourceIp': range } });
    opened(await byCookies(viewer, { policy: at('127.0.0.0/8') }));
    refused(await byCookies(viewer, { policy: at('192.0.2.0/24') }));
  }),
  question('A policy without Resource covers', SIGNED, async (viewer) => {
    const condition = { DateLessThan: { 'AWS:EpochTime': epochIn(600) } };
    opened(await byCookies(viewer, { policy: { Statement: [{ Condition: condition }] } }));
  }),
  question('* stands for any number of characters', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/*', '/private/ab/c.txt'), true);
    equal(await opens(viewer, '/priv*.txt', FILE), true);
    equal(await opens(viewer, '/private/?.txt', FILE), true);
    equal(await opens(viewer, '/private/??.txt', FILE), false);
  }),
  question('A policy without a slash before its *', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/a*', '/private/ab/c.txt'), true);
    equal(await opens(viewer, '/private/a/*', '/private/ab/c.txt'), false);
  }),
  question('CloudFront matches protocol, domain, path and query', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/?.txt?x=*', `${FILE}?x=1`), true);
    equal(await opens(viewer, '/private/*?x=1', `${FILE}?x=2`), false);
  }),
  question('A * at the end of the path covers every query', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/*', `${FILE}?x=1`), true);
    equal(await opens(viewer, '/private/b*', `${FILE}?x=1`), false);
  }),
  question('A path without a * at its end covers no query.', SIGNED, async (viewer) => {
    equal(await opens(viewer, FILE, `${FILE}?x=1`), false);
  }),
  question('Resource in a cookie begins with', SIGNED, async (viewer) => {
    refused(await byCookies(viewer, { policy: policyFor('*') }));
    opened(await byUrl(viewer, { policy: policyFor('*') }));
  }),
  question('CloudFront compares the URL as the viewer sent it', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/b%20c.txt'), true);
    equal(await opens(viewer, '/private/b c.txt', '/private/b%20c.txt'), false);
  }),
  question('A policy has no condition on the method.', SIGNED, async (viewer) => {
    const { headers = {} } = asCookies(viewer.sign({}));
    equal((await viewer.ask(FILE, { method: 'HEAD', headers })).status, 200);
    equal((await viewer.ask(FILE, { method: 'HEAD' })).status, 403);
  }),
];
