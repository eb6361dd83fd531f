export { copyAll, deleteAll, moveAll, restoreAll } from './batches.ts';
export { type FileOperations, fileOperations } from './file-operations.ts';
export type * from './file-operations-types.ts';
