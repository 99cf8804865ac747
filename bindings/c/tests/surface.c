/* Every function of the header, as it is meant and as it is not. Says nothing and ends with 0 where all is well. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assize.h"

static int line_of_failure = 0;

/* How often this thread asked for memory: the linker sends all calls of these four by here (`--wrap`). */
static __thread long asked_for_memory = 0;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
int __real_posix_memalign(void **at, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
int __wrap_posix_memalign(void **at, size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
  asked_for_memory++;
  return __real_malloc(size);
}
void *__wrap_calloc(size_t count, size_t size) {
  asked_for_memory++;
  return __real_calloc(count, size);
}
void *__wrap_realloc(void *at, size_t size) {
  asked_for_memory++;
  return __real_realloc(at, size);
}
int __wrap_posix_memalign(void **at, size_t alignment, size_t size) {
  asked_for_memory++;
  return __real_posix_memalign(at, alignment, size);
}

#define CHECK(what)                                                              \
  do {                                                                           \
    if (!(what)) {                                                               \
      fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #what, assize_error());    \
      line_of_failure = __LINE__;                                                \
    }                                                                            \
  } while (0)
#define OK(call) CHECK((call) == ASSIZE_STATUS_OK)
#define FAILS(status, call, message) \
  CHECK((call) == ASSIZE_STATUS_##status && strstr(assize_error(), message) != NULL)

static const char GATE[] =
    "package gate\n"
    "entity Client { key id: string  frozen: bool } closed\n"
    "request Call { key id: string  client: Client  path: string  at: timestamp = 2026-06-01T00:00:00Z }\n"
    "param root: string = \"/admin\"  source \"us\"\n"
    "policy freeze { for c: Call decide {\n"
    "  c.client.frozen => block c because \"{c.client.id} is frozen\"\n"
    "  unknown         => alert low because \"{missing}\"\n"
    "} }\n"
    "policy watched { mode monitor for c: Call where c.path.startsWith(root) decide {\n"
    "  otherwise => alert high with { audit: \"full\" } because \"{c.path}\"\n"
    "} }\n"
    "policy old { for c: Call where c.at < now - 1h decide { otherwise => block c because \"old\" } }\n"
    "test \"the frozen are blocked\" {\n"
    "  now 2026-06-01T00:00:00Z\n"
    "  given Client { id: \"a\", frozen: true }\n"
    "  given Call { id: \"c\", client: \"a\", path: \"/\" }\n"
    "  expect block \"c\" by freeze\n"
    "}\n";

static const char FACTS[] =
    "{\"Client\": {\"id\": \"shop\", \"frozen\": false}, \"source\": {\"tool\": \"r\"}, \"observed_at\": "
    "\"2026-05-31T00:00:00Z\"}\n"
    "\n"
    "{\"Client\": {\"id\": \"old\", \"frozen\": true}, \"source\": {\"tool\": \"r\"}, \"observed_at\": "
    "\"2026-05-31T00:00:00Z\"}\n"
    "no fact\n";

static const char THAW[] =
    "{\"Client\": {\"id\": \"old\", \"frozen\": false}, \"source\": {\"tool\": \"r\"}, \"observed_at\": "
    "\"2026-05-31T01:00:00Z\"}";

static int64_t NOW;

/* A text with one part of it replaced; the caller frees it. */
static char *changed(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  size_t before = (size_t)(at - text);
  char *out = malloc(strlen(text) - strlen(from) + strlen(to) + 1);
  memcpy(out, text, before);
  strcpy(out + before, to);
  strcat(out, at + strlen(from));
  return out;
}

static assize_status text(assize_policies *policies, const char *source) {
  return assize_policies_text(policies, "gate.assize", source, strlen(source));
}

static assize_policies *policies_of(const char *source) {
  assize_policies *policies = NULL;
  OK(assize_policies_new(&policies));
  OK(text(policies, source));
  return policies;
}

static assize_status ask(const assize_entry *entry, const char *request, assize_result *result) {
  return assize_decide(entry, request, strlen(request), NOW, result);
}

static bool contains(assize_text text, const char *part) {
  return strlen(text.at) == text.length && strstr(text.at, part) != NULL;
}

static void decides(const assize_engine *engine, const assize_entry *entry) {
  assize_result *result = NULL;
  assize_decision by;
  assize_text shown = {NULL, 0};
  int64_t until = 0;

  OK(assize_result_new(&result));
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_UNDETERMINED);
  FAILS(ARGUMENT, assize_result_json(result, &shown), "nothing was decided");

  OK(ask(entry, "{\"client\": \"shop\", \"path\": \"/admin/x\"}", result));
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_ALLOW);
  CHECK(assize_result_valid_until(result, &until) && until > NOW);
  CHECK(assize_result_valid_until(result, NULL));
  CHECK(assize_result_count(result) == 1);
  OK(assize_result_decision(result, 0, &by));
  CHECK(strcmp(by.policy, "gate.watched") == 0 && by.arm == 1 && by.outcome == ASSIZE_OUTCOME_ALERT && !by.enforced);
  FAILS(ARGUMENT, assize_result_decision(result, 1, &by), "there is no decision 1");
  OK(assize_result_json(result, &shown));
  CHECK(contains(shown, "\"with\":{\"audit\":\"full\"}"));

  OK(ask(entry, "{\"client\": \"old\", \"path\": \"/\"}", result));
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_BLOCK);
  OK(assize_result_decision(result, 0, &by));
  CHECK(strcmp(by.policy, "gate.freeze") == 0 && by.outcome == ASSIZE_OUTCOME_BLOCK && by.enforced);
  OK(assize_explain(result, &shown));
  CHECK(contains(shown, "\"summary\":\"arm 1 decides: block Call `request`\""));
  CHECK(contains(shown, "would_change_if"));

  OK(ask(entry, "{\"client\": \"nobody\", \"path\": \"/\"}", result));
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_UNDETERMINED);

  /* Once it is warm, a plain request takes no memory. */
  {
    static const char *const plain[] = {"{\"client\":\"shop\",\"path\":\"/admin/x\"}",
                                        "{\"client\":\"old\",\"path\":\"/orders\"}"};
    long before = 0;
    int at;
    for (at = 0; at < 8; at++) {
      if (at == 4) {
        before = asked_for_memory;
      }
      OK(ask(entry, plain[at % 2], result));
      CHECK(assize_result_verdict(result) == (at % 2 ? ASSIZE_VERDICT_BLOCK : ASSIZE_VERDICT_ALLOW));
      OK(assize_result_decision(result, 0, &by));
    }
    CHECK(before > 0);
    CHECK(asked_for_memory == before);
  }

  /* What cannot be decided leaves no former answer behind. */
  OK(ask(entry, "{\"client\": \"shop\", \"path\": \"/\"}", result));
  FAILS(REQUEST, ask(entry, "[1]", result), "the request is not a JSON object");
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_UNDETERMINED && assize_result_count(result) == 0);
  FAILS(ARGUMENT, ask(entry, "\"\xff\"", result), "`request` is not UTF-8 from byte 1 on");
  FAILS(ARGUMENT, assize_decide(entry, NULL, 3, NOW, result), "`request` is null");
  FAILS(ARGUMENT, assize_decide(NULL, "{}", 2, NOW, result), "`entry` is null");
  FAILS(ARGUMENT, assize_decide(entry, "{}", 2, NOW, NULL), "`result` is null");
  FAILS(ARGUMENT, assize_decide(entry, "{}", (size_t)-1, NOW, result), "`request` is longer than memory");
  FAILS(ARGUMENT, assize_result_json(NULL, &shown), "`result` is null");
  FAILS(ARGUMENT, assize_result_decision(NULL, 0, &by), "`result` is null");
  FAILS(ARGUMENT, assize_explain(NULL, &shown), "`result` is null");
  CHECK(assize_result_verdict(NULL) == ASSIZE_VERDICT_UNDETERMINED);
  CHECK(assize_result_count(NULL) == 0 && !assize_result_valid_until(NULL, &until));
  OK(assize_engine_tick(engine, NOW));
  assize_result_free(result);
}

