import { readFileSync } from 'node:fs';
import process from 'node:process';
import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.ts';
import { ConfigError, parseConfig } from './config.ts';
import { createDeps } from './deps.ts';
import { LOGGER } from './logger.ts';

/** `NAME_FILE` holds the path of a file with the value of `NAME`, as container platforms mount secrets. */
function withFiles(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const settings: Record<string, string | undefined> = { ...env };
  for (const [name, path] of Object.entries(env)) {
    if (!/^(SIGNING_KEY|OIDC_CLIENT_SECRET|LOGIN_SECRET)_FILE$/.test(name) || !path) continue;
    try {
      settings[name.replace(/_FILE$/, '')] = readFileSync(path, 'utf8').trim();
    } catch {
      throw new ConfigError([`${name} names a file that cannot be read`]);
    }
  }
  return settings;
}

async function main(): Promise<void> {
  const config = parseConfig(withFiles(process.env));
  const app = await buildApp(await createDeps(config, new URL('../../dist/web/', import.meta.url)), LOGGER);
  closeWithGrace({ delay: 4_000 }, async ({ err }) => {
    if (err) app.log.error(err);
    await app.close();
  });
  await app.listen(config.listen);
  // Whoever started this as a child process waits for it, and is outlived by it for no second.
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}

try {
  await main();
} catch (error) {
  if (error instanceof ConfigError) {
    for (const fault of error.faults) console.error(`configuration: ${fault}`);
  } else if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    console.error(`configuration: port ${process.env['PORT'] ?? 3000} is taken; set PORT to a free one`);
  } else {
    console.error(error);
  }
  process.exit(1);
}
