import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { folderKey } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId } from '@cloudfront-cookie-gateway/core/user-id';
import {
  type DetailsRow,
  type DetailsStore,
  type KnownContent,
  type NamedFile,
  SCAN_OUTCOMES,
  type Scanned,
  type SignedUpload,
} from '../domain/details.ts';
import { answerOf, expressions, type Item, type TablePlace, toItem } from './dynamodb.ts';

/** The keys of the table. An owner is the folder in the bucket, without the slash at its end. */
export const DETAILS_KEYS = { partition: 'owner', sort: 'name' };

/** As many as DynamoDB writes at once. */
const ROWS_AT_ONCE = 25;

/** The table of what is known of files beside what S3 lists. */
export function createDetailsStore({ db, tableName: TableName }: TablePlace): DetailsStore {
  const place = (file: NamedFile) => ({ TableName, Key: keyOf(file) });
  const query = (
    KeyConditionExpression: string,
    values: Record<string, string>,
    more: Partial<QueryCommandInput>,
  ) =>
    answerOf(
      db.send(
        new QueryCommand({
          ...{ TableName, KeyConditionExpression, ...more },
          ...expressions({ values }, `${KeyConditionExpression} ${more.ProjectionExpression ?? ''}`),
        }),
      ),
    );

  return {
    async read(file) {
      const answer = await answerOf(db.send(new GetItemCommand({ ...place(file), ConsistentRead: true })));
      const { Item: item } = answer ?? {};
      return item
        ? { row: parseRow(item), version: Number(item['version']?.N) }
        : { row: { uploads: [] }, version: 0 };
    },

    async write(file, version, row) {
      const terms =
        version === 0
          ? { condition: 'attribute_not_exists(version)' }
          : { condition: 'version = :read', values: { ':read': version } };
      const put = new PutItemCommand({
        TableName,
        Item: { ...keyOf(file), ...toItem({ version: version + 1, ...packed(row) }) },
        ...expressions(terms),
      });
      return (await answerOf(db.send(put))) !== undefined;
    },

    async between(owner, first, last, isFresh = false) {
      const condition = '#owner = :owner AND #name BETWEEN :first AND :last';
      const values = { ':owner': partitionOf(owner), ':first': first, ':last': last };
      const rows = new Map<string, DetailsRow>();
      let from: Item | undefined;
      // One page is a megabyte, which is some thousand rows.
      do {
        const page = await query(condition, values, { ExclusiveStartKey: from, ConsistentRead: isFresh });
        for (const item of page?.Items ?? []) rows.set(item['name']?.S ?? '', parseRow(item));
        from = page?.LastEvaluatedKey;
      } while (from);
      return rows;
    },

    async expire(file, atEpoch) {
      const update = 'SET #ttl = :at ADD #version :one';
      const terms = { condition: 'attribute_exists(version)', values: { ':at': atEpoch, ':one': 1 } };
      const command = { ...place(file), UpdateExpression: update, ...expressions(terms, update) };
      await answerOf(db.send(new UpdateItemCommand(command)));
    },

    async delete(file, isExpiring = false) {
      const terms = isExpiring ? expressions({ condition: 'attribute_exists(#ttl)' }) : {};
      await answerOf(db.send(new DeleteItemCommand({ ...place(file), ...terms })));
    },

    async deleteSome(owner) {
      const keys = { Limit: ROWS_AT_ONCE, ProjectionExpression: '#owner, #name' };
      const answer = await query('#owner = :owner', { ':owner': partitionOf(owner) }, keys);
      const requests = (answer?.Items ?? []).map((Key) => ({ DeleteRequest: { Key } }));
      if (requests.length === 0) return false;
      await answerOf(db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } })));
      return true;
    },
  };
}

function partitionOf(owner: Owner): string {
  return folderKey(owner).slice(0, -1);
}

function keyOf({ owner, name }: NamedFile): Item {
  return toItem({ [DETAILS_KEYS.partition]: partitionOf(owner), [DETAILS_KEYS.sort]: name });
}

function packed({ content, former, uploads, scanned, movedAway, goesAtEpoch }: DetailsRow) {
  return {
    ...content,
    former: former && JSON.stringify(former),
    ...(uploads.length > 0 ? { uploads: JSON.stringify(uploads) } : {}),
    ...(scanned ? { scan: scanned.outcome, scanEtag: scanned.etag, scannedAtMs: scanned.atMs } : {}),
    movedAway: movedAway?.join(' '),
    ttl: goesAtEpoch,
  };
}

function parseRow(item: Item): DetailsRow {
  const text = (name: string) => item[name]?.S;
  const number = (name: string) => (item[name]?.N === undefined ? undefined : Number(item[name].N));
  const etag = text('etag');
  const uploadedBy = text('uploadedBy');
  const content: KnownContent | undefined =
    etag === undefined
      ? undefined
      : {
          etag,
          ...defined({
            ...{
              takenAt: text('takenAt'),
              changedAt: text('changedAt'),
              width: number('width'),
              height: number('height'),
              color: text('color'),
            },
            uploadedBy: uploadedBy === undefined ? undefined : parseUserId(uploadedBy),
          }),
        };
  return {
    uploads: parseList<SignedUpload>(text('uploads') ?? '[]'),
    ...defined({
      content,
      former: parseList<KnownContent>(text('former')),
      scanned: parseScanned(text('scan'), text('scanEtag'), number('scannedAtMs')),
      movedAway: text('movedAway')?.split(' '),
      goesAtEpoch: number('ttl'),
    }),
  };
}

/** A list that this store has written. */
function parseList<Each>(json: string): Each[];
function parseList<Each>(json: string | undefined): Each[] | undefined;
function parseList<Each>(json: string | undefined): Each[] | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as Each[]);
}

function parseScanned(outcome?: string, etag = '', atMs = 0): Scanned | undefined {
  const known = SCAN_OUTCOMES.find((each) => each === outcome);
  return known && { outcome: known, etag, atMs };
}
