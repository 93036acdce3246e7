import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Editors save in several steps, and "save all" several files: changes this close together are one. */
const SETTLE_MS = 60;

/**
 * Watches folders below `root`, those inside them too, and reports the paths that changed since the last report,
 * relative to `root`. A folder that does not exist is left out. Returns what ends the watching.
 */
export async function watchFiles(
  root: string,
  folders: readonly string[],
  onChange: (paths: ReadonlySet<string>) => void,
): Promise<() => void> {
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const report = () => {
    const paths = changed;
    changed = new Set();
    onChange(paths);
  };
  const watchers: FSWatcher[] = [];
  for (const folder of folders) {
    const exists = await stat(join(root, folder)).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!exists) continue;
    const watcher = watch(join(root, folder), { recursive: true }, (_event, name) => {
      if (name === null) return;
      changed.add(`${folder}/${name.replaceAll('\\', '/')}`);
      clearTimeout(timer);
      timer = setTimeout(report, SETTLE_MS);
    });
    // A folder that vanished while it was being entered; its parent reports the change.
    watcher.on('error', () => {});
    watchers.push(watcher);
  }
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
