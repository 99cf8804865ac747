// A report as `assize eval --format json` prints it, with a decision of each kind.

'use strict';

const revoke = (key) => ({ kind: 'revoke', target: { Key: key }, by: 'quarantine', within: '24h' });

exports.REPORT = {
  version: 1,
  now: '2026-06-01T12:00:00Z',
  decisions: [
    {
      id: 'dec_2',
      policy: 'quickstart.idle_key',
      anchor: { secret: { Key: 'lab-printer' } },
      arm: 2,
      mode: 'enforce',
      outcomes: [{ id: 'out_2', kind: 'alert', severity: 'low' }],
      because: 'cannot tell whether it is used',
      missing: [{ cause: 'not covered', signal: 'key_log', scope: 'lab' }],
      could_be: [revoke('lab-printer')],
      waived_by: null,
      valid_until: '2026-07-01T00:00:00Z',
    },
    {
      id: 'dec_1',
      policy: 'quickstart.idle_key',
      anchor: { secret: { Key: 'old-backup' } },
      arm: 1,
      mode: 'enforce',
      outcomes: [{ id: 'out_1', ...revoke('old-backup') }],
      because: 'backup: not used in 45d',
      missing: [],
      could_be: [],
      waived_by: null,
      valid_until: null,
    },
    {
      id: 'dec_3',
      policy: 'acme.tiers',
      anchor: { f: { Finding: 'f1' }, w: { Workload: 'w1' } },
      arm: 1,
      mode: 'enforce',
      outcomes: [{ id: 'out_3', kind: 'rank', tier: 'd14' }],
      because: '',
      missing: [],
      could_be: [],
      waived_by: null,
      valid_until: null,
    },
  ],
  undetermined: [
    {
      id: 'dec_4',
      policy: 'quickstart.idle_key',
      anchor: { secret: { Key: 'ageless' } },
      mode: 'enforce',
      missing: [{ cause: 'not collected', fact: { Key: 'ageless' }, field: 'created_at' }],
      could_be: [revoke('ageless')],
      valid_until: null,
    },
  ],
  summary: { block: 0, revoke: 1, alert: 1, rank: 1, undetermined: 1 },
};
