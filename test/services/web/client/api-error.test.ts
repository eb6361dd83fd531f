import { readFileSync } from 'node:fs';
import t from 'tap';
import { ERRORS } from '../../../../core/errors.ts';
import { ApiError } from '../../../../services/web/client/api-error.ts';

t.test('an ApiError has its own name, also in a minified page', async (t) => {
  const error = new ApiError(409, 'file_exists', { detail: 'It is there.' });
  t.equal(error.name, 'ApiError');
  t.equal(`${error}`, 'ApiError: It is there.');
  t.notOk(Object.keys(error).includes('name'));
});

t.test('the type of its code has each code of the app host, and two of the client', async (t) => {
  const source = readFileSync('services/web/client/error-code.ts', 'utf8');
  const codes = [...source.matchAll(/\| '(\w+)'/g)].map(([, code]) => code);
  t.strictSame(codes, [...codes].toSorted());
  t.strictSame(codes, [...Object.keys(ERRORS), 'network', 'storage_refused'].toSorted());
});
