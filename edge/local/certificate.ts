import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DAY_MS = 86_400_000;
/** Apple takes a server's certificate for at most 825 days, even from an authority that a person trusts. */
const LIFETIME_MS = 800 * DAY_MS;
const RENEWED_BEFORE_MS = 30 * DAY_MS;

export interface LocalCertificate {
  /** PEM. */
  key: string;
  cert: string;
  /** The certificate of the authority that signed this certificate. People trust the authority. */
  authorityFile: string;
}

interface Made {
  authority: string;
  key: string;
  cert: string;
}

/**
 * A certificate for `localhost`. It is kept in a folder, and made anew before it ends. The key of its authority is
 * thrown away after the one signature. So the authority vouches for this one certificate only.
 */
export function openCertificate(folder: string, nowMs: number): LocalCertificate {
  const fileOf = (name: string) => join(folder, name);
  const files = ['authority.pem', 'localhost.key.pem', 'localhost.pem'].map(fileOf);
  const [authorityFile = '', keyFile = '', certFile = ''] = files;
  const read = (): Made => ({
    authority: readFileSync(authorityFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(certFile, 'utf8'),
  });
  const kept = files.every((file) => existsSync(file)) ? read() : undefined;
  if (kept && isGood(kept, nowMs)) return { key: kept.key, cert: kept.cert, authorityFile };
  const { authority, key, cert } = makeCertificate(nowMs);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(authorityFile, authority, { mode: 0o600 });
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(certFile, cert, { mode: 0o600 });
  return { key, cert, authorityFile };
}

function isGood({ authority, key, cert }: Made, nowMs: number): boolean {
  try {
    const [issuer, own] = [new X509Certificate(authority), new X509Certificate(cert)];
    const isOurs = own.checkPrivateKey(createPrivateKey(key)) && own.verify(issuer.publicKey);
    return isOurs && Date.parse(own.validTo) > nowMs + RENEWED_BEFORE_MS;
  } catch {
    // A file was cut off while it was written.
    return false;
  }
}

function makeCertificate(nowMs: number): Made {
  const authority = newKeys();
  const own = newKeys();
  // Browsers tell authorities apart by name, so each authority has a name of its own.
  const issuer = nameOf(`CloudFront on localhost, ${randomBytes(8).toString('hex')}`);
  const identifier = createHash('sha1').update(authority.spki).digest();
  const issued = (subject: Buffer, { spki }: Keys, extensions: Buffer[]) =>
    certificate({ nowMs, subject, issuer, spki, extensions, signer: authority.privateKey });
  return {
    authority: issued(issuer, authority, [
      extension('551d13', true, sequence(BOOLEAN_TRUE, der(0x02, Buffer.from([0])))),
      // The authority may sign certificates, and nothing else.
      extension('551d0f', true, der(0x03, Buffer.from([2, 0x04]))),
      extension('551d0e', false, der(0x04, identifier)),
    ]),
    cert: issued(nameOf('localhost'), own, [
      extension('551d13', true, sequence()),
      extension('551d0f', true, der(0x03, Buffer.from([7, 0x80]))),
      // The certificate is for servers.
      extension('551d25', false, sequence(der(0x06, Buffer.from('2b06010505070301', 'hex')))),
      extension('551d11', false, sequence(der(0x82, Buffer.from('localhost')), ...ADDRESSES)),
      extension('551d23', false, sequence(der(0x80, identifier))),
    ]),
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

interface Keys {
  privateKey: KeyObject;
  spki: Buffer;
}

function newKeys(): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }) };
}

/** A certificate of version 3 (RFC 5280), as PEM. */
function certificate(of: {
  nowMs: number;
  subject: Buffer;
  issuer: Buffer;
  spki: Buffer;
  extensions: Buffer[];
  signer: KeyObject;
}): string {
  const validFromMs = of.nowMs - DAY_MS;
  // RFC 5280 wants a positive number.
  const serialNumber = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serialNumber),
    ECDSA_WITH_SHA256,
    of.issuer,
    sequence(time(validFromMs), time(validFromMs + LIFETIME_MS)),
    of.subject,
    of.spki,
    der(0xa3, sequence(...of.extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', signed, of.signer)]);
  const base64 = sequence(signed, ECDSA_WITH_SHA256, der(0x03, signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

/** One value of the Distinguished Encoding Rules (X.690). */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

function sequence(...contents: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(contents));
}

function time(atMs: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(atMs).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function nameOf(commonName: string): Buffer {
  const attribute = sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(commonName)));
  return sequence(der(0x31, attribute));
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [BOOLEAN_TRUE] : [];
  return sequence(der(0x06, Buffer.from(id, 'hex')), ...critical, der(0x04, value));
}

const BOOLEAN_TRUE = der(0x01, Buffer.from([0xff]));
const ECDSA_WITH_SHA256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
/** 127.0.0.1 and ::1. */
const ADDRESSES = [
  der(0x87, Buffer.from([127, 0, 0, 1])),
  der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
];