static void decides_many(const assize_entry *entry) {
  static const char *const asked[] = {"{\"client\": \"shop\", \"path\": \"/\"}", "{",
                                      "{\"client\": \"old\", \"path\": \"/\"}"};
  assize_result *results[3] = {NULL, NULL, NULL};
  assize_result *broken[1] = {NULL};
  assize_text requests[3];
  int at;
  for (at = 0; at < 3; at++) {
    OK(assize_result_new(&results[at]));
    requests[at].at = asked[at];
    requests[at].length = strlen(asked[at]);
  }
  FAILS(REQUEST, assize_decide_many(entry, requests, 3, NOW, results), "requests[1]: the request is not");
  CHECK(assize_result_verdict(results[0]) == ASSIZE_VERDICT_ALLOW);
  CHECK(assize_result_verdict(results[1]) == ASSIZE_VERDICT_UNDETERMINED);
  CHECK(assize_result_verdict(results[2]) == ASSIZE_VERDICT_BLOCK);
  OK(assize_decide_many(entry, NULL, 0, NOW, NULL));
  FAILS(ARGUMENT, assize_decide_many(entry, requests, 3, NOW, NULL), "`results` is null");
  FAILS(ARGUMENT, assize_decide_many(entry, requests, 1, NOW, broken), "`results[]` is null");
  for (at = 0; at < 3; at++) {
    assize_result_free(results[at]);
  }
}

