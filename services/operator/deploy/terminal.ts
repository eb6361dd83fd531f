import process from 'node:process';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { DeployError } from './make/making.ts';

/**
 * Asks on the terminal, and does not show the answer.
 * @throws DeployError if there is no terminal, or the person ends the question
 */
export async function askSecretly(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new DeployError(
      'the client secret must be typed in a terminal, and this is not one: run it once in a terminal, or make the secret yourself (docs/deploy.md, "Keys and secrets of your own")',
    );
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(new DeployError('nothing was typed: run it again to go on')));
      lines.once('SIGINT', () => lines.close());
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
