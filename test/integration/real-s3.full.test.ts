import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { startCeph } from '../support/ceph.ts';
import { type FileList, parseJson, png, signIn } from '../support/client.ts';
import { missing } from '../support/missing.ts';
import { startTestStack } from '../support/test-stack.ts';

t.test(
  'the whole path with Ceph as the S3',
  { skip: missing('/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw'), timeout: 120_000 },
  async (t) => {
    const ceph = await startCeph(t);
    const s3 = new S3Client({
      region: 'us-east-1',
      endpoint: ceph.endpoint,
      forcePathStyle: true,
      credentials: ceph,
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'gateway-files' }));
    s3.destroy();
    const stack = await startTestStack(t, { externalS3: ceph });
    const alice = await signIn(stack, 'alice');
    const bob = await signIn(stack, 'bob');

    for (const name of ['写真.png', "it's (1)!*.png", 'a+b & c=d.png', '100%25.png', 'dir/ä?#.png', '...']) {
      const bytes = png(name);
      const { status, url } = await alice.upload({ name, type: 'image/png', bytes });
      t.equal(status, 204, name);
      const response = await alice.request(url);
      t.equal(response.status, 200, name);
      t.same(new Uint8Array(await response.arrayBuffer()), bytes, name);
      t.equal((await fetch(url)).status, 403, name);
      t.equal(
        (await fetch(url, { headers: { cookie: bob.jar.header(`/users/${bob.id}/`) } })).status,
        403,
        name,
      );
      t.equal(
        (await fetch(url.replace(stack.filesOrigin, `${ceph.endpoint}/gateway-files`))).status,
        403,
        `${name}, from the bucket`,
      );
    }
    const { files } = await parseJson<FileList>(await alice.request(`${stack.appOrigin}/api/files`));
    t.equal(files.length, 6);
    for (const file of files) {
      const response = await alice.request(file.url);
      t.equal(response.status, 200, file.name);
      t.equal(response.headers.get('cache-control'), 'private, max-age=900, immutable', file.name);
    }
    t.equal((await alice.request(`${stack.filesOrigin}/users/${alice.id}/none.png`)).status, 404);

    const { upload: form } = await parseJson<{ upload: { url: string; fields: Record<string, string> } }>(
      await alice.post('/api/uploads', { name: 'p.png', type: 'image/png', size: 3 }),
    );
    const submit = async (changes: Record<string, string>, size: number) => {
      const body = new FormData();
      for (const [name, value] of Object.entries({ ...form.fields, ...changes })) body.append(name, value);
      body.append('file', new Blob(['x'.repeat(size)]), 'file');
      return (await fetch(form.url, { method: 'POST', body })).status;
    };
    t.equal(await submit({ key: `users/${bob.id}/p.png` }, 3), 403, 'another key');
    t.equal(await submit({ 'Content-Type': 'text/html' }, 3), 403, 'another type');
    t.ok((await submit({}, 4)) >= 400, 'another size');
    t.equal(await submit({}, 3), 204);
  },
);
