import type { ListedShare } from '@cloudfront-cookie-gateway/client';
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { announce } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { Button, copyAddress, Row, TimeLeft, WorkButton } from '../ui/parts.tsx';
import { formatMinute, text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';

interface ShareRowProps {
  owner: Owner;
  share: ListedShare;
  face: ComponentChildren;
  /** What stands before the time. */
  title: ComponentChildren;
  /** Called once it opens nothing any more: its time is up, or the person has revoked it. */
  onEnd(): void;
}

/**
 * A share: the time that is left, a button that copies its address again if that is known, and one that revokes it.
 */
export function ShareRow({ owner, share, face, title, onEnd }: ShareRowProps) {
  const { id, name, page, expiresAt, stale } = share;
  const revoke = async () => {
    try {
      await owner.shares.revoke(id);
      announce(text('revoked', { name }));
      onEnd();
    } catch (error) {
      announce(text('notRevoked', { reason: describeFailure(error).words }));
    }
  };
  const until = text('until', { date: formatMinute(expiresAt) });
  const left = stale ? text('stale') : <TimeLeft until={expiresAt} title={until} onEnd={onEnd} />;
  return (
    <Row face={face} name={title} facts={left}>
      {!stale && page !== undefined && <CopyAgain name={name} address={page} />}
      <WorkButton words={text('revoke')} label={text('revokeLink', { name })} work={revoke} />
    </Row>
  );
}

/** Copies an address, and says so on the pressed button. */
function CopyAgain({ name, address }: { name: string; address: string }) {
  const isCopied = useSignal(false);
  const copy = async () => {
    isCopied.value = await copyAddress(address);
  };
  return (
    <Button
      words={text(isCopied.value ? 'copied' : 'copy')}
      label={text('copyLinkTo', { name })}
      onClick={copy}
    />
  );
}
