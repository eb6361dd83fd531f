import t from 'tap';
import { synthesize } from '../../infra/synth.ts';
import { parseLocalSettings } from '../../services/local/settings.ts';
import { localStackValues } from '../../services/local/stack-template.ts';
import { openLocalState } from '../../services/local/state.ts';
import { cachedStack } from './cached-build.ts';
import { freePortVariables, temporaryDirectory } from './test-stack.ts';

t.test('a stack from the cache equals a fresh one, with ports and keys of its own', async (t) => {
  for (let turn = 0; turn < 2; turn++) {
    const directory = temporaryDirectory(t);
    const values = localStackValues(
      parseLocalSettings(await freePortVariables()),
      openLocalState(directory).keys,
    );
    const cached = await cachedStack(values, directory);
    // Without two hashes of a key's name, which no program on this machine reads.
    const withoutHashes = (template: unknown) =>
      JSON.stringify(template)
        .replace(/(PublicKeyK[A-Z0-9]{13}[0-9a-f]{8})[0-9A-F]{8}/g, '$1')
        .replace(/("CallerReference":)"\w+"/g, '$1""');
    const code = new URL('../../edge/function', import.meta.url).pathname;
    t.equal(withoutHashes(cached), withoutHashes(synthesize(values, code, temporaryDirectory(t))));
  }
});
