import t from 'tap';
import { createDns } from '../../../../services/deploy/around/dns.ts';
import { checkDns } from '../../../../services/deploy/check/dns.ts';

const missing = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

/** A resolver that knows only these CAA records. */
function resolver(caa: Record<string, string[]>, code = 'ENOTFOUND') {
  const asked: string[] = [];
  const dns = createDns({
    resolveNs: () => missing(code),
    resolve4: () => missing(code),
    resolveCname: () => missing(code),
    resolveCaa(name: string) {
      asked.push(name);
      const records = caa[name];
      return records ? Promise.resolve(records.map((issue) => ({ critical: 0, issue }))) : missing(code);
    },
  } as Parameters<typeof createDns>[0]);
  return { dns, asked };
}

t.test('a name that does not exist gives an empty list', async (t) => {
  for (const code of ['ENOTFOUND', 'ENODATA']) {
    const { dns } = resolver({}, code);
    t.strictSame(await dns.nameServers('a.example.com'), []);
    t.strictSame(await dns.addresses('a.example.com'), []);
    t.strictSame(await dns.canonicalNames('a.example.com'), []);
    t.equal(await dns.certificateAuthorities('a.example.com'), undefined);
  }
});

t.test('the CAA records of the nearest name that has some count, without their parameters', async (t) => {
  const { dns, asked } = resolver({ 'example.com': ['letsencrypt.org', 'amazon.com; account=1'] });
  t.strictSame(await dns.certificateAuthorities('files.app.example.com'), ['letsencrypt.org', 'amazon.com']);
  t.strictSame(asked, ['files.app.example.com', 'app.example.com', 'example.com']);
});

t.test('a DNS that does not answer is one finding', async (t) => {
  const { dns } = resolver({}, 'ETIMEOUT');
  t.strictSame(await checkDns({ app: 'app.example.com' }, dns, 'domain'), [
    {
      value: 'domain',
      problem: 'could not be checked (ETIMEOUT)',
      do: 'try again; is this machine online, and is the region correct?',
    },
  ]);
});
