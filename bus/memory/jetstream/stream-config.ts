import type { StreamConfig } from '@nats-io/jetstream';
import { ApiError, notHere } from './api-error.ts';

const nsPerMs = 1_000_000;
const duplicateWindowNs = 120_000 * nsPerMs;

/** A configuration with the server's defaults filled in. */
export function completeStream(config: Partial<StreamConfig> & { readonly name: string }): StreamConfig {
  for (const feature of ['mirror', 'sources', 'republish', 'subject_transform'] as const) {
    if (config[feature] !== undefined) throw notHere(`"${feature}" of streams`);
  }
  if (config.max_age && config.duplicate_window && config.duplicate_window > config.max_age) {
    throw new ApiError(400, 10052, 'duplicates window can not be larger then max age');
  }
  const maxAge = config.max_age ?? 0;
  const defaults = {
    subjects: [config.name],
    retention: 'limits',
    max_consumers: -1,
    max_msgs: -1,
    max_bytes: -1,
    max_age: 0,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    discard: 'old',
    storage: 'file',
    num_replicas: 1,
    duplicate_window: maxAge > 0 ? Math.min(duplicateWindowNs, maxAge) : duplicateWindowNs,
    allow_direct: false,
    mirror_direct: false,
    sealed: false,
    deny_delete: false,
    deny_purge: false,
    allow_rollup_hdrs: false,
    consumer_limits: {},
    compression: 'none',
    metadata: {},
  };
  const given = Object.fromEntries(
    Object.entries(config).filter(
      ([name, value]) => value !== undefined && !(value === 0 && unlimited.has(name)),
    ),
  );
  return { ...defaults, ...given } as unknown as StreamConfig;
}

/** Limits of which 0 means none, as -1 does. */
const unlimited: ReadonlySet<string> = new Set([
  'max_msgs',
  'max_bytes',
  'max_msgs_per_subject',
  'max_msg_size',
  'max_consumers',
  'duplicate_window',
  'num_replicas',
]);
