import { objectKey, parseStoredName, type StoredName } from '../domain/file-name.ts';
import type { UserId } from '../domain/user-id.ts';
import type { Deps } from './context.ts';

/**
 * The name under which a file is stored: as it is given, which is how the list has it, or else in NFC, as uploads
 * store it. Whether there is such a file is not said.
 * @throws GatewayError invalid_name, files_unavailable
 */
export async function storedName(rawName: string, userId: UserId, deps: Deps): Promise<StoredName> {
  const name = parseStoredName(rawName, userId);
  const composed = name.normalize('NFC');
  if (composed === name || (await deps.objects.find(objectKey(userId, name)))) return name;
  return parseStoredName(composed, userId);
}
