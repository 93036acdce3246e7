import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSqliteInbox } from './sqlite-inbox.ts';

const cause = { consumer: 'mailer', type: 'a.B', id: '1' };

describe('createSqliteInbox()', () => {
  let db: DatabaseSync;
  beforeEach(() => {
    db = new DatabaseSync(':memory:');
    db.exec('CREATE TABLE effects (n INTEGER)');
  });
  const effects = (): unknown => db.prepare('SELECT count(*) AS n FROM effects').get()?.n;
  const effect = (): string => {
    db.exec('INSERT INTO effects VALUES (1)');
    return 'done';
  };
  const open = (options = {}) => {
    const inbox = createSqliteInbox(db, options);
    inbox.createTables();
    return inbox;
  };

  it('runs once for each event of each consumer', () => {
    const inbox = open();
    expect(inbox.once(cause, effect)).toEqual({ value: 'done', repeated: false });
    expect(inbox.once(cause, effect)).toEqual({ value: undefined, repeated: true });
    // Another inbox on the same table, as another process has one.
    expect(open().once(cause, effect).repeated).toBe(true);
    expect(inbox.once({ ...cause, consumer: 'other' }, effect).repeated).toBe(false);
    expect(inbox.once({ ...cause, type: 'a.C' }, effect).repeated).toBe(false);
    expect(inbox.once({ ...cause, id: '2' }, effect).repeated).toBe(false);
    expect(effects()).toBe(4);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('synchronous, and in vain');
      },
    ],
    ['returns a promise', async () => {}],
  ])('notes nothing, and keeps no effect, when the work %s', (_, work) => {
    const inbox = open();
    expect(() =>
      inbox.once(cause, () => {
        effect();
        return work();
      }),
    ).toThrow('synchronous');
    expect(effects()).toBe(0);
    expect(inbox.once(cause, effect).repeated).toBe(false);
  });

  it('forgets events after their time', async () => {
    const inbox = open({ keepMs: 50 });
    inbox.once(cause, effect);
    await expect
      .poll(() => {
        inbox.once({ ...cause, id: String(Math.random()) }, effect);
        return db.prepare("SELECT count(*) AS n FROM busline_inbox WHERE id = '1'").get()?.n;
      })
      .toBe(0);
  });

  it.each([
    [{ keepMs: 0 }, 'inbox: keepMs must be'],
    [{ table: 'A' }, 'inbox: table must be'],
  ])('refuses %j', (options, message) => {
    expect(() => createSqliteInbox(db, options)).toThrow(message);
  });
});
