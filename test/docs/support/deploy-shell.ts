import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { DISCOVERY, type World } from '../../services/deploy/support/world.ts';

/**
 * The shell of a person with an account. This machine lacks its DNS, its provider and the CDK's command line. Each
 * program there loads a file that asks this process in their place.
 * @param onCdk takes the arguments of the CDK
 */
export async function startDeployShell(
  t: { teardown(fn: () => Promise<void>): void },
  directory: string,
  { dns }: Pick<World, 'dns'>,
  onCdk: (args: string[]) => void,
): Promise<Record<string, string>> {
  const answers: Record<string, (name: string) => Promise<string[]>> = {
    resolveNs: dns.nameServers,
    resolve4: dns.addresses,
    resolveCname: dns.canonicalNames,
    resolveCaa: async () => [],
  };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    if (pathname === '/cdk') onCdk(parseArguments(await text(request)));
    const found = await answers[pathname.slice(1)]?.(searchParams.get('name') ?? '');
    response.end(JSON.stringify(found ?? []));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const preload = join(directory, 'preload.mjs');
  writeFileSync(
    preload,
    `import { Resolver } from 'node:dns/promises';
const { fetch } = globalThis;
for (const kind of ${JSON.stringify(Object.keys(answers))}) {
  Resolver.prototype[kind] = async (name) => (await fetch('${origin}/' + kind + '?name=' + name)).json();
}
globalThis.fetch = async (url, options) =>
  String(url).startsWith('${DISCOVERY.issuer}/') ? Response.json(${JSON.stringify(DISCOVERY)}) : fetch(url, options);
`,
  );
  const programs = join(directory, 'bin');
  mkdirSync(programs);
  const npx = join(programs, 'npx');
  const body = 'JSON.stringify(process.argv.slice(1))';
  writeFileSync(
    npx,
    `#!/bin/sh\nexec node -e "fetch('${origin}/cdk', { method: 'POST', body: ${body} })" -- "$@"\n`,
  );
  chmodSync(npx, 0o755);
  return {
    PATH: `${programs}:${process.env['PATH']}`,
    NODE_OPTIONS: `--import ${pathToFileURL(preload)}`,
  };
}

function parseArguments(json: string): string[] {
  return JSON.parse(json) as string[];
}
