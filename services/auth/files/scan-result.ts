import { nameOfKey, parseStoredName, TEAMS_KEY, USERS_KEY } from '@cloudfront-cookie-gateway/core/file-name';
import { type Owner, parseTeamId, teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId } from '@cloudfront-cookie-gateway/core/user-id';
import * as Type from 'typebox';
import { Check } from 'typebox/schema';
import type { NamedFile, Scanned } from '../details/rules.ts';

/** The `detail-type` of GuardDuty's events. */
export const SCAN_RESULT = 'GuardDuty Malware Protection Object Scan Result';

/** The results of a scan, which are also the values of the tag (GuardDuty User Guide, "Monitoring S3 object scans"). */
export const SCAN_STATUSES = [
  'NO_THREATS_FOUND',
  'THREATS_FOUND',
  'UNSUPPORTED',
  'ACCESS_DENIED',
  'FAILED',
] as const;

/** GuardDuty's event in EventBridge's envelope. Events have more members. */
const ScanResult = Type.Object({
  'detail-type': Type.Literal(SCAN_RESULT),
  source: Type.Literal('aws.guardduty'),
  time: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' }),
  detail: Type.Object({
    s3ObjectDetails: Type.Object({
      bucketName: Type.String(),
      objectKey: Type.String(),
      eTag: Type.String(),
    }),
    scanResultDetails: Type.Object({ scanResultStatus: Type.Enum([...SCAN_STATUSES]) }),
  }),
});
export type ScanResult = Type.Static<typeof ScanResult>;

/**
 * The file that an event of GuardDuty is about, and what the scanner said of its content.
 * @returns undefined for a file of another bucket, and for what is no file of a user or team, such as a thumbnail
 * @throws TypeError for another event
 */
export function parseScanResult(
  event: unknown,
  bucketName: string,
): { file: NamedFile; scanned: Scanned } | undefined {
  if (!Check(ScanResult, event)) throw new TypeError('not a scan result of GuardDuty');
  const { s3ObjectDetails: object, scanResultDetails: result } = event.detail;
  const file = object.bucketName === bucketName ? namedBy(object.objectKey) : undefined;
  if (!file) return undefined;
  return {
    file,
    scanned: {
      etag: object.eTag.replaceAll('"', ''),
      outcome: outcomeOf(result.scanResultStatus),
      atMs: Date.parse(event.time),
    },
  };
}

function outcomeOf(status: (typeof SCAN_STATUSES)[number]): Scanned['outcome'] {
  if (status === 'NO_THREATS_FOUND') return 'clean';
  return status === 'THREATS_FOUND' ? 'refused' : 'not_scanned';
}

function namedBy(key: string): NamedFile | undefined {
  const owner = ownerOf(key);
  if (!owner) return undefined;
  const name = nameOfKey(key, owner);
  return name === undefined ? undefined : { owner, name: parseStoredName(name, owner) };
}

function ownerOf(key: string): Owner | undefined {
  const folder = [USERS_KEY, TEAMS_KEY].find((each) => key.startsWith(each));
  const id = folder && key.slice(folder.length).split('/')[0];
  if (!id) return undefined;
  try {
    return folder === USERS_KEY ? userOwner(parseUserId(id)) : teamOwner(parseTeamId(id));
  } catch {
    return undefined;
  }
}
