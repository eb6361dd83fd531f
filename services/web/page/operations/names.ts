import { ApiError } from '@cloudfront-cookie-gateway/client';
import type { FilesOf } from '@cloudfront-cookie-gateway/client/files';
import type { Owner } from '../files/library.ts';
import { nameOf } from '../words/words.ts';

/** A folder that files can go into. */
export interface Target {
  owner: Owner;
  /** Empty, or ends in `/`. */
  folder: string;
}

/** An owner's files as the client library takes them. */
export function filesOf({ asUser, team }: Owner): FilesOf {
  return team ? { asUser, id: team.id } : { asUser };
}

/** Whether a name is that of a folder. */
export function isFolder(name: string): boolean {
  return name.endsWith('/');
}

/** The folder that a file or folder is in. Empty, or ends in `/`. */
export function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/', name.length - 2) + 1);
}

/** The last part of a name, as people read it. */
export function labelOf(name: string): string {
  return name.slice(parentOf(name).length).replace(/\/$/, '');
}

/** The name of a folder for the person: that of its owner at the start. */
export function placeName({ owner, folder }: Target): string {
  return folder === '' ? nameOf(owner.team) : labelOf(folder);
}

/** @throws ApiError `invalid_name` for a name that would be one of another folder */
export function checkedLabel(label: string): string {
  const checked = label.trim().normalize('NFC');
  if (checked === '' || /[/\\]/.test(checked)) throw new ApiError(422, 'invalid_name');
  return checked;
}
