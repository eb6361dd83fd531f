import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { checkPorts } from './check-ports.ts';
import { isContainer, relayToLoopback } from './container.ts';
import { howToTrust } from './https.ts';
import { LOCK_NAME, takeLock } from './lock.ts';
import { registrationAt } from './own-provider.ts';
import { LocalSettingsError, parseLocalSettings, startFaults } from './settings.ts';
import { startLocalStack } from './stack.ts';

const DIRECTORY = fileURLToPath(new URL('../../.local', import.meta.url));

/** `npm start [-- --reset]`; the container image `local` adds `--in-container`. */
async function main(args: string[]): Promise<void> {
  const unknown = args.filter((argument) => argument !== '--reset' && argument !== '--in-container');
  if (unknown.length > 0)
    throw new LocalSettingsError([`unknown option ${unknown[0]}; the only option is --reset`]);
  const isInContainer = args.includes('--in-container');
  if (isInContainer && !isContainer()) {
    throw new LocalSettingsError([
      '--in-container is only for the image: here it would open the ports to the network',
    ]);
  }
  const settings = parseLocalSettings(process.env);
  // The check comes before the wipe: nothing is wiped while a stack runs.
  await checkPorts(settings);
  const registration = settings.provider && (await registrationAt(settings.provider, settings.appOrigin));
  takeLock(DIRECTORY);
  if (args.includes('--reset')) wipe(DIRECTORY);
  let isClosing = false;
  const close = async (status: number) => {
    if (isClosing) return;
    isClosing = true;
    // Ends the process even if a part hangs.
    setTimeout(() => process.exit(status), 4_800);
    await (await started).close();
    process.exit(status);
  };
  process.on('SIGINT', () => close(0));
  process.on('SIGTERM', () => close(0));
  console.log('Starting: the page, the template, the stores and the services ...');
  const started = startLocalStack({
    settings,
    directory: DIRECTORY,
    onLogLine: (line) => {
      if (line.startsWith('Debugger listening on ')) console.log(`Auth service: ${line}`);
    },
    onCrash: (how) => {
      console.error(`start: the auth service ${how}; .local/auth.log says why`);
      void close(1);
    },
  });
  await started;
  if (isInContainer) {
    const { app, edge, identityProvider, s3 } = settings.ports;
    await relayToLoopback(settings.provider ? [app, edge, s3] : [app, edge, identityProvider, s3]);
  }
  console.log(
    registration?.join('\n') ??
      `Open ${settings.appOrigin} and sign in with any name, such as alice; the password is not checked.`,
  );
  console.log(
    `Files are served from ${settings.filesOrigin}. Everything is kept in .local/ (npm start -- --reset wipes it).`,
  );
  for (const [name, value] of Object.entries(settings.assumptions)) {
    console.log(`The local CloudFront runs with ${name}=${value} (EDGE_ASSUMPTIONS).`);
  }
  if (settings.https) console.log(howToTrust('.local/https/authority.pem'));
  console.log(`ready ${settings.appOrigin}`);
}

function wipe(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name !== LOCK_NAME) rmSync(join(directory, name), { recursive: true });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const faults = startFaults(error);
  if (faults) for (const fault of faults) console.error(`start: ${fault}`);
  else console.error('start:', error);
  process.exit(1);
}
