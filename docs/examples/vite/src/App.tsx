import { createGateway, type ListedFile } from '@cloudfront-cookie-gateway/client';
import {
  GatewayProvider,
  useFiles,
  useGateway,
  useSession,
  useUploads,
} from '@cloudfront-cookie-gateway/client/react';

const gateway = createGateway();

export default function App() {
  return (
    <GatewayProvider gateway={gateway}>
      <Files />
    </GatewayProvider>
  );
}

function Files() {
  const { login, logout } = useGateway();
  const session = useSession();
  const { files, hasMore, loadMore, mutate } = useFiles();
  const { uploads, add, cancel } = useUploads();
  if (session.status === 'loading') return <p role="status">One moment …</p>;
  if (session.status === 'error') return <p role="alert">{`${session.error}`}</p>;
  if (session.status === 'out')
    return (
      <button type="button" onClick={() => login()}>
        Sign in
      </button>
    );
  return (
    <main>
      <button type="button" onClick={() => logout()}>
        Sign out {session.session.user.name}
      </button>
      <input type="file" multiple onChange={({ target }) => add(target.files ?? []).then(() => mutate())} />
      {uploads
        .filter(({ status }) => status !== 'done')
        .map(({ id, name, progress, error }) => (
          <p key={id}>
            {name} <progress value={progress} />{' '}
            <button type="button" onClick={() => cancel(id)}>
              Cancel
            </button>
            {error !== undefined && <span role="alert">{`${error}`}</span>}
          </p>
        ))}
      {files.map((file) => (
        <Shown key={file.url} file={file} />
      ))}
      {hasMore && (
        <button type="button" onClick={loadMore}>
          More
        </button>
      )}
    </main>
  );
}

function Shown({ file: { name, type, url, thumbnailUrl = url } }: { file: ListedFile }) {
  if (type.startsWith('image/')) return <img src={thumbnailUrl} alt={name} />;
  if (type.startsWith('video/')) return <video src={url} controls />;
  return <a href={url}>{name}</a>;
}
