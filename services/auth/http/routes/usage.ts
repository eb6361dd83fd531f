import * as Type from 'typebox';
import type { Deps, Scope } from '../context.ts';
import { signedIn } from '../plugins/signed-in.ts';

const Used = Type.Object({
  bytes: Type.Integer({ description: 'Bytes of all files, and of their thumbnails.' }),
  files: Type.Integer(),
});

/** `GET /api/files/usage`: counts anew each time, with one request to S3 for each 1,000 objects. */
export function usageRoute(app: Scope, deps: Deps): void {
  app.get(
    '/api/files/usage',
    {
      schema: { response: { 200: Used } },
      config: {
        operation: 'usage',
        summary: "The number of the user's files, and their bytes",
        problems: ['files_unavailable'],
      },
    },
    (request) => deps.usage.count(signedIn(request).userId),
  );
}