static void changes(assize_engine *engine, const assize_entry *entry) {
  char *failing = changed(GATE, "c.client.frozen =>", "!c.client.frozen =>");
  char *wrong = changed(GATE, "c.client.frozen =>", "c.client.frosen =>");
  char *shut = changed(GATE, "c.client.frozen =>", "c.client.frozen || c.path == \"/shut\" =>");
  char *wider = changed(GATE, "frozen: bool }", "frozen: bool  team: string? }");
  assize_policies *all[4];
  assize_engine *other = NULL;
  assize_result *result = NULL;
  const char *call = "{\"client\": \"shop\", \"path\": \"/shut\"}";
  int at;

  all[0] = policies_of(failing);
  all[1] = policies_of(wrong);
  all[2] = policies_of(shut);
  all[3] = policies_of(wider);
  OK(assize_result_new(&result));

  /* Those that fail their own tests, or do not compile, change nothing. */
  FAILS(TESTS, assize_engine_replace(engine, all[0], NOW), "gate.assize:13: `the frozen are blocked`");
  FAILS(POLICIES, assize_engine_replace(engine, all[1], NOW), "gate.assize:6:");
  OK(ask(entry, call, result));
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_ALLOW);
  OK(assize_engine_replace(engine, all[2], NOW));
  OK(ask(entry, call, result));
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_BLOCK);

  /* Other types of facts: another engine takes its place. */
  FAILS(TYPES, assize_engine_replace(engine, all[3], NOW), "assize_engine_replace_all");
  OK(assize_engine_new(all[3], NOW, &other));
  OK(assize_engine_facts(other, "facts", FACTS, strlen(FACTS), NOW, NULL));
  OK(assize_engine_replace_all(engine, other, NOW));
  OK(ask(entry, call, result));
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_ALLOW);
  FAILS(ARGUMENT, assize_engine_replace(NULL, all[2], NOW), "`engine` is null");
  FAILS(ARGUMENT, assize_engine_replace(engine, NULL, NOW), "`policies` is null");
  FAILS(ARGUMENT, assize_engine_replace_all(engine, NULL, NOW), "`from` is null");

  assize_result_free(result);
  assize_engine_free(other);
  for (at = 0; at < 4; at++) {
    assize_policies_free(all[at]);
  }
  free(failing);
  free(wrong);
  free(shut);
  free(wider);
}

