import type { OriginSettings } from '../template/origins.ts';
import { createFolderOrigin } from './folder.ts';
import type { Origin, OriginOptions } from './origin.ts';
import { createServerOrigin } from './server.ts';

export function createOrigin(settings: OriginSettings, options: OriginOptions): Origin {
  const { binding } = settings;
  if ('folder' in binding) return createFolderOrigin(settings, binding);
  return createServerOrigin(settings, binding, options);
}
