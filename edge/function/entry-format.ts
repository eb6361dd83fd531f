/**
 * The package exports this module as `./entry-format`: what the KeyValueStore holds under a user's id. The functions read
 * it, and a service of your own may write it.
 */
export {
  formatEntry,
  isEntry,
  MAX_ENTRY_BYTES,
  NOTHING_REVOKED,
  type RevocationEntry,
} from '@cloudfront-cookie-gateway/core/entry-format';
