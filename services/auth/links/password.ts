import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** OWASP's Password Storage Cheat Sheet has these for scrypt. A hash takes 32 MB, and some 0.2 s of one core. */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1_024 ** 2 };
const HASH_BYTES = 32;

/** The hash that a link keeps: `<salt>.<scrypt>`, both in base64url. */
export async function hashPassword(rawPassword: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await inTurn(() => derive(rawPassword, salt));
  return `${salt.toString('base64url')}.${hash.toString('base64url')}`;
}

/** Whether the hash is of this password. Takes equal time for every password. */
export async function isPassword(rawPassword: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split('.');
  const [wanted, given] = [
    Buffer.from(hash, 'base64url'),
    await inTurn(() => derive(rawPassword, Buffer.from(salt, 'base64url'))),
  ];
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** Keyboards write the same letter in several ways, so the password is hashed in one Unicode form (NFC). */
function derive(rawPassword: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(rawPassword.normalize('NFC'), salt, HASH_BYTES, COST, (error, hash) =>
      error ? reject(error) : resolve(hash),
    );
  });
}

let last: Promise<unknown> = Promise.resolve();

/** One hash at a time. Node has four threads for such work, and everybody else needs them too. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const own = last.then(work);
  last = own.catch(() => {});
  return own;
}
