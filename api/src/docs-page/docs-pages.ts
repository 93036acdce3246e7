import type { EdgeResponse, Exchange } from '../exchange.ts';
import { notFound } from '../http-fault.ts';
import { landing } from '../landing.ts';
import type { LiveRoutes } from '../live-routes.ts';
import { type CachedAnswer, cachedAnswer } from './cached-answer.ts';
import { docsContent } from './docs-content.ts';
import type { DocsOptions } from './docs-options.ts';
import { landingContent } from './landing-page.ts';
import { liveAnswer } from './live-answer.ts';
import { openApiContent } from './openapi-content.ts';
import { createPageFiles } from './page-files.ts';
import { createProtoPages } from './proto-pages.ts';

/** The pages of the edge about what it serves. */
export interface DocsPages {
  /** `/`: what there is to call. As text, or as a page for a browser. */
  landing(exchange: Exchange): Promise<EdgeResponse>;
  /**
   * Any of the paths in `docsPaths`.
   *
   * @throws HttpFault 404
   */
  answer(exchange: Exchange): Promise<EdgeResponse>;
}

/** @param options undefined for an edge that tells nothing about what it serves */
export function createDocsPages(routes: LiveRoutes, options: DocsOptions | undefined): DocsPages {
  if (options === undefined) return silentPages;
  const { title } = options;
  const pageFile = createPageFiles();
  const protos = createProtoPages(routes, title);
  const pages = new Map<string, CachedAnswer>([
    ['/docs', cachedAnswer(docsContent(title))],
    ['/openapi.json', liveAnswer(routes, (table) => openApiContent(table, options))],
    ['/protos', protos.list],
    ['/protos.tar.gz', protos.archive],
  ]);
  const landingPage = liveAnswer(routes, (table) => landingContent(table, title));

  return {
    async landing(exchange) {
      const accept = exchange.request.header('accept') ?? '';
      const answer = accept.includes('text/html') ? await landingPage(exchange) : landing(routes.table);
      answer.headers.vary = [answer.headers.vary, 'accept'].filter(Boolean).join(', ');
      return answer;
    },
    async answer(exchange) {
      const { path } = exchange.request;
      const answer = pages.get(path) ?? (await below(path));
      if (answer === undefined) throw notFound(path);
      return answer(exchange);
    },
  };

  function below(path: string): Promise<CachedAnswer> | CachedAnswer | undefined {
    const [, folder, ...rest] = path.split('/');
    const name = rest.join('/');
    return folder === 'docs' ? pageFile(name) : protos.file(name);
  }
}

const silentPages: DocsPages = {
  landing: async () => ({
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: 'Busline edge\n',
  }),
  async answer(exchange) {
    throw notFound(exchange.request.path);
  },
};
