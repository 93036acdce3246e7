import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Editors save in several steps, and "save all" several files: changes this close together are one. */
const SETTLE_MS = 60;

/**
 * Watches folders below `root`, those inside them too, and reports the paths that changed since the last report,
 * relative to `root`. A folder that does not exist is left out, as are hidden ones and `node_modules`. Returns what
 * ends the watching.
 *
 * Each folder is watched by itself. Node's own recursive mode watches every file on Linux, and loses a file that is
 * saved as many editors do: written under another name and renamed.
 */
export async function watchFiles(
  root: string,
  folders: readonly string[],
  onChange: (paths: ReadonlySet<string>) => void,
): Promise<() => void> {
  const watchers = new Map<string, FSWatcher>();
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  function report(path: string): void {
    if (ended) return;
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const paths = changed;
      changed = new Set();
      onChange(paths);
    }, SETTLE_MS);
  }

  async function enter(folder: string, onFile: (path: string) => void): Promise<void> {
    if (!(await isFolder(join(root, folder))) || ended) return;
    try {
      // Watched before it is read, so that no file falls between.
      const watcher = watch(join(root, folder), (event, name) => {
        if (name !== null) notice(event, `${folder}/${name}`);
      });
      watcher.on('error', () => leave(folder));
      watchers.get(folder)?.close();
      watchers.set(folder, watcher);
      for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
        const path = `${folder}/${entry.name}`;
        if (!entry.isDirectory()) onFile(path);
        else if (isEntered(path)) await enter(path, onFile);
      }
    } catch {
      // Gone while it was entered; the folder above reports that.
      leave(folder);
    }
  }

  function leave(folder: string): void {
    for (const [path, watcher] of watchers) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      watcher.close();
      watchers.delete(path);
    }
  }

  function notice(event: string, path: string): void {
    report(path);
    // A folder of this name came, went, or is another one now. What a new one already contains is new as well.
    if (event === 'rename' && isEntered(path)) {
      leave(path);
      void enter(path, report);
    }
  }

  for (const folder of folders) await enter(folder, () => {});
  return () => {
    ended = true;
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function isEntered(path: string): boolean {
  return !/(^|\/)(\.[^/]*|node_modules)$/.test(path);
}
