import t from 'tap';
import { functionsOf } from './support/run.ts';

// function-load.test.ts shows the same with a limit of its own. This is the limit of `npm start`: five seconds.
t.test('a top level without an end stops the start', async (t) => {
  t.throws(
    () => functionsOf({ request: 'while (true) {} function handler(event) { return event.request; }' }),
    /OnRequest cannot be loaded: Error: Script execution timed out/,
  );
});
