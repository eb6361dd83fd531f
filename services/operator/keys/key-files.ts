import { createPublicKey, generateKeyPairSync, type KeyObject, randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseSigningKey } from '@cloudfront-cookie-gateway/core/signing-key';
import { writePrivate } from './state-file.ts';

/** A file of keys is damaged, and a person must repair it. The message names the file. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

export interface SigningKey {
  keyPairId: string;
  /** PKCS#8 as PEM. */
  privatePem: string;
  /** SubjectPublicKeyInfo as PEM. */
  publicPem: string;
}

export type SigningKeyType = 'ec' | 'rsa';

/** A new key of a type that CloudFront takes: ECDSA P-256 or RSA 2048. */
export function generateSigningKey(type: SigningKeyType): Omit<SigningKey, 'keyPairId'> {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicPemOf(privateKey),
  };
}

/**
 * The signing keys in a directory; the key that signs comes first. If there are none, two are made: a P-256 key, which
 * signs, and an RSA 2048 key.
 */
export function openKeys(directory: string): SigningKey[] {
  const existing = readKeys(directory);
  if (existing.length > 0) return existing;
  const signing = addKeyFile(directory, 'ec');
  addKeyFile(directory, 'rsa');
  setCurrentKey(directory, signing);
  return readKeys(directory);
}

/**
 * The signing keys in a directory. Each is `<key-pair-id>.pem`. The file `current` names the key that signs, which
 * comes first in the list.
 */
export function readKeys(directory: string): SigningKey[] {
  const currentFile = join(directory, 'current');
  if (!existsSync(currentFile)) return [];
  const current = readFileSync(currentFile, 'utf8').trim();
  return readdirSync(directory)
    .filter((file) => file.endsWith('.pem'))
    .map((file) => {
      const privatePem = readFileSync(join(directory, file), 'utf8');
      try {
        const publicPem = publicPemOf(parseSigningKey(privatePem));
        return { keyPairId: basename(file, '.pem'), privatePem, publicPem };
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        throw new KeyFileError(`${join(directory, file)} ${error.message}`, { cause: error });
      }
    })
    .toSorted((a, b) => Number(b.keyPairId === current) - Number(a.keyPairId === current));
}

/** @returns the key pair id of the new key */
export function addKeyFile(directory: string, type: SigningKeyType): string {
  const keyPairId = `K${randomText('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 13)}`;
  writePrivate(join(directory, `${keyPairId}.pem`), generateSigningKey(type).privatePem);
  return keyPairId;
}

export function setCurrentKey(directory: string, keyPairId: string): void {
  writePrivate(join(directory, 'current'), `${keyPairId}\n`);
}

export function removeKey(directory: string, keyPairId: string): void {
  rmSync(join(directory, `${keyPairId}.pem`));
}

function publicPemOf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
}

/** A name of characters of the alphabet, chosen by the random generator of the system. */
export function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
