// The network of the screen. It knows nothing of React Native, so it runs in Node as well.
import { createGateway, type NativeOptions } from '@cloudfront-cookie-gateway/client/native';

export interface Picture {
  name: string;
  /** For <Image>. The header opens the folder of the user, so give it to no other host. */
  source: { uri: string; headers: { Cookie: string } };
}

export interface Pictures {
  /** @throws ApiError */
  list(): Promise<{ pictures: Picture[]; expiresAtMs: number }>;
  signOut(): Promise<void>;
}

/**
 * @param options.token gives an ID token: sign in by react-native-app-auth or expo-auth-session, as the client that
 *   docs/native.md describes
 * @param options.storage keeps the session: expo-secure-store or react-native-keychain
 */
export function createPictures(options: NativeOptions): Pictures {
  const gateway = createGateway(options);
  return {
    async list() {
      const { files } = await gateway.files.list();
      // It is asked for at each list, and renewed when it is due.
      const { cookie, expiresAtMs } = await gateway.credential();
      const pictures = files
        .filter(({ type }) => type.startsWith('image/'))
        .map(({ name, url, thumbnailUrl = url }) => ({
          name,
          source: { uri: thumbnailUrl, headers: { Cookie: cookie } },
        }));
      return { pictures, expiresAtMs };
    },
    signOut: () => gateway.logout(),
  };
}
