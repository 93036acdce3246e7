import type { Bus, Catalog, CatalogService } from '@busline/bus';

/** The services that have joined the bus, by full name. */
export async function servicesOfBus(bus: Bus): Promise<ReadonlyMap<string, CatalogService>> {
  let catalog: Catalog | undefined;
  const watch = await bus.watchCatalog((now) => {
    catalog = now;
  });
  await watch.stop();
  return catalog?.services ?? new Map<string, CatalogService>();
}
