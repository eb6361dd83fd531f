/** CloudFront on one machine, as the package `edge-local` exports it. */
export * from '@cloudfront-cookie-gateway/local-cloudfront';
