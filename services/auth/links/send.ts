import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { objectKey, parseFileName } from '@cloudfront-cookie-gateway/core/file-name';
import { type Owner, teamOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { UploadLimits } from '@cloudfront-cookie-gateway/core/upload-limits';
import { withoutInvisible } from '../clean-text.ts';
import type { Details } from '../details/details.ts';
import { beginUpload, type WantedUpload } from '../files/begin-upload.ts';
import type { ObjectStore } from '../files/bucket.ts';
import { MAX_KEYS, type Uploader } from '../files/file.ts';
import type { Uploads } from '../files/multipart-uploads.ts';
import type { Usage } from '../files/usage.ts';
import { folderOfLink } from './link.ts';
import type { Links, OpenedLink } from './links.ts';

export interface SendDeps {
  objects: Pick<ObjectStore, 'find' | 'delete' | 'presignUpload' | 'list'>;
  uploads: Pick<Uploads, 'begin'>;
  usage: Pick<Usage, 'take'>;
  links: Pick<Links, 'count'>;
  details: Pick<Details, 'signing'>;
  config: UploadLimits;
}

/**
 * Begins an upload into the folder of a link, as `beginUpload` does. A name that is taken gets a number. The file counts
 * after all other checks, and before it is signed.
 * @param opened a link of an uploader
 * @param sender names the browser that sends. No other goes on with an upload in parts
 * @throws GatewayError link_full; invalid_name also for invisible characters, since strangers send these names; and as
 *   `beginUpload`
 */
export async function sendThroughLink(
  deps: SendDeps,
  opened: OpenedLink,
  sender: Uploader,
  wanted: WantedUpload,
): ReturnType<typeof beginUpload> {
  const owner = teamOwner(opened.teamId);
  if (wanted.name !== withoutInvisible(wanted.name)) {
    throw new GatewayError('invalid_name', { detail: 'The name has invisible characters.' });
  }
  const usage: SendDeps['usage'] = {
    async take(...given) {
      await deps.usage.take(...given);
      await deps.links.count(opened, wanted.size);
    },
  };
  const name = await freeName(deps.objects, owner, `${folderOfLink(opened.link)}/${wanted.name}`);
  return beginUpload({ ...deps, usage }, sender, { ...wanted, name });
}

/**
 * The name, or `name (2).ext` and so on if it is taken. Somebody may take it meanwhile, and S3 then refuses the upload.
 * @throws GatewayError invalid_name, files_unavailable
 */
async function freeName(
  objects: Pick<ObjectStore, 'find' | 'list'>,
  owner: Owner,
  rawName: string,
): Promise<string> {
  const name = parseFileName(rawName, owner);
  if (!(await objects.find(objectKey(owner, name)))) return name;
  const [, stem = name, extension = ''] = /^(.*[^/])(\.[^./]+)$/.exec(name) ?? [];
  const numbered = (number: number) => parseFileName(`${stem} (${number})${extension}`, owner);
  const prefix = objectKey(owner, parseFileName(`${stem} (`, owner));
  const { files } = await objects.list({ prefix, limit: MAX_KEYS });
  const taken = new Set(files.map(({ key }) => key));
  let number = 2;
  while (taken.has(objectKey(owner, numbered(number)))) number++;
  return numbered(number);
}
