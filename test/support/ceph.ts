import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { missing } from './missing.ts';
import { freePorts } from './ports.ts';
import { type Teardown, temporaryDirectory } from './test-stack.ts';

const run = promisify(execFile);
const CLUSTER = '5d0f2f0e-8f0b-4d8e-9a51-0f2f6b1f0c11';
const OSD = '0b8f4b0a-54a5-4a0e-8a51-7d1c5d0c9f22';

/** The bucket of the local stack. */
const BUCKET = 'gateway-files';

/** The reason why tests with Ceph cannot run here, or false. */
export const noCeph = missing('/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw');

export interface RealS3 {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * A real S3 for tests: Ceph's monitor, an object store in memory and a gateway, on loopback, until the test ends. It
 * has the bucket of the local stack. Needs Debian's ceph-mon, ceph-osd, ceph-common and radosgw.
 */
export async function startCeph(t: Teardown): Promise<RealS3> {
  const directory = temporaryDirectory(t);
  const [monitorPort = 0, s3Port = 0] = await freePorts(2);
  for (const name of ['run', 'out', 'mon', 'osd']) mkdirSync(join(directory, name));
  const configuration = join(directory, 'ceph.conf');
  writeFileSync(configuration, cephConf(directory, monitorPort, s3Port));
  const conf = ['-c', configuration];
  const children: ChildProcess[] = [];
  t.teardown(async () => {
    // The gateway is killed first. Otherwise the object store would wait for it.
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
  });
  const start = (command: string, args: string[]) =>
    children.push(spawn(command, [...conf, ...args, '-f'], { stdio: 'ignore' }));

  const map = join(directory, 'monmap');
  await run('monmaptool', [
    '--create',
    '--fsid',
    CLUSTER,
    '--addv',
    'a',
    `[v2:127.0.0.1:${monitorPort}]`,
    map,
  ]);
  await run('ceph-mon', [...conf, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', '/dev/null']);
  start('ceph-mon', ['-i', 'a']);
  await run('ceph', [...conf, '--connect-timeout', '20', 'osd', 'new', OSD], { timeout: 30_000 });
  await run('ceph-osd', [...conf, '-i', '0', '--mkfs', '--osd-uuid', OSD]);
  start('ceph-osd', ['-i', '0']);
  await until('the object store is up', async () =>
    (await run('ceph', [...conf, 'osd', 'stat'], { timeout: 10_000 })).stdout.includes('1 up'),
  );
  start('radosgw', ['-n', 'client.rgw.a']);
  const endpoint = `http://localhost:${s3Port}`;
  await until('the gateway answers', async () => (await fetch(endpoint)).status > 0);
  const credentials = {
    accessKeyId: 'CEPHTESTKEY000000001',
    secretAccessKey: 'ceph-test-secret-0000000000001',
  };
  await run(
    'radosgw-admin',
    [
      ...conf,
      '-n',
      'client.rgw.a',
      'user',
      'create',
      '--uid=test',
      '--display-name=test',
      `--access-key=${credentials.accessKeyId}`,
      `--secret-key=${credentials.secretAccessKey}`,
    ],
    { timeout: 30_000 },
  );
  const ceph = { endpoint, ...credentials };
  await clientOf(t, ceph).send(new CreateBucketCommand({ Bucket: BUCKET }));
  return ceph;
}

export function clientOf(t: Teardown, { endpoint, ...credentials }: RealS3): S3Client {
  const s3 = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials });
  t.teardown(() => s3.destroy());
  return s3;
}

/** Asks a process without events a few times a second, for at most half a minute. */
async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (await isTrue().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what}: did not happen within 30 seconds`);
}

function cephConf(directory: string, monitorPort: number, s3Port: number): string {
  return `[global]
fsid = ${CLUSTER}
mon_initial_members = a
mon_host = v2:127.0.0.1:${monitorPort}
public_network = 127.0.0.0/8
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = ${directory}/run
admin_socket = ${directory}/run/$name.asok
pid_file = ${directory}/run/$name.pid
log_file = ${directory}/out/$name.log
crash_dir = ${directory}/out
keyring = /dev/null
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_data_avail_crit = 1
mon_data_avail_warn = 2
mon_max_pg_per_osd = 1000
ms_bind_ipv4 = true
ms_bind_msgr1 = false
# the gateway asks for secure mode by default, and waits for ever where there is no authentication
ms_mon_client_mode = crc
ms_client_mode = crc
# the packaged default is a relative path
osd_class_dir = /usr/lib/x86_64-linux-gnu/rados-classes
paxos_propose_interval = 0.05
[mon]
mon_data = ${directory}/mon
[osd]
osd_data = ${directory}/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_class_load_list = *
osd_class_default_list = *
[client.rgw.a]
# without tcp_nodelay a get takes 40 ms
rgw_frontends = beast endpoint=127.0.0.1:${s3Port} tcp_nodelay=1
rgw_data = ${directory}/run
rgw_run_sync_thread = false
rgw_crypt_require_ssl = false
`;
}
