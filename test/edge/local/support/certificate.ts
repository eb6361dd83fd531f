import { execFileSync } from 'node:child_process';

/** A self-signed certificate for `localhost`, and its key, in one text that stands for both. */
export function selfSigned(): { key: string; cert: string } {
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -subj /CN=localhost';
  const pem = execFileSync('openssl', words.split(' '), { encoding: 'utf8', stdio: 'pipe' });
  return { key: pem, cert: pem };
}
