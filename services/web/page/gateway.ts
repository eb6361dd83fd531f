import { createGateway } from '@cloudfront-cookie-gateway/client';

/** The app host and the files host, for the signed-in user. The page of a guest never loads this. */
export const gateway = createGateway();
