"""The package from outside: `python -m unittest`, with the package on the path."""

import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone

import assize

ROOT = pathlib.Path(__file__).resolve().parents[3]
GATE = ROOT / "examples/proxy/policies"
FACTS = ROOT / "examples/proxy/facts.ndjson"
NOW = datetime(2026, 6, 1, 12, 30, 0, 123456, tzinfo=timezone.utc)
MICROS = 1780317000123456

POLICY = (GATE / "gate.assize").read_text()


def gate() -> assize.Engine:
    engine = assize.Engine(NOW, policies=GATE)
    loaded = engine.load(FACTS, NOW)
    assert (loaded.lines, loaded.rejected) == (3, []), loaded
    return engine


class Deciding(unittest.TestCase):
    def test_the_three_answers(self):
        calls = gate().entry("Call")
        decide = lambda client, method="GET": calls.decide({"client": client, "method": method, "path": "/"}, NOW)
        self.assertEqual(decide("shop").verdict, "allow")
        self.assertTrue(decide("shop").allowed)
        blocked = decide("crawler", "POST")
        self.assertEqual(blocked.verdict, "block")
        self.assertEqual([(one.policy, one.arm, one.outcome, one.enforced) for one in blocked.fired],
                         [("gate.read_only", 1, "block", True)])
        self.assertEqual(repr(blocked), "Decision(block, fired=[gate.read_only])")
        unknown = calls.decide({"method": "GET", "path": "/"}, NOW)
        self.assertEqual((unknown.verdict, unknown.allowed), ("undetermined", False))

    def test_reasons_and_obligations(self):
        calls = gate().entry("gate.Call")
        decision = calls.decide(b'{"client": "shop", "method": "GET", "path": "/admin/x"}', NOW)
        self.assertEqual(decision.verdict, "allow")
        outcome = decision.reasons()["decisions"][0]["outcomes"][0]
        self.assertEqual((outcome["kind"], outcome["with"]), ("alert", {"audit": "full"}))
        why = calls.explain({"client": "old-shop", "method": "GET", "path": "/"}, NOW)
        self.assertEqual([one["policy"] for one in why], ["gate.freeze"])
        self.assertEqual(why[0]["arms"][0]["fate"], "decides")

    def test_many_are_decided_alike(self):
        calls = gate().entry("Call")
        shop = {"client": "shop", "method": "GET", "path": "/"}
        many = calls.decide_many([shop, "{", json.dumps(shop)], NOW)
        self.assertEqual([one.verdict for one in many], ["allow", "undetermined", "allow"])
        self.assertIn("not a JSON object", many[1].error)
        self.assertIsNone(many[0].error)

    def test_an_answer_stays_what_it_was(self):
        engine = gate()
        calls, before = engine.entry("Call"), engine.snapshot()
        shop = {"client": "shop", "method": "GET", "path": "/"}
        kept = calls.decide(shop, NOW)
        frozen = {"Client": {"id": "shop", "frozen": True, "writes": True},
                  "source": {"tool": "register"}, "observed_at": NOW}
        self.assertEqual(engine.facts([frozen], NOW).lines, 1)
        self.assertEqual(calls.decide(shop, NOW).verdict, "block")
        self.assertEqual(calls.decide(shop, NOW, on=before).verdict, "allow")
        self.assertEqual(kept.reasons()["verdict"], "allow")
        self.assertNotEqual(before.id, engine.snapshot().id)
        self.assertEqual(before.now, NOW)

    def test_times(self):
        text = """package t
request Call { key id: string at: timestamp }
policy late { for c: Call decide { c.at < now - 1h => block c because "late" unknown => block c because "{missing}" } }
"""
        calls = assize.Engine(MICROS, texts={"t.assize": text}).entry("Call")
        self.assertEqual(assize.Engine(MICROS, texts={"t.assize": text}).snapshot().now, NOW)
        for now in (NOW, MICROS, "2026-06-01T12:30:00.123456Z", NOW.astimezone(timezone(timedelta(hours=5)))):
            fresh = calls.decide({"at": NOW}, now)
            self.assertEqual(fresh.verdict, "allow")
            self.assertIsInstance(fresh.valid_until, datetime)
            self.assertLess(NOW, fresh.valid_until)
        self.assertEqual(calls.decide({"at": NOW}, NOW + timedelta(hours=2)).verdict, "block")
        with self.assertRaisesRegex(ValueError, "no time zone"):
            calls.decide({"at": NOW}, datetime(2026, 6, 1))
        with self.assertRaises(TypeError):
            calls.decide({"at": NOW}, 1.5)


