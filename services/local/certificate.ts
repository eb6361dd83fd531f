import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';
import { writePrivate } from '../keys/private-file.ts';
import { authorityFile } from './trust.ts';

const DAY_MS = 86_400_000;
/** Apple accepts a server's certificate for at most 825 days, even from an authority that a person trusts. */
const LIFETIME_MS = 800 * DAY_MS;
const RENEWED_BEFORE_MS = 30 * DAY_MS;

export interface LocalCertificate {
  /** PEM. */
  key: string;
  cert: string;
  /** The certificate of its authority, which people trust. */
  authorityFile: string;
}

/**
 * A certificate for `localhost`, kept in a directory and renewed before it ends. The authority's key signs once and is
 * thrown away, so a person who trusts the authority trusts this one certificate only.
 */
export function openCertificate(directory: string, nowMs: number): LocalCertificate {
  const place = join(directory, 'https');
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const files = {
    authority: authorityFile(directory),
    key: join(place, 'localhost.key.pem'),
    cert: join(place, 'localhost.pem'),
  };
  const read = () => ({
    authority: readFileSync(files.authority, 'utf8'),
    key: readFileSync(files.key, 'utf8'),
    cert: readFileSync(files.cert, 'utf8'),
  });
  const kept = Object.values(files).every((file) => existsSync(file)) ? read() : undefined;
  if (!kept || !isGood(kept, nowMs)) {
    const made = makeCertificate(nowMs);
    writePrivate(files.authority, made.authority);
    writePrivate(files.key, made.key);
    writePrivate(files.cert, made.cert);
  }
  const { key, cert } = read();
  return { key, cert, authorityFile: files.authority };
}

interface Made {
  authority: string;
  key: string;
  cert: string;
}

function isGood({ authority, key, cert }: Made, nowMs: number): boolean {
  try {
    const [issuer, own] = [new X509Certificate(authority), new X509Certificate(cert)];
    const isOurs = own.checkPrivateKey(createPrivateKey(key)) && own.verify(issuer.publicKey);
    return isOurs && Date.parse(own.validTo) > nowMs + RENEWED_BEFORE_MS;
  } catch {
    // The process was stopped while it wrote the file.
    return false;
  }
}

function makeCertificate(nowMs: number): Made {
  const authorityKeys = newKeys();
  const keys = newKeys();
  // Browsers tell authorities apart by their names, so each has a name of its own.
  const name = [{ name: 'commonName', value: `CloudFront Cookie Gateway on localhost, ${serial()}` }];
  const authority = certificate(nowMs, authorityKeys, name, name, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  const own = certificate(nowMs, keys, [{ name: 'commonName', value: 'localhost' }], name, [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: [
        { type: 2, value: 'localhost' },
        { type: 7, ip: '127.0.0.1' },
      ],
    },
  ]);
  for (const made of [authority, own]) made.sign(authorityKeys.privateKey, forge.md.sha256.create());
  return {
    authority: forge.pki.certificateToPem(authority),
    key: forge.pki.privateKeyToPem(keys.privateKey),
    cert: forge.pki.certificateToPem(own),
  };
}

function certificate(
  nowMs: number,
  { publicKey }: forge.pki.rsa.KeyPair,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  extensions: object[],
): forge.pki.Certificate {
  const made = forge.pki.createCertificate();
  made.publicKey = publicKey;
  made.serialNumber = serial();
  made.validity.notBefore = new Date(nowMs - DAY_MS);
  made.validity.notAfter = new Date(nowMs - DAY_MS + LIFETIME_MS);
  made.setSubject(subject);
  made.setIssuer(issuer);
  made.setExtensions([...extensions]);
  return made;
}

/** RFC 5280 demands a positive number. The leading `01` makes it positive. */
function serial(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

/** Node makes the keys: it is a hundred times as fast as node-forge. */
function newKeys(): forge.pki.rsa.KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return {
    privateKey: forge.pki.privateKeyFromPem(privateKey),
    publicKey: forge.pki.publicKeyFromPem(publicKey),
  };
}
