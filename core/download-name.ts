import { encodeName } from './canonical-path.ts';
import { attachment } from './disposition.ts';
import { GatewayError } from './errors.ts';

/** The longest value of `download=` that the viewer-request function passes on. */
const MAX_ENCODED_LENGTH = 1_024;

/**
 * Encodes the name under which browsers save a file, for a query. The viewer-response function makes a
 * `Content-Disposition` of the name (RFC 6266, RFC 8187).
 * @throws GatewayError invalid_name for a name that the function would not take
 */
export function encodeDownloadName(rawName: string): string {
  const encoded = encodeName(rawName);
  if (encoded === undefined || encoded.length > MAX_ENCODED_LENGTH || attachment(encoded) === 'attachment') {
    throw new GatewayError('invalid_name', { detail: 'The file cannot be saved under this name.' });
  }
  return encoded;
}
