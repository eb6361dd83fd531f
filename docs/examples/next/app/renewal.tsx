'use client';

import { createCookieGateway } from '@cloudfront-cookie-gateway/client';
import { useEffect } from 'react';

const gateway = createCookieGateway({ refreshUrl: '/files-cookies' });

/** Renews the cookies of the files host while the page is open. */
export function Renewal() {
  useEffect(() => {
    const ends = [gateway.on('signedout', () => location.reload()), gateway.watchImages()];
    gateway.session().catch(() => {}); // it tries again by itself
    return () => {
      for (const end of ends) end();
    };
  }, []);
  return null;
}
