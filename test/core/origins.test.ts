import t from 'tap';
import { faultLine, originFaults, parseOrigins } from '../../core/origins.ts';
import { isPublicSuffix } from '../../services/auth/domain/public-suffix.ts';

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
  fault('http://app.example.com', 'http://files.app.example.com', /must be https/);
  fault('https://app.example.com', 'http://files.app.example.test', /must have the same scheme/);
  fault('https://app.example.com', 'https://files.example.com', /child of the app host/);
  fault('https://app.example.com', 'https://evilapp.example.com', /child of the app host/);
  fault('https://app.example.com', 'https://app.example.com:8443', /child of the app host/);
  fault('https://app.example.com', 'https://app.example.com', /must differ/);
  fault('https://co.uk', 'https://files.co.uk', /public suffix/);
  fault('https://github.io', 'https://me.github.io', /public suffix/);
});
