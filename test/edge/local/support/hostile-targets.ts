export const UP = [
  ...['..', '%2e%2e', '.%2e', '%2e.', '%2E%2E', '..;', '%252e%252e', '%c0%ae%c0%ae', '..%00', '..%09'],
  ...['%u002e%u002e', '．．'.replace(/./g, '%ef%bc%8e'), '.%00.', '...', '....'],
];
const SLASH = ['/', '%2f', '%2F', '%5c', '\\', '//', '/./', '%252f', '%c0%af', '/;/', '%00/'];

/** From one user's folder to a file of another user, one directory up in every spelling. */
export function traversals(own: string, foreign: string, file: string): string[] {
  return UP.flatMap((dots) => SLASH.map((slash) => `/users/${own}${slash}${dots}${slash}${foreign}/${file}`));
}

/** The folder of the other user in other spellings, and targets that are nearly in one's own folder. */
export function otherSpellings(own: string, foreign: string, file: string): string[] {
  return [
    `/users/${foreign}/${file}`,
    `//users/${foreign}/${file}`,
    `/users//${foreign}/${file}`,
    `/users/./${foreign}/${file}`,
    `/%75sers/${foreign}/${file}`,
    `/users%2f${foreign}/${file}`,
    `/users/${foreign.toUpperCase()}/${file}`,
    `/users/%${foreign.charCodeAt(0).toString(16)}${foreign.slice(1)}/${file}`,
    `/users/*/${file}`,
    `/users/${'?'.repeat(foreign.length)}/${file}`,
    `/users/${own}*/../${foreign}/${file}`,
    `/users/${foreign}/../${own}/a.txt`,
    `/users/${foreign}/%2e%2e/${own}/a.txt`,
    `/users/${foreign}/${file}/../../${own}/../${foreign}/${file}`,
    `/users/${own}/#/../../${foreign}/${file}`,
    `/users/${foreign}/${file}#/users/${own}/`,
    `/users/${own}/%ff%fe/../../${foreign}/${file}`,
    `/users/${own}/\u00e9/../../${foreign}/${file}`,
    `/users/${own}/a\tb`,
    `/users/${own}`,
    `/users/${own}0/a.txt`,
  ];
}
