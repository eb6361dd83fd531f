import t from 'tap';
import { diskFault } from '../../../../services/local/store/http.ts';

t.test('a fault of the disk is told in words, wherever the error has it', async (t) => {
  const coded = (code: string) => Object.assign(new Error('failed'), { code });
  for (const [error, words] of [
    [coded('ENOSPC'), 'no space left on the disk'],
    [coded('EDQUOT'), 'no space left on the disk'],
    [coded('EIO'), 'the disk fails'],
    [new Error('IO error: No space left on device'), 'no space left on the disk'],
    [new Error('Disk quota exceeded'), 'no space left on the disk'],
    [new Error('Input/output error'), 'the disk fails'],
    [new Error('put', { cause: coded('EIO') }), 'the disk fails'],
    [coded('ENOENT'), undefined],
    ['ENOSPC', undefined],
  ] as const)
    t.equal(diskFault(error), words, String(error));
});
