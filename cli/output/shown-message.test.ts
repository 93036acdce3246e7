import { create, createRegistry } from '@bufbuild/protobuf';
import { AnySchema, anyPack } from '@bufbuild/protobuf/wkt';
import { ObservedSchema } from '@busline/schemas/busline/bench/v1/events';
import { expect, it } from 'vitest';
import { shownMessage } from './shown-message.ts';

const registry = createRegistry(ObservedSchema);
const message = create(ObservedSchema, { thing: 'owl', amount: 3n, witness: 'ada' });

function shower(unredacted: boolean) {
  const notes: string[] = [];
  const show = shownMessage({ note: (text) => notes.push(text) }, { registry, unredacted, hint: 'ask' });
  return { notes, show };
}

it('leaves out what is marked, and says so once', () => {
  const { notes, show } = shower(false);
  for (let i = 0; i < 2; i++) expect(show(ObservedSchema, message)).toEqual({ thing: 'owl', amount: '3' });
  expect(notes).toEqual(['left out what its contract marks debug_redact; ask']);
  const packed = anyPack(ObservedSchema, message);
  expect(show(AnySchema, packed)).toMatchObject({ thing: 'owl' });
  expect(JSON.stringify(show(AnySchema, packed))).not.toContain('ada');
});

it('says nothing where nothing is left out', () => {
  const { notes, show } = shower(false);
  show(ObservedSchema, create(ObservedSchema, { thing: 'owl' }));
  expect(notes).toEqual([]);
});

it('shows all when asked to', () => {
  const { notes, show } = shower(true);
  expect(show(ObservedSchema, message)).toMatchObject({ witness: 'ada' });
  expect(notes).toEqual([]);
});
