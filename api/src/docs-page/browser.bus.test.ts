import { connect, implement } from '@busline/bus';
import { startNats } from '@busline/bus/testing';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { findBrowser, startBrowser } from '../../testing/browser.ts';
import { startEdgeProcess } from '../../testing/edge-process.ts';

const browserPath = findBrowser();
if (browserPath === undefined)
  console.warn('no Chromium on the PATH: the docs page is not tested in a browser');

const greeter = implement(GreetService, { sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }) });

describe.skipIf(browserPath === undefined)('the docs page in a browser', () => {
  it('sends a request by "Try it out" and shows the answer', { timeout: 90_000 }, async () => {
    await using nats = await startNats();
    const worker = await connect({ servers: nats.url, logger: pino({ level: 'silent' }) });
    await worker.serve({ name: 'greeter', version: '1.0.0', services: [greeter] });
    const edge = await startEdgeProcess({ NATS_URL: nats.url });
    try {
      await using browser = await startBrowser(browserPath ?? '');
      const page = await browser.open(
        `${edge.url}/docs#/greet.v1.GreetService/greet.v1.GreetService.SayHello`,
      );
      await page.until(`document.querySelector('.opblock.is-open .execute')`);
      await page.type('.opblock.is-open tr[data-param-name="name"] input', 'Ada');
      await page.evaluate(`document.querySelector('.opblock.is-open .execute').click()`);
      const answer = '.opblock.is-open .live-responses-table .response';
      const status = await page.until(
        `document.querySelector('${answer} .response-col_status')?.textContent`,
      );
      expect(status).toContain('200');
      const body = await page.until(`document.querySelector('${answer} .highlight-code')?.textContent`);
      expect(body).toContain('"greeting": "Hello, Ada!"');
      expect(page.complaints).toEqual([]);
      const elsewhere = page.requested.filter((url) => !url.startsWith(edge.url) && !url.startsWith('data:'));
      expect(elsewhere).toEqual([]);
    } finally {
      edge.child.kill('SIGTERM');
      await edge.exited;
      await worker.drain();
    }
  });
});
