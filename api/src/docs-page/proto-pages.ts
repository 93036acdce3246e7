import { gzipSync } from 'node:zlib';
import type { LiveRoutes } from '../live-routes.ts';
import type { RouteTable } from '../route-table.ts';
import { type CachedAnswer, cachedAnswer } from './cached-answer.ts';
import { escapeHtml, htmlPage, pagePolicy } from './html.ts';
import { liveAnswer } from './live-answer.ts';
import { protoSources } from './proto-sources.ts';
import { tar } from './tar.ts';

/** The contracts to look at and to take home. */
export interface ProtoPages {
  readonly list: CachedAnswer;
  readonly archive: CachedAnswer;
  /** One file by its path in the contracts. */
  file(path: string): CachedAnswer | undefined;
}

export function createProtoPages(routes: LiveRoutes, title: string): ProtoPages {
  let made: { readonly table: RouteTable; readonly sources: ReadonlyMap<string, string> } | undefined;
  // Printed once for each table: all of them take some tens of milliseconds.
  const sourcesOf = (table: RouteTable) => {
    if (made?.table !== table) made = { table, sources: protoSources(table) };
    return made.sources;
  };
  return {
    list: liveAnswer(routes, (table) => ({
      contentType: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': pagePolicy },
      body: listPage(title, [...sourcesOf(table).keys()]),
    })),
    archive: liveAnswer(routes, (table) => ({
      contentType: 'application/gzip',
      headers: { 'content-disposition': 'attachment; filename="protos.tar.gz"' },
      body: gzipSync(tar(sourcesOf(table))),
      compressible: false,
    })),
    file(path) {
      const source = sourcesOf(routes.table).get(path);
      if (source === undefined) return undefined;
      return cachedAnswer({ contentType: 'text/plain; charset=utf-8', body: source });
    },
  };
}

function listPage(title: string, paths: readonly string[]): string {
  const items = paths.map((path) => `<li><a href="/protos/${escapeHtml(path)}">${escapeHtml(path)}</a></li>`);
  return htmlPage({
    title: `Contracts: ${title}`,
    head: '<link rel="stylesheet" href="/docs/landing.css">',
    body: `<main>
<p><a href="/">${escapeHtml(title)}</a></p>
<h1>Contracts</h1>
<p>What the services that joined the bus have announced, with all that it imports.
<a href="/protos.tar.gz">Download all</a>, or in a shell:</p>
<pre>mkdir protos &amp;&amp; curl -s http://<i>this host</i>/protos.tar.gz | tar xz -C protos</pre>
<ul class="files">
${items.join('\n')}
</ul>
</main>`,
  });
}
