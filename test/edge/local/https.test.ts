import { once } from 'node:events';
import { type Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { selfSigned } from './support/certificate.ts';
import {
  ALICE,
  asCookies,
  cookiesOf,
  KEEP,
  PASS,
  policyText,
  signPolicy,
  startEdge,
  withCode,
} from './support/edge.ts';

const own = `/users/${ALICE}/a.txt`;
const origin = 'https://localhost:8443';
const tls = selfSigned();
/** The functions know the real stack's address. The address here is another one. */
const template = withCode({ request: PASS, response: KEEP });

t.test('with a certificate it speaks HTTPS, and https-only lets it in', async (t) => {
  const edge = await startEdge({ template, bindings: { origin, tls, httpCountsAsHttps: false } });
  t.teardown(() => edge.close());
  const agent: Agent | false = false;
  const ask = async (cookie: string) => {
    const headers = { host: 'localhost:8443', cookie };
    const options = { port: edge.port, host: '127.0.0.1', servername: 'localhost', path: own, ca: tls.cert };
    const request = get({ ...options, headers, agent });
    const [response] = await once(request, 'response');
    return [response.statusCode, await text(response)];
  };
  const signed = asCookies(signPolicy(policyText(`${origin}/users/${ALICE}/*`))).Cookie;
  t.strictSame(await ask(signed), [200, 'the bytes of alice']);
  const [status, body] = await ask(cookiesOf(ALICE).Cookie);
  t.equal(status, 403, 'a policy for http is for another address');
  t.match(body, '<Code>AccessDenied</Code>');
  const plain = await edge.get(own, { Host: 'localhost:8443', ...cookiesOf(ALICE) });
  t.equal(plain.status, 403, 'plain HTTP on the same port is what https-only refuses');
  t.match(plain.body, 'HTTPS only');
});
