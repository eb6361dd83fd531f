import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../support/ports.ts';
import { type Teardown, temporaryDirectory } from '../../support/test-stack.ts';
import { type Server, TASKSET } from './wrk.ts';

const NGINX = '/usr/sbin/nginx';
const SECRET = 'of the bench';

/** Serves files to holders of the folder's cookies (ngx_http_secure_link_module). */
const SECURE_LINK = `
    location ~ ^/users/(?<id>[^/]+)/ {
      secure_link $cookie_md5,$cookie_expires;
      secure_link_md5 "$secure_link_expires$id ${SECRET}";
      if ($secure_link != "1") { return 403; }
    }`;

/** Asks a service about each file (ngx_http_auth_request_module), over kept connections. */
export function authRequest(url: string): string {
  const { host, pathname } = new URL(url);
  return `
    location /users/ { auth_request /check; }
    location = /check {
      internal;
      proxy_pass http://service${pathname};
      proxy_http_version 1.1;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header Connection "";
      proxy_set_header Host ${host};
    }`;
}

/**
 * nginx with one worker, on the first core. The settings are those of Debian's nginx.conf, without the access log,
 * because the edge has none either.
 * @param service the host and port that `authRequest` asks
 */
export async function startNginx(
  t: Teardown,
  file: { path: string; bytes: number },
  locations = SECURE_LINK,
  service = '127.0.0.1:1',
): Promise<Server> {
  const directory = temporaryDirectory(t);
  const at = join(directory, 'html', file.path);
  mkdirSync(join(at, '..'), { recursive: true });
  mkdirSync(join(directory, 'tmp'));
  writeFileSync(at, 'x'.repeat(file.bytes));
  const [port = 0] = await freePorts(1);
  const conf = join(directory, 'nginx.conf');
  writeFileSync(conf, configuration(directory, port, locations, service));
  const args = ['-c', '0', NGINX, '-e', 'stderr', '-p', directory, '-c', conf];
  const child = spawn(TASKSET, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  t.teardown(async () => {
    child.kill();
    await exited;
  });
  await answering(port);
  return { port, pid: child.pid ?? 0 };
}

/** The cookies that open a folder until `expiresEpoch` seconds. */
export function nginxCookie(id: string, expiresEpoch: number): string {
  const md5 = createHash('md5').update(`${expiresEpoch}${id} ${SECRET}`).digest('base64url');
  return `md5=${md5}; expires=${expiresEpoch}`;
}

/** Without a master process, the one worker is the process itself. */
function configuration(directory: string, port: number, locations: string, service: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/tmp/${name};`,
  );
  return `
daemon off;
master_process off;
pid ${directory}/pid;
events { worker_connections 768; }
http {
  ${temporary.join('\n  ')}
  sendfile on;
  tcp_nopush on;
  access_log off;
  log_not_found off;
  keepalive_requests 1000000000;
  default_type image/png;
  upstream service { server ${service}; keepalive 32; }
  server {
    listen 127.0.0.1:${port};
    root ${directory}/html;
    ${locations}
  }
}
`;
}

/** nginx does not report when it listens. */
async function answering(port: number): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const answer = await fetch(`http://127.0.0.1:${port}/none`).catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('nginx does not answer');
}
