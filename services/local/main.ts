import { rmSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { LocalSettingsError, parseLocalSettings, startFaults } from './settings.ts';
import { startLocalStack } from './stack.ts';

const DIRECTORY = fileURLToPath(new URL('../../.local', import.meta.url));

/** `npm start [-- --reset]` */
async function main(args: string[]): Promise<void> {
  const unknown = args.filter((argument) => argument !== '--reset');
  if (unknown.length > 0) throw new LocalSettingsError([`unknown option ${unknown[0]}; there is --reset`]);
  const settings = parseLocalSettings(process.env);
  if (args.includes('--reset')) rmSync(DIRECTORY, { recursive: true, force: true });
  const stack = await startLocalStack({ settings, directory: DIRECTORY });
  let isClosing = false;
  const close = async () => {
    if (isClosing) return;
    isClosing = true;
    await stack.close();
    process.exit(0);
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
  console.log(
    `Open ${settings.appOrigin} and sign in with any name, such as alice; the password is not checked.`,
  );
  console.log(
    `Files are served from ${settings.filesOrigin}. Everything is kept in .local/ (npm start -- --reset wipes it).`,
  );
  console.log(`ready ${settings.appOrigin}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const faults = startFaults(error);
  if (faults) for (const fault of faults) console.error(`start: ${fault}`);
  else console.error('start:', error);
  process.exit(1);
}
