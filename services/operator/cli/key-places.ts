import { readFileSync, writeFileSync } from 'node:fs';
import { parsePublicKey } from '../../../core/signing-key.ts';
import type { PublicKeyValue } from '../../../infra/public-keys.ts';
import { parseStackValues } from '../../../infra/values.ts';
import {
  addKey,
  generateSigningKey,
  readKeys,
  removeKey,
  type SigningKeyType,
  setCurrentKey,
} from '../keys/key-files.ts';
import { localRecordsFile } from '../keys/records.ts';
import { UsageError } from './usage-error.ts';

/** A place where a trusted key group is written down: names in order, of which the first signs. */
export interface KeyPlace {
  recordsFile: string;
  names(): string[];
  /** @returns the name of the key that was added, and the next step for the person */
  add(key: NewKey): { name: string; next: string };
  setFirst(name: string): string;
  remove(name: string): string;
  /** In seconds, if the deployment says it. Undefined if the place confirms by itself. */
  cookieLifetimeSeconds?: number;
}

export interface NewKey {
  type: SigningKeyType;
  name?: string | undefined;
  /** The file for the new private key. */
  out?: string | undefined;
  /** A PEM file of a public key. Its private half is elsewhere, such as in AWS KMS. */
  publicKeyFile?: string | undefined;
}

/** The local stack: `.local/keys/<key-pair-id>.pem` and `current`. */
export function localPlace(directory: string): KeyPlace {
  return {
    recordsFile: localRecordsFile(directory),
    names: () => readKeys(directory).map(({ keyPairId }) => keyPairId),
    add({ type, name, out, publicKeyFile }) {
      if (name ?? out ?? publicKeyFile) {
        throw new UsageError('--name, --out and --public-key go with --values: a local key names itself');
      }
      return { name: addKey(directory, type), next: 'restart npm start: the edge then trusts it' };
    },
    setFirst(name) {
      setCurrentKey(directory, name);
      return 'restart npm start: the auth service then signs with it';
    },
    remove(name) {
      removeKey(directory, name);
      return 'restart npm start: the edge then no longer trusts it';
    },
  };
}

/**
 * A deployment: `publicKeys` of the values file that `npm run build` reads.
 * @throws UsageError if the file cannot be read as a values file
 */
export function valuesPlace(file: string): KeyPlace {
  const { raw, values } = readValues(file);
  const write = (publicKeys: PublicKeyValue[]) =>
    writeFileSync(file, `${JSON.stringify({ ...raw, publicKeys }, null, 2)}\n`);
  const keyOf = (name: string) => values.publicKeys.filter((key) => key.name === name);
  const deploy = `build and deploy with ${file}`;
  const place = values.signingKmsKeyArn === undefined ? 'secretArn' : 'signingKmsKeyArn';
  return {
    recordsFile: file.replace(/(\.json)?$/, '.keys.json'),
    cookieLifetimeSeconds: values.cookieLifetimeSeconds,
    names: () => values.publicKeys.map(({ name }) => name),
    add({ type, name, out, publicKeyFile }) {
      if (!name || !/^[A-Za-z0-9_-]{1,128}$/.test(name)) {
        throw new UsageError('--name must be letters, digits, - and _: the name of the key in CloudFront');
      }
      if (Boolean(out) === Boolean(publicKeyFile)) {
        throw new UsageError(
          'name the file for the new private key (--out), or the public key to add (--public-key)',
        );
      }
      const pem = publicKeyFile ? readPublicKey(publicKeyFile) : writeNewKey(type, out ?? '');
      write([...values.publicKeys, { name, pem }]);
      return { name, next: `${deploy}; then keys rotate --deployed` };
    },
    setFirst(name) {
      write([...keyOf(name), ...values.publicKeys.filter((key) => key.name !== name)]);
      return `let ${place} name the private half of ${name} (docs/deploy.md), ${deploy}; then keys list --deployed`;
    },
    remove(name) {
      write(values.publicKeys.filter((key) => key.name !== name));
      return `${deploy}; then delete the private half of ${name}`;
    },
  };
}

function readValues(file: string) {
  try {
    const raw: object = JSON.parse(readFileSync(file, 'utf8'));
    return { raw, values: parseStackValues(raw) };
  } catch (cause) {
    throw new UsageError(`${file}: ${cause instanceof Error ? cause.message : 'cannot be read'}`, { cause });
  }
}

function readPublicKey(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    parsePublicKey(pem);
    return pem;
  } catch (cause) {
    throw new UsageError(`--public-key: ${cause instanceof Error ? cause.message : 'cannot be read'}`, {
      cause,
    });
  }
}

/** Never overwrites another key. */
function writeNewKey(type: SigningKeyType, file: string): string {
  const { privatePem, publicPem } = generateSigningKey(type);
  try {
    writeFileSync(file, privatePem, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new UsageError(`--out: ${cause instanceof Error ? cause.message : 'cannot be written'}`, { cause });
  }
  return publicPem;
}
