import type { Bucket, Tags } from './bucket.ts';
import { s3Error } from './errors.ts';
import { versionHeader } from './object-headers.ts';
import { type Handler, namedObject, type S3Request } from './operation.ts';
import { element, innerText, innerXml, readXml, sendXml } from './xml.ts';

const MOST_TAGS = 10;

export function createTagHandlers(
  bucket: Bucket,
): Record<'GetObjectTagging' | 'PutObjectTagging' | 'DeleteObjectTagging', Handler> {
  return {
    GetObjectTagging: (handled) => {
      const object = namedObject(bucket, handled);
      const tags = Object.entries(object.tags).map(
        ([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`,
      );
      const set = `<TagSet>${tags.join('')}</TagSet>`;
      sendXml(handled.response, 'Tagging', set, versionHeader(bucket, object));
    },
    PutObjectTagging: async (handled) => {
      const pairs = innerXml(await readXml(handled.payload()), 'Tag').map((tag): [string, string] => {
        const [key, value] = [innerText(tag, 'Key'), innerText(tag, 'Value')];
        if (key === undefined || value === undefined) throw s3Error('MalformedXML');
        return [key, value];
      });
      const tags = checkTags(pairs);
      const object = namedObject(bucket, handled);
      bucket.setTags(object, tags);
      handled.response.writeHead(200, versionHeader(bucket, object)).end();
    },
    DeleteObjectTagging: (handled) => {
      const object = namedObject(bucket, handled);
      bucket.setTags(object, {});
      handled.response.writeHead(204, versionHeader(bucket, object)).end();
    },
  };
}

/**
 * The tags that a write brings along, in `x-amz-tagging`.
 * @throws AwsError AccessDenied if the caller may not tag
 */
export function requestTags({ request, operation, may }: S3Request): Tags {
  const raw = request.headers['x-amz-tagging'];
  if (raw === undefined || raw === '') return {};
  if (!may('s3:PutObjectTagging', operation.key)) throw s3Error('AccessDenied');
  return checkTags([...new URLSearchParams(String(raw))]);
}

/** Amazon S3 User Guide, "Categorizing your objects using tags". */
function checkTags(pairs: [key: string, value: string][]): Tags {
  if (pairs.length > MOST_TAGS) throw s3Error('BadRequest');
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128) {
      throw s3Error('InvalidTag', 'The TagKey you have provided is invalid');
    }
    if (value.length > 256) throw s3Error('InvalidTag', 'The TagValue you have provided is invalid');
  }
  const tags = Object.fromEntries(pairs);
  if (Object.keys(tags).length < pairs.length) {
    throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return tags;
}
