import { objectKey, parseStoredName, type StoredName } from '../../../core/file-name.ts';
import type { UserId } from '../../../core/user-id.ts';
import type { Deps } from './context.ts';

/**
 * The name under which a file is stored. That is the given name if a file has it, as in the list; otherwise its NFC
 * form, as uploads store it. The function does not say whether such a file exists.
 * @throws GatewayError invalid_name, files_unavailable
 */
export async function storedName(rawName: string, userId: UserId, deps: Deps): Promise<StoredName> {
  const name = parseStoredName(rawName, userId);
  const composed = name.normalize('NFC');
  if (composed === name || (await deps.objects.find(objectKey(userId, name)))) return name;
  return parseStoredName(composed, userId);
}
