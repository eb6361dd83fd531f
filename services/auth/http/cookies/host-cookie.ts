/** Attributes of a cookie that goes to this host alone (`__Host-`), and to no script. */
export const HOST_COOKIE = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;
