/** The attributes of a cookie that only this host gets (`__Host-`), and no script. */
export const HOST_COOKIE = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;
