/** CloudFront on one machine, as the package `edge-local` exports it. */
export * from '../local/create-local-cloudfront.ts';
