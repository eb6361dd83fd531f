import { NOTHING_REVOKED } from '../../../core/entry-format.ts';
import { folderKey } from '../../../core/file-name.ts';
import { createObjectStore } from '../../auth/adapters/files.ts';
import { createPutPresigner } from '../../auth/adapters/put-presigner.ts';
import { endAllSessions } from '../../auth/sessions/end.ts';
import { createEdgeFunctions } from '../probe/edge-functions.ts';
import { deleteKey, deleteKeys, deleteMissingKey, putKey, writeAtOnce } from '../probe/key-values.ts';
import { type Operator, ProbeError } from '../probe/world.ts';
import { openFileStore } from './file-store.ts';
import { openSessionStores } from './session-stores.ts';
import { signOutAtOnce } from './sign-out-at-once.ts';
import { commandSigner, type Environment, filesOrigin } from './signer.ts';
import { sweep } from './user-objects.ts';

/**
 * What an operator can do to a deployment. If the environment names none, it is the local stack.
 * @param localDirectory where `npm start` keeps its state
 * @throws UsageError
 */
export async function openOperator(env: Environment, localDirectory: string): Promise<Operator> {
  const stores = openSessionStores(env, localDirectory);
  const files = openFileStore(env, localDirectory);
  const signer = await commandSigner(env, `${localDirectory}/keys`);
  const { keyValues } = stores;
  const origin = filesOrigin(env);
  const presigner = await createPutPresigner({ ...files, now: Date.now });
  const { presignUpload } = createObjectStore({ ...files, presigner });
  return {
    appOrigin: env['APP_ORIGIN'] || `http://localhost:${env['APP_PORT'] || 3000}`,
    filesOrigin: origin,
    signer,
    presignUpload,
    async revoke(userId) {
      const { edge } = await endAllSessions(stores, userId);
      await edge;
    },
    signOutAtOnce: (userIds) => signOutAtOnce(stores, userIds),
    writeAtOnce: (key) => writeAtOnce(keyValues, key, NOTHING_REVOKED),
    putEntry: (key, entry) => putKey(keyValues, key, entry),
    // The local CloudFront has no API for functions.
    edgeFunctions: env['KEY_VALUE_STORE_ARN'] ? createEdgeFunctions(new URL(origin).hostname) : undefined,
    deleteMissingKey: () => deleteMissingKey(keyValues, 'probe-nobody'),
    async remove(userId) {
      const ends = await Promise.allSettled([
        sweep(files, folderKey(userId), true),
        // The record goes first, since the service would write the entry from it again.
        stores.deleteRecord(userId).finally(() => deleteKey(keyValues, userId)),
      ]);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    async removeRecords(userIds) {
      const deleted = await Promise.allSettled(userIds.map((userId) => stores.deleteRecord(userId)));
      await deleteKeys(keyValues, userIds);
      const left = userIds.filter((_userId, index) => deleted[index]?.status === 'rejected');
      if (left.length > 0) throw new ProbeError(`these records could not be removed: ${left.join(', ')}`);
    },
  };
}
