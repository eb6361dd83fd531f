import { attachment } from '../../../edge/function/disposition.ts';
import { encodeName } from '../../../edge/function/path.ts';
import { GatewayError } from './errors.ts';

/** What the viewer-request function passes on of `download=`. */
const MAX_ENCODED_LENGTH = 1_024;

/**
 * The name under which browsers are to save a file, percent-encoded for a query; the viewer-response function makes a
 * `Content-Disposition` of it (RFC 6266, RFC 8187).
 * @throws GatewayError invalid_name for one that it would not take
 */
export function encodeDownloadName(rawName: string): string {
  const encoded = encodeName(rawName);
  if (encoded === undefined || encoded.length > MAX_ENCODED_LENGTH || attachment(encoded) === 'attachment') {
    throw new GatewayError('invalid_name', { detail: 'The file cannot be saved under this name.' });
  }
  return encoded;
}
