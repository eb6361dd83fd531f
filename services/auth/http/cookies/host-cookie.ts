/** The attributes of a cookie that only this host gets (`__Host-`). No script can read it. */
export const HOST_COOKIE = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;
