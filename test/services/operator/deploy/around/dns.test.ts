import t from 'tap';
import { createDns } from '../../../../../services/operator/deploy/around/dns.ts';
import { checkDns, checkTargets } from '../../../../../services/operator/deploy/check/dns.ts';
import { addZone, type DnsStandIn, NAME_SERVERS, RESOLVER, startDns } from '../support/dns-server.ts';

const APP = 'app.example.com';
const FILES = 'files.app.example.com';
const HOSTS = { app: APP, files: FILES, isDomain: true };
const TARGETS = { app: 'd-1.execute-api.example.net', files: 'd1.cloudfront.net' };

const stand = await startDns(t);
const dns = createDns({ servers: [RESOLVER], port: `:${stand.port}` });

/** The zone example.com on one name server. */
t.beforeEach(() => {
  Object.assign(stand, { records: {}, failing: new Set(), missed: new Set() } satisfies Partial<DnsStandIn>);
  addZone(stand, 'example.com', ['NS1.example.net']);
});

const told = (zone?: string) => checkTargets(HOSTS, TARGETS, dns, zone);

t.test('a name that does not exist gives an empty list, and the resolver never hears of it', async (t) => {
  t.strictSame(await dns.addresses(FILES), []);
  t.strictSame(await dns.canonicalNames(FILES), []);
  t.equal(await dns.certificateAuthorities(FILES), undefined);
  t.strictSame(await checkDns(HOSTS, dns), []);
  const found = await told();
  t.equal(found.length, 2);
  t.strictSame([...stand.missed], []);
  stand.records[APP] = { CNAME: [TARGETS.app] };
  stand.records[FILES] = { A: ['192.0.2.1'] };
  t.strictSame(await told(), [], 'records are seen as soon as the zone has them');
});

t.test('a name in a zone below the registered domain is found by the resolver of this machine', async (t) => {
  stand.records[APP] = { NS: ['ns2.example.net'], CAA: ['amazon.com'] };
  stand.records['ns2.example.net'] = { A: NAME_SERVERS.slice(1) };
  stand.records[FILES] = { A: ['192.0.2.1'] };
  t.strictSame(await dns.nameServers(APP), ['ns2.example.net']);
  t.strictSame(await dns.addresses(FILES), ['192.0.2.1']);
  t.strictSame(await dns.certificateAuthorities(FILES), ['amazon.com']);
  t.strictSame([...stand.missed], []);
});

t.test('the CAA records of the nearest name that has some count, without their parameters', async (t) => {
  stand.records['example.com'] = {
    NS: ['NS1.example.net'],
    CAA: ['letsencrypt.org', 'amazon.com ; account=1'],
  };
  t.strictSame(await dns.certificateAuthorities(FILES), ['letsencrypt.org', 'amazon.com']);
  stand.records[FILES] = { CAA: ['letsencrypt.org'] };
  const forbidden = [
    {
      value: 'domain',
      problem: 'a CAA record keeps Amazon from issuing certificates for it',
      do: 'add the CAA record 0 issue "amazon.com"',
    },
  ];
  t.strictSame(await checkDns(HOSTS, dns), forbidden, 'of the files host');
  stand.records[FILES] = { CAA: ['amazon.com'] };
  stand.records[APP] = { CAA: ['letsencrypt.org'] };
  t.strictSame(await checkDns(HOSTS, dns), forbidden, 'of the app host');
});

t.test('each state of a host has its words', async (t) => {
  stand.records[APP] = { CNAME: ['old.example.net'] };
  t.strictSame(
    (await told()).map(({ problem, do: what }) => `${problem}. ${what}`),
    [
      `DNS does not know it yet. make the CNAME (or alias) ${FILES} to ${TARGETS.files}`,
      `it leads to old.example.net. make the CNAME (or alias) ${APP} to ${TARGETS.app}`,
    ],
    'without a zone',
  );
  t.strictSame(
    (await told('Z1')).map(({ problem, do: what }) => `${problem}. ${what}`),
    [
      'DNS does not know it yet. nothing: the stack has made this record, and the name servers give it in a minute',
      'it leads to old.example.net. the stack’s record is in zone Z1: delete the other one, or let DNS ask that zone',
    ],
    'with a zone',
  );
});

t.test('name servers that fail are one finding', async (t) => {
  stand.failing.add('example.com');
  t.strictSame(await checkDns(HOSTS, dns), [
    {
      value: 'domain',
      problem: 'could not be checked (ESERVFAIL)',
      do: 'the name servers of the domain fail: correct its name servers and its DS record at the registrar',
    },
  ]);
});

t.test('if this network reaches no name server, the resolver of this machine answers', async (t) => {
  // Nothing listens at this address.
  stand.records['ns1.example.net'] = { A: ['127.0.0.9'] };
  stand.records[APP] = { A: ['192.0.2.1'] };
  t.strictSame(await dns.addresses(APP), ['192.0.2.1']);
});
