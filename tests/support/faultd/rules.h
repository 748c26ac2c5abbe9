/* The faults to make: an ordered list of rules, each matched against every call. Any thread may call. */
#ifndef PENSTOCK_FAULTD_RULES_H
#define PENSTOCK_FAULTD_RULES_H

#include "base/random.h"
#include "base/thread.h"
#include "tests/support/faultd/message.h"

enum fault_action {
    FAULT_NONE,
    FAULT_THROTTLE,
    FAULT_STATUS,
    FAULT_ERROR,
    FAULT_LOST,
    FAULT_RESET,
    FAULT_PARTIAL,
    FAULT_WRONG_LENGTH,
    FAULT_CUT,
    FAULT_SLOW,
    FAULT_DELAY,
    FAULT_OVERSIZE,
    FAULT_GARBAGE,
    FAULT_NOT_JSON,
    FAULT_WRONG_CRC,
    FAULT_EXPIRED_CREDENTIALS,
    FAULT_CLOCK_SKEW,
    FAULT_EXPIRED_ITERATOR,
    FAULT_TRIMMED,
    FAULT_NOT_FOUND,
    FAULT_DESCRIBE_LATE,
    FAULT_DESCRIBE_PARTIAL,
    FAULT_DESCRIBE_STALE,
    FAULT_EMPTY_PAGE,
    FAULT_HOLD,
    FAULT_ACTION_COUNT
};

const char *fault_action_name(enum fault_action action);

enum {
    RULES = 256,
    FAULT_INDICES = 500,
    FAULT_CODE_BYTES = 64,
    FAULT_MESSAGE_BYTES = 256,
    FAULT_ID_BYTES = 64
};

/* What to do to one call: a copy, so that rules can change meanwhile. */
struct fault {
    enum fault_action action;
    char rule[FAULT_ID_BYTES];
    bool after; /* do the work first, then fail (status, error, hold, a replaced body) */
    int status;
    char code[FAULT_CODE_BYTES]; /* empty: the action's own */
    char message[FAULT_MESSAGE_BYTES];
    double fraction; /* of a batch's records that fail */
    uint64_t chance; /* seed for choosing them */
    uint16_t indices[FAULT_INDICES];
    size_t index_count;
    int64_t length_delta; /* wrong_length: responses more or less */
    int64_t at; /* cut: bytes of the body that leave */
    int64_t bytes; /* oversize */
    int64_t bytes_per_second;
    int64_t delay_ms; /* goes with every action */
    int64_t offset_ms; /* clock_skew */
};

struct rule {
    struct fault fault;
    enum service service; /* NONE: any */
    char operation[64]; /* empty: any */
    char resource[RESOURCE_BYTES]; /* table or delivery stream; empty: any */
    char shard[RESOURCE_BYTES]; /* empty: any */
    uint64_t after_calls; /* matching calls let through first */
    uint64_t times; /* 0: without end */
    double probability;
    struct random random;
    uint64_t matched, fired;
};

struct rules {
    struct mutex lock;
    struct condition released; /* a hold ended */
    struct rule *all GUARDED_BY(lock); /* RULES of them */
    size_t count GUARDED_BY(lock);
    uint64_t next_id GUARDED_BY(lock);
    uint64_t parked GUARDED_BY(lock); /* calls waiting in a hold */
};

struct status rules_init(struct rules *rules) MUST_USE;
void rules_destroy(struct rules *rules);

/* Adds the rule that `tree` describes (README.md); its id goes to `ret_id`. NULL, or what is wrong. */
const char *rules_add(struct rules *rules, const cJSON *tree, char ret_id[FAULT_ID_BYTES])
    MUST_USE EXCLUDES(rules->lock);
/* Removes one, or all when `id` is NULL, and releases what they hold. Returns how many. */
size_t rules_remove(struct rules *rules, const char *id) EXCLUDES(rules->lock);
/* All rules with their counts. Owned. */
cJSON *rules_list(struct rules *rules) EXCLUDES(rules->lock);

/* The fault for this call, FAULT_NONE mostly. Every matching rule counts the call; the first to fire wins. */
void rules_match(struct rules *rules, const struct request *request, struct fault *ret_fault)
    EXCLUDES(rules->lock);

/* Waits while the rule of `fault` exists, at most `most_ms`, looking at `descriptor` for a peer that left.
 * False when the peer left. */
bool rules_hold(struct rules *rules, const struct fault *fault, int descriptor, int64_t most_ms)
    EXCLUDES(rules->lock);
uint64_t rules_parked(struct rules *rules) EXCLUDES(rules->lock);

#endif
