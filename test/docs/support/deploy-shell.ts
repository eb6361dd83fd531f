import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { type DnsStandIn, RESOLVER } from '../../services/operator/deploy/support/dns-server.ts';
import { DISCOVERY } from '../../services/operator/deploy/support/world.ts';

/**
 * The shell of a person with an account. This machine lacks its DNS, its provider and the CDK's command line. Each
 * program there loads a file that leads to the stand-in for DNS, and asks this process in place of the others.
 * @param onCdk takes the arguments of the CDK
 */
export async function startDeployShell(
  t: { teardown(fn: () => Promise<void>): void },
  directory: string,
  dns: DnsStandIn,
  onCdk: (args: string[]) => void,
): Promise<Record<string, string>> {
  const server = createServer(async (request, response) => {
    onCdk(parseArguments(await text(request)));
    response.end();
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
const { setServers } = Resolver.prototype;
for (const kind of ['resolveNs', 'resolve4', 'resolveCname', 'resolveCaa']) {
  const resolve = Resolver.prototype[kind];
  Resolver.prototype[kind] = function (name) {
    if (!this.hasServers) this.setServers(['${RESOLVER}']);
    return resolve.call(this, name);
  };
}
Resolver.prototype.setServers = function (servers) {
  this.hasServers = true;
  setServers.call(this, servers.map((one) => one + ':${dns.port}'));
};
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
