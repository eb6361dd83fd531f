import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Apple takes a server's certificate for at most 825 days, even from an authority that a person trusts. */
const LIFETIME_DAYS = 800;
const RENEWED_BEFORE_MS = 30 * 86_400_000;

export interface LocalCertificate {
  /** PEM. */
  key: string;
  cert: string;
  /** The certificate of the authority that signed this certificate. People trust the authority. */
  authorityFile: string;
}

/** The kept files: the certificate of the authority, the server's key, and the server's certificate. */
const FILES = ['authority.pem', 'localhost.key.pem', 'localhost.pem'];

/**
 * A certificate for `localhost`. It is kept in a folder, and made anew before it ends. The key of its authority is
 * thrown away after the one signature. So the authority vouches for this one certificate only.
 */
export function openCertificate(folder: string, nowMs: number): LocalCertificate {
  const files = FILES.map((name) => join(folder, name));
  let pems = files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''));
  if (!isGood(pems, nowMs)) {
    pems = makeCertificate();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [index, file] of files.entries()) writeFileSync(file, pems[index] ?? '', { mode: 0o600 });
  }
  const [, key = '', cert = ''] = pems;
  return { key, cert, authorityFile: files[0] ?? '' };
}

function isGood([authority = '', key = '', cert = '']: readonly string[], nowMs: number): boolean {
  try {
    const [issuer, own] = [new X509Certificate(authority), new X509Certificate(cert)];
    const isOurs = own.checkPrivateKey(createPrivateKey(key)) && own.verify(issuer.publicKey);
    return isOurs && Date.parse(own.validTo) > nowMs + RENEWED_BEFORE_MS;
  } catch {
    // A file is missing, or was cut off while it was written.
    return false;
  }
}

/** What the two certificates say, as `openssl` reads it. */
const CONFIGURATION = `
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
# The authority may sign certificates, and nothing else.
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
authorityKeyIdentifier = keyid
`;

/**
 * Node can make keys, but no certificates. The program `openssl` is on every Linux and macOS that develops.
 * @returns the contents of FILES
 */
function makeCertificate(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const openssl = (...words: string[]) => {
    try {
      return execFileSync('openssl', words, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    } catch (cause) {
      throw new Error('No certificate for HTTPS: the program openssl is missing, or failed.', { cause });
    }
  };
  try {
    writeFileSync(join(folder, 'configuration'), CONFIGURATION);
    for (const name of ['authority', 'server']) writeFileSync(join(folder, `${name}.key`), newKey());
    const days = ['-sha256', '-days', String(LIFETIME_DAYS)];
    const request = ['req', '-new', '-config', 'configuration'];
    // Browsers tell authorities apart by name, so each authority has a name of its own.
    const name = `/CN=CloudFront on localhost, ${randomBytes(8).toString('hex')}`;
    const ofAuthority = ['-x509', '-key', 'authority.key', '-subj', name, '-extensions', 'authority'];
    const authority = openssl(...request, ...ofAuthority, ...days);
    writeFileSync(join(folder, 'authority.pem'), authority);
    openssl(...request, '-key', 'server.key', '-subj', '/CN=localhost', '-out', 'server.csr');
    const signed = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-set_serial', '1', ...days];
    const extensions = ['-extfile', 'configuration', '-extensions', 'server'];
    const cert = openssl('x509', '-req', '-in', 'server.csr', ...signed, ...extensions);
    return [authority, readFileSync(join(folder, 'server.key'), 'utf8'), cert];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
