import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { deriveUserId } from '../../../core/user-id.ts';
import { createVectors } from '../../../services/vectors/vectors.ts';
import { BOB, EC, ORIGIN, startEdge } from '../../edge/local/support/edge.ts';
import { missing } from '../../support/missing.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { judge } from './judge.ts';
import { PYTHON, SIGNERS } from './languages.ts';
import { prepared, testSigner } from './suite.ts';

const APP_ORIGIN = 'http://localhost:3000';
const skip = missing(...PYTHON.programs);

t.test('the signer in Python', { skip }, (t) => testSigner(t, PYTHON));

/** Each is a mistake that somebody makes in a signer of their own. */
const MISTAKES: Record<string, [right: string, wrong: string]> = {
  'base64url in place of the alphabet of CloudFront': ['"+=/", "-_~"', '"+=/", "-=_"'],
  'padding is cut off': ['maketrans("+=/", "-_~")', 'maketrans({"+": "-", "=": "", "/": "~"})'],
  'an id with a line feed': ['{1,64}\\Z', '{1,64}$'],
  'an id with letters of all languages': ['[A-Za-z0-9_-]{1,64}', '[\\w-]{1,64}'],
  'an id that only begins well': ['{1,64}\\Z', '{1,64}'],
  'a folder without the slash': ['/users/{user_id}/"', '/users/{user_id}"'],
  'spaces in the policy': ['"Condition":\'', '"Condition": \''],
  'SHA-1 for an RSA key': ['padding.PKCS1v15(), hashes.SHA256()', 'padding.PKCS1v15(), hashes.SHA1()'],
  'no marker of the hash': ['self.key_pair_id, "SHA256"]', 'self.key_pair_id, ""]'],
  'milliseconds pass': ['100_000_000_000', '100_000_000_000_000'],
  'a NUL passes': ['or "\\0" in issuer + subject', ''],
  'no issuer passes': ['not issuer or ', ''],
  'issuer and subject without a bound': ['{issuer}\\0{subject}', '{issuer}{subject}'],
  'another length of ids': ['[:26]', '[:27]'],
  'a start that may be in the future': ['start > now - 60', 'start > now'],
  'the start of the last session': ['(previous or 0) + 1', 'previous or 0'],
  'dates in the other order': [
    '"DateLessThan":{{"AWS:EpochTime":{_seconds(expires_at)}',
    '"DateGreaterThan":{{"AWS:EpochTime":{_seconds(expires_at)}',
  ],
  'cookies that scripts read': ['HttpOnly; ', ''],
  'a clear that leaves the marker': ['[""] * 4', '[""] * 3'],
  'a clear with another path': ['Path={path_of(user_id)}', 'Path={path_of(user_id) if values[0] else "/"}'],
  'a clear that clears nothing': ['("" if value else gone)', '""'],
  'local time': ['timezone.utc)', 'timezone(timedelta(hours=1)))'],
};

t.test('the vectors find each mistake', { skip }, async (t) => {
  const vectors = await createVectors();
  const source = readFileSync(join(SIGNERS, PYTHON.file), 'utf8');
  for (const [mistake, [right, wrong]] of Object.entries(MISTAKES)) {
    t.ok(source.includes(right), `${mistake}: the line is there`);
    const directory = temporaryDirectory(t);
    writeFileSync(
      join(directory, PYTHON.file),
      source.replace('datetime import datetime', 'datetime import timedelta, datetime').replace(right, wrong),
    );
    const { faults } = judge(vectors, prepared(t, PYTHON, directory));
    t.ok(faults.length > 0, mistake);
  }
});

const PACKAGES = '/usr/lib/python3/dist-packages';
const FRAMEWORKS = { Django: [`${PACKAGES}/django`], FastAPI: [`${PACKAGES}/fastapi`, `${PACKAGES}/httpx`] };
for (const [framework, needed] of Object.entries(FRAMEWORKS)) {
  const lacking = missing(...PYTHON.programs, ...needed);
  t.test(`the view for ${framework} opens the user's folder`, { skip: lacking }, async (t) => {
    const directory = temporaryDirectory(t);
    const [, section = ''] = readFileSync('docs/signers/README.md', 'utf8').split(`\n## ${framework}\n`);
    writeFileSync(join(directory, 'view.py'), /^```python\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '');
    copyFileSync(join(SIGNERS, PYTHON.file), join(directory, PYTHON.file));
    writeFileSync(join(directory, 'key.pem'), EC.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const settings = { APP_ORIGIN, FILES_ORIGIN: ORIGIN, COOKIE_DOMAIN: '', KEY_PAIR_ID: EC.keyPairId };
    const output = execFileSync(
      '/usr/bin/python3',
      ['-B', resolve('test/docs/signers/views.py'), framework],
      {
        cwd: directory,
        env: { ...settings, SIGNING_KEY_FILE: 'key.pem' },
        encoding: 'utf8',
      },
    );
    const [signedIn, signedOut, foreign]: [number, string[], string][] = JSON.parse(output);
    t.match(signedOut, [401, []]);
    if (framework === 'Django') t.match(foreign, [403, []]);
    const [status, lines = [], body = ''] = signedIn ?? [];
    t.equal(status, 200);
    const id = deriveUserId(APP_ORIGIN, 'alice');
    t.match(JSON.parse(body), { user: { id }, files: { origin: ORIGIN, prefix: `/users/${id}/` } });
    for (const line of lines)
      for (const attribute of [`Path=/users/${id}/`, 'HttpOnly', 'Secure', 'SameSite=Lax'])
        t.match(line, attribute);

    const edge = await startEdge({ bindings: { now: Date.now } });
    t.teardown(() => edge.close());
    edge.origin.objects.set(`users/${id}/a.txt`, { body: Buffer.from('of alice'), type: 'text/plain' });
    const cookie = lines.map((line) => line.split(';', 1)[0]).join('; ');
    t.match(await edge.get(`/users/${id}/a.txt`, { Cookie: cookie }), { status: 200, body: 'of alice' });
    t.equal((await edge.get(`/users/${BOB}/b.txt`, { Cookie: cookie })).status, 403);
  });
}
