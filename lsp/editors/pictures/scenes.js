// What each picture shows: a project of the examples, a file of it, and what is done before it is taken.

import fs from 'node:fs';
import path from 'node:path';

const until = (tab, selector) => tab.waitForSelector(selector, { visible: true, timeout: 30_000 });

/** A policy of the company's own beside the standard library's, on the facts of the example. */
const OWN = `package northwind.keys

use nhi.model.*

/// How long a key may lie idle.
param idle_after: duration = 30d in 7d..400d source "our own"

/// Old keys are revoked where nobody uses them, and rotated where somebody does.
policy old_key {
  for s: Secret
  where s.static && s.status == SecretStatus.active
  let used = s.uses.exists(u, u.at > now - idle_after)
  decide {
    !used                     => revoke s by quarantine because "{s.id}: idle"
    now - s.created_at > 180d => revoke s by rotate because "{s.id}: old"
    unknown                   => alert medium because "{missing}"
  }
}

test "an idle key is revoked where somebody watched" {
  now 2026-06-01T00:00:00Z
  given Secret { id: "K", static: true, status: SecretStatus.active }
  expect alert medium on "K"
}
`;

export const SCENES = {
  diagnostics: {
    project: 'examples/quickstart',
    file: 'idle_key.assize',
    height: 430,
    async show(tab) {
      await tab.evaluate(() => window.replace('secret.uses.exists', 'secret.use.exists'));
      await tab.waitForFunction(() => window.markers() > 0, { timeout: 30_000 });
      await tab.evaluate(() => {
        window.go('let used', 29);
        window.trigger('editor.action.marker.next');
      });
      await until(tab, '.marker-widget');
    },
  },
  hover: {
    project: 'examples/quickstart',
    file: 'idle_key.assize',
    height: 430,
    async show(tab) {
      await tab.evaluate(() => {
        window.go('< now - idle', 25);
        window.trigger('editor.action.showHover');
      });
      await until(tab, '.monaco-hover-content');
    },
  },
  completion: {
    project: 'examples/quickstart',
    file: 'idle_key.assize',
    height: 430,
    async show(tab) {
      await tab.evaluate(() => {
        window.replace('secret.created_at < now - idle_after', 'secret.');
        window.go('where secret.', 25);
        window.trigger('editor.action.triggerSuggest');
      });
      await until(tab, '.suggest-widget .monaco-list-row');
    },
  },
  lenses: {
    project: 'examples/northwind',
    file: 'policies/keys.assize',
    files: { 'policies/keys.assize': OWN },
    prepare: ({ project }) => {
      const file = path.join(project, 'assize.toml');
      fs.writeFileSync(file, `policies = ["policies"]\n${fs.readFileSync(file, 'utf8')}`);
    },
    height: 560,
    async show(tab) {
      await until(tab, '.codelens-decoration a, .codelens-decoration span');
      await tab.waitForFunction(() => document.body.innerText.includes('matches'), { timeout: 60_000 });
    },
  },
};
