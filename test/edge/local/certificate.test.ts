import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { openCertificate } from '../../../edge/local/certificate.ts';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

const DAY_MS = 86_400_000;

t.test(
  'it is good for localhost, by an authority that signs nothing else, and kept until it ends',
  async (t) => {
    const folder = join(temporaryDirectory(t), 'https');
    const first = openCertificate(folder, Date.now());
    const own = new X509Certificate(first.cert);
    const authority = new X509Certificate(readFileSync(first.authorityFile));
    t.strictSame(
      [own.checkHost('localhost'), own.checkIP('127.0.0.1'), own.checkIP('::1')],
      ['localhost', '127.0.0.1', '::1'],
    );
    t.strictSame([own.ca, authority.ca, own.checkIssued(authority)], [false, true, true]);
    const days = (Date.parse(own.validTo) - Date.parse(own.validFrom)) / DAY_MS;
    t.equal(days, 800, 'Apple takes 825');
    t.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of ['localhost.key.pem', 'localhost.pem', 'authority.pem'])
      t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    t.strictSame(openCertificate(folder, Date.now()), first, 'the same again');
    const renewed = openCertificate(folder, Date.parse(own.validTo) - 29 * DAY_MS);
    t.not(renewed.cert, first.cert, 'anew before it ends');
    writeFileSync(join(folder, 'localhost.pem'), 'cut o');
    const whole = openCertificate(folder, Date.now());
    t.match(whole.cert, /BEGIN CERTIFICATE/, 'anew where it is damaged');
    writeFileSync(join(folder, 'localhost.key.pem'), first.key);
    t.not(
      openCertificate(folder, Date.now()).cert,
      whole.cert,
      'anew where the key is of another certificate',
    );
  },
);

t.test('one port speaks HTTPS to who trusts the authority, and HTTP', async (t) => {
  const { key, cert, authorityFile } = openCertificate(temporaryDirectory(t), Date.now());
  const server = await listenOnLoopback((request, response) => response.end(`got ${request.url}`), 0, {
    key,
    cert,
  });
  t.teardown(() => server.close(0));
  const ca = readFileSync(authorityFile, 'utf8');
  const said = async (asked: ReturnType<typeof get>) => {
    const [response] = await once(asked, 'response');
    return text(response);
  };
  const secure = get(`https://localhost:${server.port}/secure`, { ca, agent: false });
  t.equal(await said(secure), 'got /secure');
  t.equal(await said(getPlain(`http://localhost:${server.port}/plain`, { agent: false })), 'got /plain');
  const stranger = get(`https://localhost:${server.port}/`, { agent: false });
  const [error] = await once(stranger, 'error');
  t.match(error.code, /SIGNATURE|ISSUER/, 'nobody trusts it by itself');
});