class Changing(unittest.TestCase):
    def test_policies_that_fail_their_tests_change_nothing(self):
        engine = gate()
        calls = engine.entry("Call")
        shop = {"client": "shop", "method": "GET", "path": "/shut"}
        broken = POLICY.replace("call.client.frozen =>", "!call.client.frozen =>")
        with self.assertRaises(assize.TestsError) as raised:
            engine.replace(NOW, texts={"gate.assize": broken})
        [(file, line, _, name)] = raised.exception.places
        self.assertEqual((file, name), ("gate.assize", "who is frozen, and who only reads"))
        self.assertIn(f"gate.assize:{line}: `{name}`", str(raised.exception))
        with self.assertRaises(assize.PolicyError) as raised:
            engine.replace(NOW, texts={"gate.assize": POLICY.replace("call.client.frozen", "call.client.frosen")})
        self.assertEqual(raised.exception.places[0][0], "gate.assize")
        self.assertTrue(all(line > 1 for _, line, _, _ in raised.exception.places))
        self.assertEqual(calls.decide(shop, NOW).verdict, "allow")

        engine.replace(NOW, texts={"gate.assize": POLICY.replace(
            "call.client.frozen =>", 'call.client.frozen || call.path == "/shut" =>')})
        self.assertEqual(calls.decide(shop, NOW).verdict, "block")

    def test_other_types_of_facts(self):
        engine = gate()
        wider = POLICY.replace("  writes: bool\n", "  writes: bool\n  team: string?\n")
        with self.assertRaisesRegex(assize.TypesError, "replace_all"):
            engine.replace(NOW, texts={"gate.assize": wider})
        other = assize.Engine(NOW, texts={"gate.assize": wider})
        other.load(FACTS, NOW)
        engine.replace_all(other, NOW)
        shop = {"client": "shop", "method": "GET", "path": "/"}
        self.assertEqual(engine.entry("Call").decide(shop, NOW).verdict, "allow")

    def test_what_cannot_be_is_said(self):
        with self.assertRaisesRegex(assize.ReadError, "no/such/folder"):
            assize.Engine(NOW, policies="no/such/folder")
        with self.assertRaisesRegex(assize.ReadError, "nowhere.ndjson"):
            gate().load("nowhere.ndjson", NOW)
        with self.assertRaisesRegex(assize.SettingError, "no param `gate.nope`"):
            assize.Engine(NOW, policies=[GATE], params={"gate.nope": 7})
        with self.assertRaisesRegex(assize.RequestError, "no request type `Nope`"):
            gate().entry("Nope")
        with self.assertRaisesRegex(assize.RequestError, "not a JSON object"):
            gate().entry("Call").decide("[]", NOW)
        with self.assertRaises(UnicodeDecodeError):
            gate().entry("Call").decide(b"\xff", NOW)
        deep = []
        for _ in range(200):
            deep = [deep]
        with self.assertRaisesRegex(ValueError, "deep"):
            gate().entry("Call").decide({"path": deep}, NOW)
        refused = gate().facts("no fact\n", NOW, name="register")
        self.assertEqual((refused.lines, len(refused.rejected)), (1, 1))
        self.assertTrue(refused.rejected[0].startswith("register: line 1: not JSON"))

    def test_the_standard_library_and_a_budget(self):
        engine = assize.Engine(NOW, stdlib=True, reach=1000)
        call = engine.entry("ToolCall").decide({"agent": "nobody", "tool": "crm/x"}, NOW)
        self.assertNotEqual(call.verdict, "allow")


class Threads(unittest.TestCase):
    def test_others_run_while_a_request_is_decided(self):
        """The lock of the interpreter is let go of: a thread counts on while another one compiles and decides."""
        engine, counted, over = gate(), [0], threading.Event()

        def count():
            while not over.is_set():
                counted[0] += 1
                time.sleep(0)

        thread = threading.Thread(target=count)
        thread.start()
        interval = sys.getswitchinterval()
        # Nobody is interrupted: who counts does so only where the lock is let go of.
        sys.setswitchinterval(1000)
        try:
            before = counted[0]
            for _ in range(3):
                engine.replace(NOW, texts={"gate.assize": POLICY})
            after = counted[0]
        finally:
            sys.setswitchinterval(interval)
            over.set()
            thread.join()
        self.assertGreater(after, before)

    def test_threads_share_an_entry(self):
        engine = gate()
        calls, wrong = engine.entry("Call"), []

        def ask():
            for number in range(500):
                client, answer = [("shop", "allow"), ("old-shop", "block")][number % 2]
                if calls.decide({"client": client, "method": "GET", "path": "/"}, NOW).verdict != answer:
                    wrong.append(number)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            engine.facts('{"Client": {"id": "other", "frozen": false, "writes": true}, '
                         '"source": {"tool": "register"}, "observed_at": "2026-06-01T00:00:00Z"}', NOW)
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


class Example(unittest.TestCase):
    def test_the_example_runs(self):
        script = ROOT / "bindings/python/examples/gate.py"
        asked = "\n".join([
            '{"client": "shop", "method": "GET", "path": "/"}',
            '{"client": "old-shop", "method": "GET", "path": "/"}',
            '{"method": "GET", "path": "/"}',
            "{",
        ])
        done = subprocess.run([sys.executable, script, GATE, FACTS], input=asked, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[:2], ["allow", "block: old-shop is frozen"])
        self.assertTrue(lines[2].startswith("undetermined: cannot tell who calls: "), lines[2])
        self.assertTrue(lines[3].startswith("undetermined: the request is not a JSON object"), lines[3])

    def test_the_page_shows_what_runs(self):
        """The Python of docs/embedding.md, as it stands there."""
        page = (ROOT / "docs/embedding.md").read_text()
        code = page.split("```python\n")[1].split("```")[0]
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "page.py"
            script.write_text(code)
            done = subprocess.run([sys.executable, script], cwd=ROOT / "examples/proxy", capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "block old-shop is frozen\n"), done.stderr)


if __name__ == "__main__":
    unittest.main()
