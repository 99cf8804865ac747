/*
 * Assize in C: policies that know what they do not know, decided in your process.
 *
 * Written by `ASSIZE_UPDATE=1 cargo test -p assize-c` from the code; docs/embedding.md shows it in use.
 *
 * The rules, the same for every function:
 *
 * - Text is UTF-8. Names, paths and params end with a zero byte; lines and requests come with their length in bytes.
 * - A null pointer where none is allowed, and text that is not UTF-8, are ASSIZE_STATUS_ARGUMENT. Any other pointer
 *   must point at what its type says, for as long as the call takes.
 * - What `..._new` hands out is freed by its `..._free`, once, while nobody uses it. Entries and results keep what they
 *   need: the order does not matter.
 * - `assize_engine` and `assize_entry` are used by any number of threads at once, also while facts and policies
 *   change. `assize_policies` and `assize_result` are used by one thread at a time: a result for each thread.
 * - What fails changes nothing, and `assize_error()` says which file, where in it, what is wrong and what to do. The
 *   message is the calling thread's own.
 * - Instants are microseconds since 1970, UTC. The library reads no clock: `now` is always an argument.
 * - Nothing unwinds out of a call. No secret is in any message.
 */

#ifndef ASSIZE_H
#define ASSIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The version of this interface. It grows only when something that was there changes; compare it with what
 * `assize_abi()` says of the library that is loaded.
 */
#define ASSIZE_ABI 1


/**
 * How a call went. Whatever is not `OK` has changed nothing, and `assize_error()` says why.
 */
enum assize_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It did what it says.
   */
  ASSIZE_STATUS_OK = 0,
  /**
   * A null pointer where none is allowed, text that is not UTF-8, a place behind the end.
   */
  ASSIZE_STATUS_ARGUMENT = 1,
  /**
   * A file or folder cannot be read.
   */
  ASSIZE_STATUS_READ = 2,
  /**
   * The policies do not compile.
   */
  ASSIZE_STATUS_POLICIES = 3,
  /**
   * The policies' own tests fail.
   */
  ASSIZE_STATUS_TESTS = 4,
  /**
   * A param is set that cannot be.
   */
  ASSIZE_STATUS_SETTING = 5,
  /**
   * New policies have other types of facts than those that the facts were read by.
   */
  ASSIZE_STATUS_TYPES = 6,
  /**
   * Nothing can be said about the request: no such type, no policy that decides it, no JSON object.
   */
  ASSIZE_STATUS_REQUEST = 7,
  /**
   * A bug. What was handed over may be freed, and should not be used further.
   */
  ASSIZE_STATUS_INTERNAL = 101,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum assize_status assize_status;
#else
typedef int32_t assize_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a request comes to. Memory that is all zeros allows nothing.
 */
enum assize_verdict
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Evidence is missing that could block it, or nothing was decided yet: the caller chooses to fail open or closed.
   */
  ASSIZE_VERDICT_UNDETERMINED = 0,
  /**
   * No policy that is enforced blocks it, and none could.
   */
  ASSIZE_VERDICT_ALLOW = 1,
  /**
   * A policy blocks it.
   */
  ASSIZE_VERDICT_BLOCK = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum assize_verdict assize_verdict;
#else
typedef int32_t assize_verdict;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The strongest that an arm of a policy decides.
 */
enum assize_outcome
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing.
   */
  ASSIZE_OUTCOME_NONE = 0,
  /**
   * Orders work.
   */
  ASSIZE_OUTCOME_RANK = 1,
  /**
   * Tells somebody now.
   */
  ASSIZE_OUTCOME_ALERT = 2,
  /**
   * Acts on a secret, a grant, a session or an identity.
   */
  ASSIZE_OUTCOME_REVOKE = 3,
  /**
   * Acts on the path.
   */
  ASSIZE_OUTCOME_BLOCK = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum assize_outcome assize_outcome;
