import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { badgeOf, kindOf } from './card.ts';

/** The small picture of a file in a row: its thumbnail, or its badge. @param props.file what is known of it */
export function Face({ name, file }: { name: string; file?: ListedFile | undefined }) {
  const picture = file?.thumbnailUrl;
  return (
    <span class="face" aria-hidden="true" data-kind={kindOf(name)}>
      {picture === undefined ? badgeOf(name) : <img src={picture} alt="" loading="lazy" />}
    </span>
  );
}
