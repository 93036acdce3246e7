export { DataDirInUseError } from './data-dir-claim.ts';
export type { StackEvent } from './events.ts';
export { UnknownWorkerError } from './replica-counts.ts';
export { StartFailure } from './slot.ts';
export type { Stack, StackOptions, StackProcess } from './stack.ts';
export { startStack } from './stack.ts';
export type { HttpExample } from './worker-folders.ts';
export { WorkerSettingsError } from './worker-folders.ts';
