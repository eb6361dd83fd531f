import process from 'node:process';
import t from 'tap';
import { runCommand } from './clone.ts';

t.test('who waits for a text of a command learns at once that the command has died', async (t) => {
  // Another process keeps the output open.
  const { child, exit, waitFor } = runCommand(process.cwd(), ['sh', '-c', 'sleep 30 & echo $!; exit 3']);
  let sleeper = '';
  child.stdout?.once('data', (text) => {
    sleeper += text;
  });
  await t.rejects(waitFor('ready'), { message: /^ended with 3 before 'ready': \d+/ });
  process.kill(Number(sleeper));
  t.equal(await exit, 3);
});
