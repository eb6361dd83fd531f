import t from 'tap';
import { digestOf } from './state.ts';

t.test('what is kept holds for code that was found', async (t) => {
  const all = digestOf(['test/fuzz/*.ts']);
  t.equal(digestOf(['test/fuzz/{main,state}*.ts', 'test/fuzz/campaigns.ts']), all);
  t.not(digestOf(['test/fuzz/main.ts']), all);
  t.throws(() => digestOf(['test/fuzz/main.ts', 'test/fuzz/moved.ts']), {
    message: 'no file is named test/fuzz/moved.ts',
  });
});
