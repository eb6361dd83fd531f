import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  GetObjectTaggingCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2Output,
} from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import t from 'tap';
import { Bucket, OPERATOR, put, REGION, raw, s3Client, startS3 } from '../support/local-s3.ts';
import { NOW, Sha256, UNSIGNED } from '../support/signed-requests.ts';

t.test('lists in UTF-8 order, by pages, and rolls up', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  // In the order of UTF-16 the last two would be exchanged.
  const keys = ['a', 'a/1', 'a/2', 'b/1', 'b/2', 'c', '\uffee', '😀'];
  for (const key of [...keys].reverse()) await put(client, key);
  // A list without an end must end the test. So no more pages are asked for than there are keys.
  const pagesOf = async (input: object) => {
    const pages: (string | undefined)[][] = [];
    let next: { ContinuationToken?: string } | undefined = {};
    while (next && pages.length <= keys.length) {
      const page: ListObjectsV2Output = await client.send(
        new ListObjectsV2Command({ Bucket, ...input, ...next }),
      );
      const { Contents = [], CommonPrefixes = [], NextContinuationToken: token } = page;
      pages.push([...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)]);
      next = token === undefined ? undefined : { ContinuationToken: token };
    }
    return pages;
  };
  t.strictSame(await pagesOf({ MaxKeys: 3 }), [keys.slice(0, 3), keys.slice(3, 6), keys.slice(6)]);
  t.strictSame(
    await pagesOf({ MaxKeys: 4 }),
    [keys.slice(0, 4), keys.slice(4)],
    'a full last page is the last',
  );
  const rolledUp = await pagesOf({ Delimiter: '/', MaxKeys: 1, EncodingType: 'url' });
  t.strictSame(rolledUp.flat(), ['a', 'a/', 'b/', 'c', '%EF%BF%AE', '%F0%9F%98%80']);
  const after = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', StartAfter: 'b/1' }));
  t.strictSame(
    after.Contents?.map(({ Key }) => Key),
    ['b/2'],
  );
  t.equal(after.IsTruncated, false);
});

t.test('lists in the first version too, page by page', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const keys = ['a/1', 'a/2', 'b', 'c/1', 'd'];
  for (const key of keys) await put(client, key);
  const pages: unknown[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 2, ...(Marker ? { Marker } : {}) }),
    );
    pages.push([page.CommonPrefixes?.map(({ Prefix }) => Prefix), page.Contents?.map(({ Key }) => Key)]);
    Marker = page.NextMarker;
  } while (Marker !== undefined && pages.length <= keys.length);
  t.strictSame(pages, [
    [['a/'], ['b']],
    [['c/'], ['d']],
  ]);
  t.equal((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
  t.strictSame((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'b' }))).TagSet, []);
  await t.rejects(client.send(new CreateBucketCommand({ Bucket })), { name: 'BucketAlreadyOwnedByYou' });
});

t.test('each answer, whole', async (t) => {
  const { store, port } = await startS3({ now: () => NOW });
  t.teardown(() => store.close());
  const client = s3Client(port);
  for (const key of ['a b', 'c/1', 'c/2', 'd']) {
    client.config.systemClockOffset = NOW - Date.now();
    await put(client, key, 'x');
  }
  const file = (key: string) =>
    `<Contents><Key>${key}</Key><LastModified>2026-11-25T12:00:00.000Z</LastModified><ETag>&#34;9dd4e461268c8034f5c8564e155c67a6&#34;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  const folder = (name: string) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`;
  const token = (name: string) => Buffer.from(name).toString('base64url');
  const head = (rest: string) => `<Name>${Bucket}</Name>${rest}`;
  const all = `${file('a b')}${file('c/1')}${file('c/2')}${file('d')}`;
  for (const [query, wanted] of [
    [
      'list-type=2',
      head(
        `<Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><KeyCount>4</KeyCount>${all}`,
      ),
    ],
    [
      'list-type=2&max-keys=1&encoding-type=url&delimiter=%2F',
      head(
        `<Prefix></Prefix><Delimiter>/</Delimiter><MaxKeys>1</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><KeyCount>1</KeyCount><NextContinuationToken>${token('a b')}</NextContinuationToken>${file('a%20b')}`,
      ),
    ],
    [
      `list-type=2&delimiter=%2F&continuation-token=${token('a b')}`,
      head(
        `<Prefix></Prefix><Delimiter>/</Delimiter><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><ContinuationToken>${token('a b')}</ContinuationToken><KeyCount>2</KeyCount>${folder('c/')}${file('d')}`,
      ),
    ],
    [
      'list-type=2&prefix=c%2F&start-after=c%2F1&max-keys=2000&encoding-type=other',
      head(
        `<Prefix>c/</Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><StartAfter>c/1</StartAfter><KeyCount>1</KeyCount>${file('c/2')}`,
      ),
    ],
    [
      'list-type=2&max-keys=0',
      head('<Prefix></Prefix><MaxKeys>0</MaxKeys><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount>'),
    ],
    [
      'marker=c%2F1&max-keys=1',
      head(
        `<Prefix></Prefix><MaxKeys>1</MaxKeys><IsTruncated>true</IsTruncated><Marker>c/1</Marker><NextMarker>c/2</NextMarker>${file('c/2')}`,
      ),
    ],
    [
      'marker=c%2F&delimiter=%2F',
      head(
        `<Prefix></Prefix><Delimiter>/</Delimiter><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Marker>c/</Marker>${file('d')}`,
      ),
    ],
  ] as const) {
    const { status, body } = await ask(port, query);
    t.equal(status, 200, query);
    const root = `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`;
    t.equal(body.replace(/^<\?xml[^>]*>\n?/, ''), `${root}${wanted}</ListBucketResult>`, query);
  }
  for (const [query, message] of [
    ...['x', '-1', '1.5', '1x', '', '1000000000'].map((max) => [
      `list-type=2&max-keys=${max}`,
      'max-keys must be a number',
    ]),
    ['list-type=2&continuation-token=a+b', 'The continuation token provided is incorrect'],
    ['versions&version-id-marker=null', 'A version-id marker cannot be specified without a key marker.'],
    ['versions&key-marker=a&version-id-marker=x', 'Invalid version id specified'],
  ] as const) {
    const { status, body } = await ask(port, query ?? '');
    t.equal(status, 400, query);
    t.match(body, `<Code>InvalidArgument</Code><Message>${message}</Message>`, query);
  }
});

/** Asks for a list by its query, as the operator. */
async function ask(port: number, query: string): Promise<{ status: number; body: string }> {
  const path = `/${Bucket}`;
  const pairs = [...new URLSearchParams(query)];
  const request = { method: 'GET', protocol: 'http:', hostname: 'localhost', port, path };
  const signer = new SignatureV4({
    ...{ credentials: OPERATOR, region: REGION, service: 's3', sha256: Sha256, uriEscapePath: false },
  });
  const { headers } = await signer.sign(
    { ...request, query: Object.fromEntries(pairs), headers: { host: `localhost:${port}`, ...UNSIGNED } },
    { signingDate: new Date(NOW) },
  );
  return raw(port, 'GET', `${path}?${query}`, headers);
}
