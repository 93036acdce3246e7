import { unwatchFile, watchFile } from 'node:fs';
import type { Logger } from 'pino';
import type { TlsSettings } from './settings.ts';
import { readTlsIdentity, type TlsIdentity } from './tls-identity.ts';

/**
 * Calls `onChange` with what stands in the files after one of them changed. Files that do not belong together, as
 * between the renewal of one and the other, are reported and passed over: the pair in use stays.
 *
 * @returns the function that ends it.
 */
export function watchTlsIdentity(
  settings: TlsSettings,
  log: Logger,
  onChange: (identity: TlsIdentity) => void,
): () => void {
  const { certFile, keyFile, clientCaFile, reloadIntervalMs } = settings;
  const files = clientCaFile === undefined ? [certFile, keyFile] : [certFile, keyFile, clientCaFile];
  const reload = async (): Promise<void> => {
    try {
      const identity = await readTlsIdentity(settings);
      onChange(identity);
      log.info({ validTo: identity.validTo }, 'new connections get the new certificate');
    } catch (error) {
      log.error({ err: error }, 'the changed TLS files cannot be used; the old certificate stays in use');
    }
  };
  // By looking rather than by notice of the file system, which misses files that are links, as in Kubernetes.
  const listener = (): void => void reload();
  for (const file of files) watchFile(file, { interval: reloadIntervalMs, persistent: false }, listener);
  return () => {
    for (const file of files) unwatchFile(file, listener);
  };
}
