import t from 'tap';
import { issuerFault } from '../../core/issuer.ts';
import {
  faultLine,
  isDevelopmentHost,
  isDevelopmentOrigin,
  namedOrigins,
  originFaults,
  parseOrigins,
} from '../../core/origins.ts';
import { isPublicSuffix } from '../../services/auth/settings/public-suffix.ts';

t.test('origins: every fault is named', async (t) => {
  t.strictSame(originFaults('https://app.example.com', 'https://files.app.example.com', isPublicSuffix), []);
  t.strictSame(parseOrigins('https://app.example.com', 'https://files.app.example.com', isPublicSuffix), {
    app: 'https://app.example.com',
    files: 'https://files.app.example.com',
    cookieDomain: 'app.example.com',
  });
  t.strictSame(parseOrigins('http://localhost:3000', 'http://localhost:8080', isPublicSuffix), {
    app: 'http://localhost:3000',
    files: 'http://localhost:8080',
  });
  t.strictSame(
    originFaults('http://app.example.test:1', 'http://files.app.example.test:2', isPublicSuffix),
    [],
  );
  const fault = (app: string, files: string, pattern: RegExp) => {
    t.ok(
      originFaults(app, files, isPublicSuffix).some((found) => pattern.test(faultLine(found))),
      `${app} ${files}`,
    );
    t.throws(() => parseOrigins(app, files, isPublicSuffix), { message: new RegExp(pattern, 'm') });
  };
  fault('app.example.com', 'https://files.app.example.com', /^APP_ORIGIN must be an origin/);
  // A host that CORS and a content security policy would read as more than one host.
  for (const host of ['*.example.com', 'app.example.com;x', 'app.example.com,x', "app'x.example.com"]) {
    fault(`https://${host}`, `https://files.${host}`, /^APP_ORIGIN must be an origin/);
  }
  fault('https://app.example.com/', 'x', /^FILES_ORIGIN must be an origin/);
  fault('https://app.example.com', 'https://files.app.example.com/', /^FILES_ORIGIN must be an origin/);
  for (const other of ['ftp://app.example.com', 'wss://app.example.com', 'https://u@app.example.com']) {
    fault(other, 'https://files.app.example.com', /^APP_ORIGIN must be an origin/);
  }
  fault('http://app.example.com', 'http://files.app.example.com', /must be https/);
  fault('https://app.example.com', 'http://files.app.example.test', /must have the same scheme/);
  fault('https://app.example.com', 'https://files.example.com', /child of the app host/);
  fault('https://app.example.com', 'https://evilapp.example.com', /child of the app host/);
  fault('https://app.example.com', 'https://app.example.com:8443', /child of the app host/);
  fault('https://app.example.com', 'https://app.example.com', /must differ/);
  fault('https://co.uk', 'https://files.co.uk', /public suffix/);
  fault('https://github.io', 'https://me.github.io', /public suffix/);
});

t.test('a host of this machine, and a name that only looks like one', async (t) => {
  for (const host of ['localhost', 'app.localhost', '127.0.0.1', '[::1]', 'test', 'app.test']) {
    t.ok(isDevelopmentHost(host), host);
    t.ok(isDevelopmentOrigin(`http://${host}:1`), host);
  }
  for (const host of ['example.com', 'mylocalhost', 'localhost.example.com', 'mytest', 'test.example.com']) {
    t.notOk(isDevelopmentHost(host), host);
    t.notOk(isDevelopmentOrigin(`http://${host}:1`), host);
  }
  t.notOk(isDevelopmentOrigin('localhost'), 'no origin');
});

t.test('the origins of a laptop are at the usual ports, or at those that are set', async (t) => {
  const [app, files] = ['http://localhost:3000', 'http://localhost:8080'];
  t.strictSame(namedOrigins({ APP_ORIGIN: '', EDGE_PORT: '' }), { appOrigin: app, filesOrigin: files });
  t.strictSame(namedOrigins({ APP_PORT: '1', EDGE_PORT: '2' }, 'https'), {
    appOrigin: 'https://localhost:1',
    filesOrigin: 'https://localhost:2',
  });
  const named = { APP_ORIGIN: 'https://a.test', FILES_ORIGIN: 'https://f.a.test' };
  t.strictSame(namedOrigins({ ...named, APP_PORT: '1', EDGE_PORT: '2' }), {
    appOrigin: named.APP_ORIGIN,
    filesOrigin: named.FILES_ORIGIN,
  });
});

t.test('an issuer is an https address alone; this machine may have http', async (t) => {
  for (const issuer of [
    'https://login.example.com',
    'https://login.example.com/realms/one/',
    'http://localhost:9000',
    'http://127.0.0.1',
    'http://[::1]:9000',
  ]) {
    t.equal(issuerFault(issuer), undefined, issuer);
  }
  for (const [issuer, fault] of [
    ['login.example.com', /must be a URL/],
    ['https://login.example.com ', /must be a URL/],
    ['http://login.example.com', /must be https/],
    ['ftp://localhost', /must be https/],
    ['https://me@login.example.com', /the issuer alone/],
    ['https://:secret@login.example.com', /the issuer alone/],
    ['https://login.example.com/?a', /the issuer alone/],
    ['https://login.example.com/?', /the issuer alone/],
    ['https://login.example.com/#a', /the issuer alone/],
    ['https://login.example.com/.well-known/openid-configuration', /the issuer alone/],
  ] as const) {
    t.match(issuerFault(issuer), fault, issuer);
  }
});
