/*
 * Decides requests in process: `gate POLICIES FACTS` reads one JSON object a line from standard input.
 *
 *   cc gate.c -I ../include -L ../../target/debug -lassize_c -o gate
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "assize.h"

/* The clock: the library has none of its own. */
static int64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static int failed(const char *what) {
  fprintf(stderr, "%s: %s\n", what, assize_error());
  return 2;
}

static assize_engine *start(const char *policies, const char *facts) {
  assize_policies *texts = NULL;
  assize_engine *engine = NULL;
  assize_loaded loaded = {0, 0};

  if (assize_policies_new(&texts) != ASSIZE_STATUS_OK ||
      assize_policies_path(texts, policies) != ASSIZE_STATUS_OK ||
      assize_engine_new(texts, now(), &engine) != ASSIZE_STATUS_OK ||
      assize_engine_facts_path(engine, facts, now(), &loaded) != ASSIZE_STATUS_OK) {
    failed("cannot start");
    assize_engine_free(engine);
    engine = NULL;
  } else if (loaded.rejected > 0) {
    fprintf(stderr, "refused:\n%s\n", assize_error());
  }
  assize_policies_free(texts);
  return engine;
}

int main(int argc, char **argv) {
  static const char *const words[] = {"undetermined", "allow", "block"};
  assize_engine *engine = NULL;
  assize_entry *entry = NULL;
  assize_result *result = NULL;
  char *line = NULL;
  size_t room = 0;
  ssize_t length = 0;

  if (argc != 3) {
    fprintf(stderr, "usage: gate POLICIES FACTS\n");
    return 2;
  }
  if (assize_abi() != ASSIZE_ABI) {
    fprintf(stderr, "the library is of another version: %s\n", assize_version());
    return 2;
  }
  engine = start(argv[1], argv[2]);
  if (engine == NULL) {
    return 2;
  }
  if (assize_entry_new(engine, "Call", &entry) != ASSIZE_STATUS_OK ||
      assize_result_new(&result) != ASSIZE_STATUS_OK) {
    assize_entry_free(entry);
    assize_engine_free(engine);
    return failed("cannot decide");
  }

  while ((length = getline(&line, &room, stdin)) > 0) {
    assize_decision by;
    if (assize_decide(entry, line, (size_t)length, now(), result) != ASSIZE_STATUS_OK) {
      printf("undetermined: %s\n", assize_error());
      continue;
    }
    printf("%s", words[assize_result_verdict(result)]);
    if (assize_result_count(result) > 0 && assize_result_decision(result, 0, &by) == ASSIZE_STATUS_OK) {
      printf(": %s, arm %u", by.policy, (unsigned)by.arm);
    }
    printf("\n");
  }

  free(line);
  assize_result_free(result);
  assize_entry_free(entry);
  assize_engine_free(engine);
  return 0;
}
