import type { MethodRecord } from '../method-record.ts';
import type { RouteTable } from '../route-table.ts';
import type { CachedContent } from './cached-answer.ts';
import { escapeHtml, htmlPage, pagePolicy } from './html.ts';

/** What there is to call right now, for people with a browser. */
export function landingContent(table: RouteTable, title: string): CachedContent {
  const services = table.services.map(
    ({ service, methods, rest }) => `<section>
<h2>${escapeHtml(service.desc.typeName)}</h2>
<p class="worker">worker ${escapeHtml(service.worker)} ${escapeHtml(service.version)}</p>
<table>
${methods.map((record) => methodRows(record, bindingsOf(record, rest))).join('\n')}
</table>
</section>`,
  );
  const none = '<p>No service has been announced yet. Start a worker, and its routes appear here.</p>';
  const faults = table.faults.map(
    ({ method, rule, reason }) =>
      `<li>${escapeHtml(method)}: <code>${escapeHtml(rule)}</code>: ${escapeHtml(reason)}</li>`,
  );
  return {
    contentType: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': pagePolicy },
    body: htmlPage({
      title,
      head: '<link rel="stylesheet" href="/docs/landing.css">',
      body: `<main>
<h1>${escapeHtml(title)}</h1>
<nav><a href="/docs">API documentation</a> <a href="/openapi.json">OpenAPI</a> <a href="/protos">.proto files</a></nav>
${services.length === 0 ? none : services.join('\n')}
${faults.length === 0 ? '' : `<section><h2>Rules that are not served</h2><ul>${faults.join('\n')}</ul></section>`}
</main>`,
    }),
  };
}

interface Route {
  readonly httpMethod: string;
  readonly path: string;
}

function bindingsOf(record: MethodRecord, rest: RouteTable['served']): Route[] {
  return rest
    .filter((route) => route.record === record)
    .map(({ binding }) => ({ httpMethod: binding.httpMethod, path: binding.template.text }));
}

function methodRows(record: MethodRecord, bindings: readonly Route[]): string {
  const { methodKind } = record.desc;
  const kind = methodKind === 'unary' ? '' : ` <small>${methodKind.replace('_', ' ')}</small>`;
  const routes = [...bindings, { httpMethod: 'POST', path: record.procedure }].map(
    ({ httpMethod, path }) => `<code><b>${escapeHtml(httpMethod)}</b> ${escapeHtml(path)}</code>`,
  );
  return `<tr><th>${escapeHtml(record.method)}${kind}</th><td>${routes.join('<br>')}</td></tr>`;
}
