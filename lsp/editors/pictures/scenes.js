// What each picture shows: a project of the examples, a file of it, and what is done before it is taken.

const until = (tab, selector) => tab.waitForSelector(selector, { visible: true, timeout: 30_000 });

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
};