static void refuses(bool quick) {
  assize_policies *policies = NULL;
  assize_engine *engine = NULL;
  assize_entry *entry = NULL;
  int64_t micros = 0;

  FAILS(ARGUMENT, assize_policies_new(NULL), "`out` is null");
  FAILS(ARGUMENT, assize_policies_stdlib(NULL), "`policies` is null");
  FAILS(ARGUMENT, assize_policies_reach(NULL, 1), "`policies` is null");
  FAILS(ARGUMENT, assize_result_new(NULL), "`out` is null");
  FAILS(ARGUMENT, assize_engine_new(NULL, NOW, &engine), "`policies` is null");
  FAILS(ARGUMENT, assize_entry_new(NULL, "Call", &entry), "`engine` is null");
  FAILS(ARGUMENT, assize_time(NULL, &micros), "`instant` is null");
  FAILS(ARGUMENT, assize_time("2026-06-01T00:00:00Z", NULL), "`micros` is null");
  FAILS(ARGUMENT, assize_time("yesterday", &micros), "yesterday");
  FAILS(ARGUMENT, assize_engine_tick(NULL, NOW), "`engine` is null");
  assize_policies_free(NULL);
  assize_engine_free(NULL);
  assize_entry_free(NULL);
  assize_result_free(NULL);

  OK(assize_policies_new(&policies));
  FAILS(READ, assize_policies_path(policies, "no/such/folder"), "`no/such/folder`");
  FAILS(ARGUMENT, assize_policies_path(policies, NULL), "`path` is null");
  FAILS(ARGUMENT, assize_policies_text(policies, "a", "\xc3", 1), "`source` is not UTF-8 from byte 0 on");
  FAILS(ARGUMENT, assize_policies_text(policies, NULL, "", 0), "`name` is null");
  OK(text(policies, GATE));
  OK(assize_policies_set(policies, "gate.nope", "1"));
  FAILS(ARGUMENT, assize_policies_set(policies, NULL, "1"), "`param` is null");
  FAILS(SETTING, assize_engine_new(policies, NOW, &engine), "no param `gate.nope`");
  CHECK(engine == NULL);
  assize_policies_free(policies);

  policies = policies_of(GATE);
  OK(assize_policies_reach(policies, 1000));
  if (quick) {
    assize_policies_free(policies);
    return;
  }
  OK(assize_policies_stdlib(policies));
  OK(assize_engine_new(policies, NOW, &engine));
  assize_policies_free(policies);
  FAILS(REQUEST, assize_entry_new(engine, "Nope", &entry), "no request type `Nope`");
  FAILS(ARGUMENT, assize_entry_new(engine, "Call", NULL), "`out` is null");
  FAILS(READ, assize_engine_facts_path(engine, "nowhere.ndjson", NOW, NULL), "`nowhere.ndjson`");
  FAILS(ARGUMENT, assize_engine_facts(engine, "f", NULL, 1, NOW, NULL), "`lines` is null");
  OK(assize_engine_facts(engine, "f", NULL, 0, NOW, NULL));
  OK(assize_entry_new(engine, "ToolCall", &entry));
  /* An entry outlives its engine. */
  assize_engine_free(engine);
  {
    assize_result *result = NULL;
    OK(assize_result_new(&result));
    OK(ask(entry, "{\"agent\": \"a\", \"tool\": \"t\"}", result));
    CHECK(assize_result_verdict(result) != ASSIZE_VERDICT_ALLOW);
    assize_result_free(result);
  }
  assize_entry_free(entry);
}

