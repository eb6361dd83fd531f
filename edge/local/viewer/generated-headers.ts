import { type HeaderFields, header } from './answer.ts';
import type { ViewerRequest } from './viewer-request.ts';

const DEVICES: Record<string, RegExp> = {
  'cloudfront-is-android-viewer': /Android/,
  'cloudfront-is-ios-viewer': /iPhone|iPad|iPod/,
  'cloudfront-is-tablet-viewer': /iPad|Tablet|Android(?!.*Mobile)/,
  'cloudfront-is-smarttv-viewer': /SmartTV|SMART-TV|Tizen.*TV|AppleTV/i,
  'cloudfront-is-mobile-viewer': /Mobile|iPhone|iPod|Android|iPad/,
};

/**
 * The headers of the viewer's request, and the headers that CloudFront writes itself because a policy of the behavior
 * names them (DG: adding CloudFront request headers). The caller gives the values that depend on a viewer's place. A
 * header without a value is missing.
 * @param names in lower case
 * @param given values by lower-case name
 */
export function withGenerated(
  viewer: ViewerRequest,
  names: readonly string[],
  given: Readonly<Record<string, string>>,
): HeaderFields {
  const headers: HeaderFields = new Map(viewer.headers);
  for (const name of names) {
    const value = given[name] ?? derived(name, viewer);
    // A viewer's own header of that name is not CloudFront's.
    if (value === undefined) headers.delete(name);
    else headers.set(name, [value]);
  }
  return headers;
}

function derived(name: string, viewer: ViewerRequest): string | undefined {
  const { headers, origin, ipAddress, port } = viewer;
  const agent = header(headers, 'user-agent') ?? '';
  const device = DEVICES[name];
  if (device) return String(device.test(agent));
  switch (name) {
    case 'cloudfront-is-desktop-viewer':
      return String(!Object.values(DEVICES).some((other) => other.test(agent)));
    case 'cloudfront-forwarded-proto':
      return origin.startsWith('https:') ? 'https' : 'http';
    case 'cloudfront-viewer-address':
      return `${ipAddress}:${port}`;
    case 'cloudfront-viewer-http-version':
      return '1.1';
    case 'cloudfront-viewer-header-count':
      return String(headers.size);
    case 'cloudfront-viewer-header-order':
      return [...headers.keys()].join(':');
    default:
      return undefined;
  }
}
