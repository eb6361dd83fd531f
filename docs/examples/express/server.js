import { randomUUID } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createCookieIssuer,
  createKeySigner,
  deriveUserId,
  nextStart,
  toEpochSeconds,
} from '@cloudfront-cookie-gateway/cookies';
import express from 'express';

const {
  APP_ORIGIN: appOrigin,
  FILES_ORIGIN: filesOrigin,
  KEY_PAIR_ID: keyPairId,
  SIGNING_KEY_FILE,
} = process.env;
const signer = createKeySigner({ keyPairId, privateKey: readFileSync(SIGNING_KEY_FILE, 'utf8') });
const issuer = createCookieIssuer({ appOrigin, filesOrigin, signer, cookieLifetimeSeconds: 900 });
const TYPES = { '.jpg': 'image/jpeg', '.webm': 'video/webm', '.pdf': 'application/pdf' };

const sessions = new Map();
const sidOf = (req) => /\bsid=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1];
const folderOf = ({ id }) => join('bucket', 'users', id);
const setCookies = (res, cookies) => {
  for (const { name, value, options } of cookies) res.cookie(name, value, options);
};

const app = express();
app.use(express.static('public'));
app.use(
  '/client',
  express.static(dirname(fileURLToPath(import.meta.resolve('@cloudfront-cookie-gateway/client')))),
);

// Your own login takes the place of this one, which believes everybody.
app.post('/login', express.urlencoded(), (req, res) => {
  const user = req.body?.name;
  const start = nextStart(undefined, toEpochSeconds(Date.now()));
  if (!user || start === undefined) return void res.status(user ? 429 : 400).end();
  const files = { id: deriveUserId(appOrigin, user), start };
  const sid = randomUUID();
  sessions.set(sid, { files });
  // The first files of a new person. On AWS, your app writes to the bucket.
  cpSync('samples', folderOf(files), { recursive: true });
  res.cookie('sid', sid, { httpOnly: true, sameSite: 'lax' }).redirect(303, '/');
});

app.post('/files-cookies', async (req, res) => {
  const session = sessions.get(sidOf(req));
  if (!session) return void res.status(401).end();
  const { cookies, session: view } = await issuer.issue(session.files);
  setCookies(res, cookies);
  res.json(view);
});

// Your own list of files takes the place of this one.
app.get('/files', (req, res) => {
  const session = sessions.get(sidOf(req));
  if (!session) return void res.status(401).end();
  res.json(readdirSync(folderOf(session.files)).map((name) => ({ name, type: TYPES[extname(name)] })));
});

app.post('/logout', (req, res) => {
  const session = sessions.get(sidOf(req));
  if (session) setCookies(res, issuer.clear(session.files.id));
  sessions.delete(sidOf(req));
  res.clearCookie('sid').redirect(303, '/');
});

app.listen(Number(new URL(appOrigin).port), 'localhost', () => console.log(`open ${appOrigin}`));
