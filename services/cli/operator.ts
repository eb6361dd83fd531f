import { createObjectStore } from '../auth/adapters/objects.ts';
import { createPutPresigner } from '../auth/adapters/put-presigner.ts';
import { endAllSessions } from '../auth/sessions/end.ts';
import { deleteKey, deleteMissingKey, writeAtOnce } from '../probe/key-values.ts';
import type { Operator } from '../probe/world.ts';
import { openFileStore } from './file-store.ts';
import { openSessionStores } from './session-stores.ts';
import { commandSigner, type Environment, filesOrigin } from './signer.ts';
import { sweep } from './user-objects.ts';

/** An entry of the edge's store that revokes nothing. */
const NOTHING_REVOKED = '0,|0,';

/**
 * What an operator can do to a deployment, or to the local stack where the environment names none.
 * @param localDirectory where `npm start` keeps its state
 * @throws UsageError
 */
export async function openOperator(env: Environment, localDirectory: string): Promise<Operator> {
  const stores = openSessionStores(env, localDirectory);
  const files = openFileStore(env, localDirectory);
  const signer = await commandSigner(env, `${localDirectory}/keys`);
  const { keyValues } = stores;
  const presigner = await createPutPresigner({ ...files, now: Date.now });
  const { presignUpload } = createObjectStore({ ...files, presigner });
  return {
    appOrigin: env['APP_ORIGIN'] || `http://localhost:${env['APP_PORT'] || 3000}`,
    filesOrigin: filesOrigin(env),
    signer,
    presignUpload,
    async revoke(userId) {
      const { edge } = await endAllSessions(stores, userId);
      await edge;
    },
    writeAtOnce: (key) => writeAtOnce(keyValues, key, NOTHING_REVOKED),
    deleteMissingKey: () => deleteMissingKey(keyValues, 'probe-nobody'),
    async remove(userId) {
      await sweep(files, `users/${userId}/`, true);
      // First what the service would write the entry from.
      await stores.deleteRecord(userId);
      await deleteKey(keyValues, userId);
    },
  };
}
