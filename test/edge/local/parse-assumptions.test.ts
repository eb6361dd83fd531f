import t from 'tap';
import { DEFAULT_ASSUMPTIONS, OTHER_CHOICES, parseAssumptions } from '../../../edge/local/assumptions.ts';

function read(text: string) {
  const faults: string[] = [];
  return { read: parseAssumptions(text, faults), faults };
}

t.test('every switch has another choice, and can be set by its name', async (t) => {
  const names = Object.keys(DEFAULT_ASSUMPTIONS);
  t.strictSame(Object.keys(OTHER_CHOICES).toSorted(), names.toSorted());
  const text = Object.entries(OTHER_CHOICES).map(([name, value]) => `${name}=${value}`);
  t.strictSame(read(text.join(',')), { read: { ...OTHER_CHOICES }, faults: [] });
  const defaults = Object.entries(DEFAULT_ASSUMPTIONS).map(([name, value]) => `${name}=${value}`);
  t.strictSame(read(defaults.join(' , ')), { read: { ...DEFAULT_ASSUMPTIONS }, faults: [] });
  t.strictSame(read(''), { read: {}, faults: [] });
  for (const [name, value] of Object.entries(OTHER_CHOICES)) {
    t.not(Reflect.get(DEFAULT_ASSUMPTIONS, name), value, name);
  }
});

t.test('what is no switch, or no choice of it, is named with what there is', async (t) => {
  const known = Object.keys(DEFAULT_ASSUMPTIONS).join(', ');
  t.strictSame(
    read('duplicate=last,duplicates=both,caseIgnored,duplicates=last,duplicates=first,toString=1'),
    {
      read: { duplicates: 'last' },
      faults: [
        `"duplicate" is not an assumption; the assumptions are ${known}`,
        'duplicates must be first or last',
        'caseIgnored must be false or true',
        'duplicates is given twice',
        `"toString" is not an assumption; the assumptions are ${known}`,
      ],
    },
  );
});