#else
typedef int32_t assize_outcome;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Room for an answer, to be used again and again: once it is warm, a plain request allocates nothing. Used by one
 * thread at a time. It holds on to the facts of its last answer until it is used again or freed.
 */
typedef struct assize_result assize_result;

/**
 * Policies and facts, published together. Used by any number of threads at once: whoever decides waits for nobody.
 */
typedef struct assize_engine assize_engine;

/**
 * A type of request, and the engine that decides it. Used by any number of threads at once.
 */
typedef struct assize_entry assize_entry;

/**
 * Texts and settings of policies, from which an engine is made, or which take the place of an engine's. Used by one
 * thread at a time.
 */
typedef struct assize_policies assize_policies;

/**
 * A text that somebody else holds: UTF-8, `length` bytes. What the library hands out ends with a zero byte as well,
 * which is not counted.
 */
typedef struct {
  /**
   * Where it begins.
   */
  const char *at;
  /**
   * How many bytes.
   */
  size_t length;
} assize_text;

/**
 * A policy that decides something about a request.
 */
typedef struct {
  /**
   * Its qualified name; good until the result is used again.
   */
  const char *policy;
  /**
   * Which of its arms, from 1.
   */
  uint32_t arm;
  /**
   * The strongest that it decides.
   */
  assize_outcome outcome;
  /**
   * Whether it is carried out; else its policy is only watched.
   */
  bool enforced;
} assize_decision;

/**
 * What became of lines of facts.
 */
typedef struct {
  /**
   * Lines that were not empty.
   */
  uint64_t lines;
  /**
   * Lines, and fields of lines, that do not fit the types: the rest was loaded, and what is refused counts as
   * unknown. `assize_error()` says where the first of them stand, and why.
   */
  uint64_t rejected;
} assize_loaded;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Resolves a type of request, `ToolCall` or `nhi.model.ToolCall`, and makes everything ready that is the same for all
 * requests. Free it with `assize_entry_free`.
 */
assize_status assize_entry_new(const assize_engine *engine,
                               const char *request_type,
                               assize_entry **out);

/**
 * Frees it; null is nothing.
 */
void assize_entry_free(assize_entry *entry);

/**
 * Makes room for an answer. Free it with `assize_result_free`.
 */
assize_status assize_result_new(assize_result **out);

/**
 * Frees it; null is nothing.
 */
void assize_result_free(assize_result *result);

/**
 * Decides a request, a JSON object with its fields: one left out was not collected, `null` is known to be absent.
 * Where this fails, the result is undetermined.
 */
assize_status assize_decide(const assize_entry *entry,
                            const char *request,
                            size_t length,
                            int64_t now,
                            assize_result *result);

/**
 * Decides several requests on the same policies and facts: `results[n]` is that of `requests[n]`, and no two of them
 * are the same. All are decided, whatever is wrong with some: these are undetermined, and the status and the message
 * are those of the first of them.
 */
assize_status assize_decide_many(const assize_entry *entry,
                                 const assize_text *requests,
                                 size_t count,
                                 int64_t now,
                                 assize_result *const *results);

/**
 * The answer; undetermined where nothing was decided.
 */
assize_verdict assize_result_verdict(const assize_result *result);

/**
 * Whether the clock alone can change the answer, and until when it does not: it may be early, and is never late.
 * `until` may be null.
 */
bool assize_result_valid_until(const assize_result *result,
                               int64_t *until);

/**
 * How many policies decide something about the request.
 */
size_t assize_result_count(const assize_result *result);

/**
 * One of these, in the order of the policies' names.
 */
assize_status assize_result_decision(const assize_result *result, size_t at, assize_decision *out);

/**
 * The answer with its reasons, as JSON: the verdict, every decision with its outcomes, deadlines (`within`),
 * obligations (`with`), message and evidence, what could not be decided, and the evidence that is wanted. It is worked
 * out when this is called, on the facts that the answer rests on. `out` is good until the result is used again.
 */
