/** The status of the answer to the page of a share, for somebody without cookies. */
export async function statusOfPage(address: string): Promise<number> {
  const { origin, hash } = new URL(address);
  const answer = await fetch(`${origin}/auth/shares/open`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ secret: hash.slice('#share='.length) }),
  });
  return answer.status;
}
