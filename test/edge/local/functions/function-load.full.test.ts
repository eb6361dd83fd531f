import t from 'tap';
import { functionsOf } from './support/run.ts';

// It takes the whole limit: five seconds of a processor.
t.test('a top level without an end stops the start', async (t) => {
  t.throws(
    () => functionsOf({ request: 'while (true) {} function handler(event) { return event.request; }' }),
    /OnRequest cannot be loaded: Error: Script execution timed out/,
  );
});
