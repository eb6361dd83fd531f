import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readTemplate } from '../../../edge/local/template/template.ts';
import { openKeyValueStore } from '../../../services/local/stores.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { ACCOUNT_ID, REGION, TEMPLATE } from './support/local-s3.ts';

t.test('the store of the edge keeps its entries over a start, and puts a damaged file aside', async (t) => {
  const directory = temporaryDirectory(t);
  const template = readTemplate(TEMPLATE, { region: REGION, accountId: ACCOUNT_ID });
  const open = () => openKeyValueStore(directory, template, 0);
  const first = open();
  const { logicalId, ref } = template.only('AWS::CloudFront::KeyValueStore');
  t.equal(first.logicalId, logicalId);
  t.equal(first.arn, `arn:aws:cloudfront::${ACCOUNT_ID}:key-value-store/${ref}`);
  t.strictSame(first.store.entries(), []);
  first.store.update({ puts: [{ key: 'a', value: '1' }], deletes: [] }, first.store.describe().etag);
  t.strictSame(open().store.entries(), [['a', '1']]);
  t.equal(open().store.describe().etag, first.store.describe().etag, 'a writer may go on after it');
  const file = join(directory, 'key-value-store.json');
  for (const left of ['{}', 'null', '{"entries":1}', '{']) {
    writeFileSync(file, left);
    t.strictSame(open().store.entries(), [], left);
    t.equal(readFileSync(`${file}.bad`, 'utf8'), left);
  }
});
