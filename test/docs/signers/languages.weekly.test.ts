// Weekly, because Go, Java, PHP and Ruby are 600 MB of Debian's packages, which nothing else here wants:
// apt-get install --no-install-recommends ruby php-cli golang-go default-jdk-headless
// Last result (2026-11-29, Debian 13: Ruby 3.3, PHP 8.4, Go 1.24, Java 17): all four agree with the vectors.
import t from 'tap';
import { missing } from '../../support/missing.ts';
import { OTHERS } from './languages.ts';
import { testSigner } from './suite.ts';

// Two compilers.
t.setTimeout(120_000);

for (const language of OTHERS) {
  t.test(language.file, { skip: missing(...language.programs) }, (t) => testSigner(t, language));
}
