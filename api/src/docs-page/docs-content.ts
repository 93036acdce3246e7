import type { CachedContent } from './cached-answer.ts';
import { escapeHtml, htmlPage, pagePolicy } from './html.ts';

/** The page that shows the OpenAPI document and sends requests, by Swagger UI. */
export function docsContent(title: string): CachedContent {
  return {
    contentType: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': pagePolicy, 'referrer-policy': 'no-referrer' },
    body: htmlPage({
      title,
      head: ['swagger-ui.css', 'docs.css']
        .map((name) => `<link rel="stylesheet" href="/docs/${name}">`)
        .join('\n'),
      body: `<header class="busline-bar">
<a class="busline-name" href="/">${escapeHtml(title)}</a>
<nav><a href="/openapi.json">OpenAPI</a> <a href="/protos">.proto files</a></nav>
</header>
<main id="docs"><noscript>This page needs JavaScript. The same is in <a href="/openapi.json">/openapi.json</a>.</noscript></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/docs.js"></script>`,
    }),
  };
}