/* One thread that asks; `shop` is never frozen, whatever else changes. */
static void *asking(void *entry) {
  assize_result *result = NULL;
  const char *call = "{\"client\": \"shop\", \"path\": \"/\"}";
  long wrong = 0;
  int at;
  if (assize_result_new(&result) != ASSIZE_STATUS_OK) {
    return (void *)1;
  }
  for (at = 0; at < 200; at++) {
    wrong += ask(entry, call, result) != ASSIZE_STATUS_OK || assize_result_verdict(result) != ASSIZE_VERDICT_ALLOW;
    /* A message is this thread's own. */
    wrong += ask(entry, "{", result) != ASSIZE_STATUS_REQUEST || strstr(assize_error(), "JSON") == NULL;
  }
  assize_result_free(result);
  return (void *)wrong;
}

static void shares(assize_engine *engine, assize_entry *entry, int rounds) {
  pthread_t threads[3];
  assize_policies *same = policies_of(GATE);
  char *fact = changed(THAW, "\"old\"", "\"other\"");
  int at;
  for (at = 0; at < 3; at++) {
    CHECK(pthread_create(&threads[at], NULL, asking, entry) == 0);
  }
  for (at = 0; at < rounds; at++) {
    OK(assize_engine_facts(engine, "facts", fact, strlen(fact), NOW, NULL));
    OK(assize_engine_replace(engine, same, NOW));
  }
  for (at = 0; at < 3; at++) {
    void *wrong = (void *)1;
    CHECK(pthread_join(threads[at], &wrong) == 0 && wrong == NULL);
  }
  assize_policies_free(same);
  free(fact);
}

int main(int argc, char **argv) {
  /* Under a checker that is slow, with less of what is only more of the same. */
  bool quick = argc > 1 && strcmp(argv[1], "quick") == 0;
  assize_policies *policies = NULL;
  assize_engine *engine = NULL;
  assize_entry *entry = NULL;
  assize_result *result = NULL;
  assize_loaded loaded = {0, 0};

  CHECK(assize_abi() == ASSIZE_ABI);
  CHECK(strlen(assize_version()) >= 5);
  CHECK(strcmp(assize_error(), "") == 0);
  OK(assize_time("2026-06-01T00:00:00Z", &NOW));
  CHECK(NOW == INT64_C(1780272000000000));
  policies = policies_of(GATE);
  OK(assize_policies_set(policies, "gate.root", "\"/admin/\""));
  OK(assize_engine_new(policies, NOW, &engine));
  OK(assize_engine_facts(engine, "register", FACTS, strlen(FACTS), NOW, &loaded));
  CHECK(loaded.lines == 3 && loaded.rejected == 1);
  CHECK(strstr(assize_error(), "register: line 4: not JSON") == assize_error());
  OK(assize_entry_new(engine, "gate.Call", &entry));
  decides(engine, entry);
  decides_many(entry);

  /* A fact that changes; what was answered before it stays what it was. */
  OK(assize_result_new(&result));
  OK(ask(entry, "{\"client\": \"old\", \"path\": \"/\"}", result));
  OK(assize_engine_facts(engine, "register", THAW, strlen(THAW), NOW, NULL));
  {
    assize_text shown = {NULL, 0};
    OK(assize_result_json(result, &shown));
    CHECK(contains(shown, "\"verdict\":\"block\""));
  }
  OK(ask(entry, "{\"client\": \"old\", \"path\": \"/\"}", result));
  CHECK(assize_result_verdict(result) == ASSIZE_VERDICT_ALLOW);
  assize_result_free(result);

  shares(engine, entry, quick ? 2 : 10);
  OK(assize_engine_replace(engine, policies, NOW));
  changes(engine, entry);
  assize_policies_free(policies);
  assize_entry_free(entry);
  assize_engine_free(engine);
  refuses(quick);
  return line_of_failure == 0 ? 0 : 1;
}
