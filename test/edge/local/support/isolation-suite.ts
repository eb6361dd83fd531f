import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import type { Test } from 'tap';
import { teamStart } from '../../../../core/team-start.ts';
import type { Assumptions } from '../../../../edge/local/assumptions.ts';
import {
  ALICE,
  asCookies,
  asQuery,
  BOB,
  cookiesOf,
  EC,
  folderPolicy,
  NOW_EPOCH,
  ORIGIN,
  policyText,
  type RawAnswer,
  SECRET,
  signPolicy,
  type TestEdge,
} from './edge.ts';
import { otherSpellings, traversals, UP } from './hostile-targets.ts';

/**
 * The allowed refusals: no such request, not hers, no such file, another host. A crash of the edge or of a function is
 * not among them.
 */
const REFUSALS = [400, 403, 404, 421];

/** No request of alice, whatever its spelling, receives a byte of bob. */
export async function isolationSuite(
  t: Test,
  edge: TestEdge,
  assumptions: Partial<Assumptions> = {},
  edgeCredential: 'read' | 'trusted' = 'read',
): Promise<void> {
  const alice = cookiesOf(ALICE);
  const own = `/users/${ALICE}/a.txt`;
  const foreign = `/users/${BOB}/b.txt`;

  /** The function may refuse a request if it cannot see the credential. Otherwise the file comes. */
  function opens(t: Test, answer: RawAnswer, name: string): void {
    const isHidden = assumptions.signingCookiesHidden || assumptions.signingParametersHidden;
    if (isHidden && edgeCredential === 'read' && answer.status === 403)
      t.match(answer.body, 'no_credential', name);
    else t.equal(answer.status, 200, name);
  }

  /** The answers have nothing of bob, and the origin got no request for anything outside the folder. */
  function holds(t: Test, answer: RawAnswer, name: string, folder = `/users/${ALICE}/`): void {
    t.notMatch(answer.body, SECRET, `${name}: no byte of another user`);
    t.ok(REFUSALS.includes(answer.status), `${name}: refused with ${answer.status}`);
    for (const { rawUrl } of edge.origin.requests.splice(0)) {
      t.ok(rawUrl.startsWith(`/gateway-files${folder}`), `${name}: origin asked for ${rawUrl}`);
    }
  }

  await t.test('the stand-in does give the bytes where the edge lets a request through', async (t) => {
    opens(t, await edge.get(own, alice), 'hers');
    opens(t, await edge.get(foreign, cookiesOf(BOB)), 'his');
    edge.origin.requests.splice(0);
  });

  await t.test('a path in the folder of alice never leads into the folder of bob', async (t) => {
    const targets = traversals(ALICE, BOB, 'b.txt');
    const answers = await edge.getAll(targets, alice);
    t.equal(answers.length, targets.length);
    for (const [index, answer] of answers.entries()) holds(t, answer, targets[index] ?? '');
    const signed = asQuery(signPolicy(folderPolicy(ALICE)));
    for (const dots of UP) {
      const target = `/users/${ALICE}/${dots}/${BOB}/b.txt?${signed}`;
      holds(t, await edge.get(target), target);
    }
  });

  await t.test('another spelling of the folder of bob is refused', async (t) => {
    for (const target of otherSpellings(ALICE, BOB, 'b.txt')) {
      holds(t, await edge.get(target, alice), target);
    }
  });

  await t.test('an absolute-form target is read by its path, and only for this host', async (t) => {
    holds(t, await edge.get(`${ORIGIN}${foreign}`, alice), 'his path');
    holds(t, await edge.get(`http://other:8080${own}`, alice), 'another host');
    holds(t, await edge.get(`http://localhost:8080@other${own}`, alice), 'user information');
    opens(t, await edge.get(`${ORIGIN}${own}`, alice), 'her path');
  });

  await t.test('a second Host, or another one, is refused', async (t) => {
    const cookie = `Cookie: ${alice.Cookie}\r\nConnection: close\r\n\r\n`;
    const request = `GET ${own} HTTP/1.1\r\n`;
    for (const hosts of [
      'Host: localhost:8080\r\nHost: other\r\n',
      'Host: other\r\nHost: localhost:8080\r\n',
    ]) {
      holds(t, await edge.send(`${request}${hosts}${cookie}`), 'two hosts');
    }
    holds(t, await edge.send(`${request}Host: evil.example:8080\r\n${cookie}`), 'another host');
    holds(t, await edge.send(`GET ${own} HTTP/1.0\r\n${cookie}`), 'no host');
  });

  await t.test('headers that name another path or address are not obeyed', async (t) => {
    for (const name of ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Path', 'X-Forwarded-Uri']) {
      const answer = await edge.get(own, { ...alice, [name]: foreign });
      opens(t, answer, name);
      t.notMatch(answer.body, SECRET, name);
    }
    for (const name of ['X-Forwarded-Host', 'X-Host', 'Forwarded']) {
      holds(t, await edge.get(own, { ...alice, Host: 'evil', [name]: 'localhost:8080' }), name);
    }
    const ip = asCookies(signPolicy(folderPolicy(ALICE, { IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' } })));
    holds(t, await edge.get(own, { ...ip, 'X-Forwarded-For': '192.0.2.1' }), 'X-Forwarded-For');
  });

  await t.test('signing parameters in the query count, and the cookies do not', async (t) => {
    holds(t, await edge.get(`${own}?Expires=1`, alice), 'Expires alone');
    holds(t, await edge.get(`${own}?Policy=`, alice), 'an empty Policy');
    holds(
      t,
      await edge.get(`${foreign}?${asQuery(signPolicy(folderPolicy(ALICE)))}`, cookiesOf(BOB)),
      'both',
    );
  });

  await t.test('cookies of two users in one request open one folder at most', async (t) => {
    const bob = cookiesOf(BOB);
    const both = (counts: string, other: string) => ({
      Cookie: assumptions.duplicates === 'last' ? `${other}; ${counts}` : `${counts}; ${other}`,
    });
    holds(t, await edge.get(foreign, both(alice.Cookie, bob.Cookie)), 'those of alice count');
    holds(t, await edge.get(own, both(bob.Cookie, alice.Cookie)), 'those of bob count');
  });

  await t.test('a set of a user opens no team, and a set of a team no user and no other team', async (t) => {
    // Both ids could be a team's as well.
    const [folder, other] = [`/teams/${ALICE}/`, `/teams/${BOB}/b.txt`];
    edge.origin.objects.set(`${folder}a.txt`.slice(1), {
      body: Buffer.from('of a team'),
      type: 'text/plain',
    });
    edge.origin.objects.set(other.slice(1), { body: Buffer.from(SECRET), type: 'text/plain' });
    const setFrom = (start: number) =>
      asCookies(
        signPolicy(policyText(`${ORIGIN}${folder}*`, { DateGreaterThan: { 'AWS:EpochTime': start } })),
      );
    const team = setFrom(teamStart(7, 3));
    const answer = await edge.get(`${folder}a.txt`, team);
    if (assumptions.signingCookiesHidden) t.match(answer.body, 'no_credential', 'of the team');
    else t.equal(answer.status, 200, 'of the team');
    edge.origin.requests.splice(0);
    for (const target of [
      ...[own, foreign, other, `${folder}../${BOB}/b.txt`, `${folder}../../users/${BOB}/b.txt`],
      ...UP.map((dots) => `${folder}${dots}/${dots}/users/${BOB}/b.txt`),
    ]) {
      holds(t, await edge.get(target, team), target, folder);
    }
    for (const target of [
      ...[`${folder}a.txt`, other, `/users/${ALICE}/../../teams/${BOB}/b.txt`, `/users/..${other}`],
      ...UP.map((dots) => `/users/${ALICE}/${dots}/${dots}${other}`),
    ]) {
      holds(t, await edge.get(target, alice), target);
    }
    const early = await edge.get(`${folder}a.txt`, setFrom(999_999_999));
    holds(t, early, 'a start that no team has', '/nowhere/');
  });

  await t.test('a policy of one and a signature of the other are refused', async (t) => {
    const his = signPolicy(folderPolicy(BOB));
    const hers = signPolicy(folderPolicy(ALICE));
    const mixed = { ...his, Signature: hers['Signature'] ?? '' };
    holds(t, await edge.get(foreign, asCookies(mixed)), 'mixed');
    holds(t, await edge.get(foreign, asCookies({ ...his, 'Key-Pair-Id': 'KRSA' })), 'the other key');
  });

  await t.test('a policy for the folder without slash and wildcard opens nothing', async (t) => {
    holds(t, await edge.get(own, asCookies(signPolicy(policyText(`${ORIGIN}/users/${ALICE}`)))), 'bare');
  });

  await t.test('a signed URL of one file opens no other one', async (t) => {
    const url = getSignedUrl({
      url: `${ORIGIN}${own}`,
      keyPairId: EC.keyPairId,
      privateKey: EC.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      dateLessThan: new Date((NOW_EPOCH + 60) * 1_000).toISOString(),
      algorithm: 'SHA256',
    });
    const query = url.slice(url.indexOf('?'));
    opens(t, await edge.get(`${own}${query}`), 'her file');
    edge.origin.requests.splice(0);
    holds(t, await edge.get(`${foreign}${query}`), 'his file');
    holds(t, await edge.get(`/users/${ALICE}/other.txt${query}`), 'her other file');
    holds(t, await edge.get(`${own}${query}&v=1`), 'one more parameter');
  });

  await t.test('query parameters that S3 obeys do not reach it', async (t) => {
    const obeyed =
      'response-content-type=text%2Fhtml&versionId=1&acl&uploads&X-Amz-Signature=1&list-type=2&prefix=users%2F';
    edge.clock.nowMs += 60_000;
    edge.origin.requests.splice(0);
    opens(t, await edge.get(`${own}?${obeyed}&v=7`, cookiesOf(ALICE)), 'her file');
    for (const { rawUrl } of edge.origin.requests.splice(0)) {
      t.equal(rawUrl, `/gateway-files${own}?v=7`);
    }
    edge.clock.nowMs -= 60_000;
  });

  await t.test('neither cookies nor Authorization of the viewer reach the origin', async (t) => {
    edge.clock.nowMs += 120_000;
    edge.origin.requests.splice(0);
    const headers = { ...alice, Authorization: 'Bearer of-alice', Origin: 'http://localhost:3000' };
    opens(t, await edge.get(own, headers), 'her file');
    const [asked] = edge.origin.requests.splice(0);
    if (!asked) return;
    t.equal(asked?.headers.cookie, undefined);
    t.match(asked?.headers.authorization, /^AWS4-HMAC-SHA256 Credential=AKIATEST\//);
    t.equal(asked?.headers.origin, undefined);
    edge.clock.nowMs -= 120_000;
  });

  await t.test('a cached object is given to those who may have it, and to nobody else', async (t) => {
    await edge.get(foreign, cookiesOf(BOB));
    opens(t, await edge.get(foreign, cookiesOf(BOB)), 'bob');
    edge.origin.requests.splice(0);
    holds(t, await edge.get(foreign, alice), 'alice');
    holds(t, await edge.get(foreign), 'nobody');
    holds(t, await edge.get(foreign, { ...alice, 'If-None-Match': '*' }), 'a condition');
    holds(t, await edge.get(foreign, { ...alice, Range: 'bytes=0-3' }), 'a range');
    holds(t, await edge.get(foreign, alice, 'HEAD'), 'HEAD');
  });

  await t.test('smuggled requests stay one request', async (t) => {
    const head = `GET ${own} HTTP/1.1\r\nHost: localhost:8080\r\nCookie: ${alice.Cookie}\r\n`;
    const second = `GET ${foreign} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n`;
    for (const framing of [
      `Content-Length: ${second.length}\r\n`,
      'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
      'Transfer-Encoding: xchunked\r\n',
    ]) {
      const last = 'GET / HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n';
      holds(t, await edge.send(`${head}${framing}\r\n${second}${last}`), framing.trim());
    }
  });
}
