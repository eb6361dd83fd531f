/** CloudFront on one machine, as the package `edge-local` exports it. */
export * from '@cloudfront-cookie-gateway/local-cloudfront';
export { type Edge, type EdgeOptions, type Explained, startEdge } from './start-edge.ts';
