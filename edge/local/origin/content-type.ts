/**
 * The type that `aws s3 sync` and the CDK's deployment give a file by its suffix. Any other file has S3's own default.
 */
const TYPES: Record<string, string> = {
  ...{
    '.html': 'text/html',
    '.htm': 'text/html',
    '.css': 'text/css',
    '.txt': 'text/plain',
    '.csv': 'text/csv',
  },
  ...{ '.js': 'text/javascript', '.mjs': 'text/javascript', '.xml': 'text/xml', '.md': 'text/markdown' },
  ...{
    '.json': 'application/json',
    '.map': 'application/json',
    '.pdf': 'application/pdf',
    '.zip': 'application/zip',
  },
  ...{ '.webmanifest': 'application/manifest+json', '.wasm': 'application/wasm' },
  ...{
    '.svg': 'image/svg+xml',
    '.png': 'image/png',
    '.jpg': 'image/jpeg',
    '.jpeg': 'image/jpeg',
    '.gif': 'image/gif',
  },
  ...{ '.webp': 'image/webp', '.avif': 'image/avif', '.ico': 'image/vnd.microsoft.icon' },
  ...{
    '.mp4': 'video/mp4',
    '.webm': 'video/webm',
    '.mp3': 'audio/mpeg',
    '.ogg': 'audio/ogg',
    '.wav': 'audio/wav',
  },
  ...{ '.m3u8': 'application/vnd.apple.mpegurl', '.ts': 'video/mp2t', '.mpd': 'application/dash+xml' },
  ...{ '.woff': 'font/woff', '.woff2': 'font/woff2', '.ttf': 'font/ttf', '.otf': 'font/otf' },
};

/** @param suffix with its dot */
export function contentTypeOf(suffix: string): string {
  return TYPES[suffix.toLowerCase()] ?? 'binary/octet-stream';
}