assize_status assize_result_json(assize_result *result,
                                 assize_text *out);

/**
 * Why, as a JSON list: of each policy that decides something, or cannot tell, its table with what every condition came
 * to, the values and the evidence that were read, and what would change the decision. `out` as above.
 */
assize_status assize_explain(assize_result *result,
                             assize_text *out);

/**
 * Compiles policies, runs their own tests, and begins without facts at `now`: microseconds since 1970, UTC. Free it
 * with `assize_engine_free`.
 */
assize_status assize_engine_new(const assize_policies *policies,
                                int64_t now,
                                assize_engine **out);

/**
 * Frees it; null is nothing. Entries of it stay good, and keep what they need.
 */
void assize_engine_free(assize_engine *engine);

/**
 * Takes in lines of facts, one JSON object a line, and moves the clock to `now`. Answers rest on all of them from the
 * moment that this returns, or on none. `name` is what errors call the lines; `loaded` may be null.
 */
assize_status assize_engine_facts(const assize_engine *engine,
                                  const char *name,
                                  const char *lines,
                                  size_t length,
                                  int64_t now,
                                  assize_loaded *loaded);

/**
 * The same from a file of such lines, or from the folder of a snapshot that `assize ingest` wrote.
 */
assize_status assize_engine_facts_path(const assize_engine *engine,
                                       const char *path,
                                       int64_t now,
                                       assize_loaded *loaded);

/**
 * Answers by other policies from now on, on the same facts, once they compile and pass their own tests; else nothing
 * changes. They are compiled and tested on the calling thread while others go on deciding.
 */
assize_status assize_engine_replace(const assize_engine *engine,
                                    const assize_policies *policies,
                                    int64_t now);

/**
 * Answers by the policies and facts of another engine from now on, both at once: for policies with other types of
 * facts. `from` stays as it is.
 */
assize_status assize_engine_replace_all(const assize_engine *engine,
                                        const assize_engine *from,
                                        int64_t now);

/**
 * Moves the facts to the clock, where that changes anything. Answers are right without it, and sooner after it: call it
 * now and then.
 */
assize_status assize_engine_tick(const assize_engine *engine,
                                 int64_t now);

/**
 * Reads an instant: `2026-06-01T12:00:00Z` to microseconds since 1970.
 */
assize_status assize_time(const char *instant, int64_t *micros);

/**
 * The library's version, as text.
 */
const char *assize_version(void);

/**
 * The version of this interface that the library has: `ASSIZE_ABI` of the header that it came with.
 */
uint32_t assize_abi(void);

/**
 * Begins with nothing. Free it with `assize_policies_free`.
 */
assize_status assize_policies_new(assize_policies **out);

/**
 * Frees it; null is nothing. Engines that were made of it stay.
 */
void assize_policies_free(assize_policies *policies);

/**
 * Adds the standard library: the model of facts, the catalogs of controls and the bundled policies.
 */
assize_status assize_policies_stdlib(assize_policies *policies);

/**
 * Adds a text. `name` is the path that errors give for it.
 */
assize_status assize_policies_text(assize_policies *policies,
                                   const char *name,
                                   const char *source,
                                   size_t length);

/**
 * Adds a file, or every `*.assize` file below a folder.
 */
assize_status assize_policies_path(assize_policies *policies, const char *path);

/**
 * Sets a param, by its qualified name, to a value as the language writes it: `30d`, `high`, `"x"`. It is checked when
 * an engine is made.
 */
assize_status assize_policies_set(assize_policies *policies,
                                  const char *param,
                                  const char *value);

/**
 * Bounds each case: how many elements of lists its conditions may range over. What would range over more is
 * undetermined.
 */
assize_status assize_policies_reach(assize_policies *policies, uint64_t elements);

/**
 * Why the last call of this thread that failed did: which file, where in it, what is wrong, what to do about it.
 * Never null; good until another call of this thread fails.
 */
const char *assize_error(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ASSIZE_H */
