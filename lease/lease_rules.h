/* The rules of leases: what a worker does, given what it knows. Pure: no I/O, clock, thread or global; time
 * comes with each event and chance from a seed, so the same code runs in production and in a simulation.
 *
 * A driver (lease/keeper.c) feeds events and carries out actions; each request's end comes back as an event.
 * Which file decides what: lease_hold.c renewing, releasing, losing; lease_seen.c what a read row means and
 * when an owner counts as dead; lease_balance.c what to take and steal; lease_hand_over.c; lease_ending.c
 * children and SHARD_END; lease_discovery.c new shards, the sweep; lease_making.c their rows; lease_clean_up.c what is removed.
 */
#ifndef PENSTOCK_LEASE_LEASE_RULES_H
#define PENSTOCK_LEASE_LEASE_RULES_H

#include "base/random.h"
#include "lease/lease_rows.h"
#include "lease/lease_view.h"

enum lease_event_kind {
    LEASE_EVENT_TICK, /* time has passed; see lease_rules_next_ms() */
    LEASE_EVENT_SCAN, /* `rows`, `row_count`, sent_ms; outcome DONE or UNKNOWN (failed: nothing is known) */
    LEASE_EVENT_WRITE, /* `key`, sent_ms, outcome; rows[0] if row_count is 1: the row as it stands now */
    LEASE_EVENT_READ, /* `key`, sent_ms, outcome DONE or UNKNOWN; no row: it does not exist */
    LEASE_EVENT_SHARDS, /* the whole listing: `shards`, stream_disabled; outcome DONE or UNKNOWN */
    LEASE_EVENT_CHILDREN, /* as SHARDS, asked for the children of `key`; may hold other shards too */
    LEASE_EVENT_ENDED, /* from the owner of the shard: `key`, tenure */
    LEASE_EVENT_RELEASE, /* likewise */
    LEASE_EVENT_LEAVE
};

struct lease_event {
    enum lease_event_kind kind;
    enum lease_outcome outcome;
    const char *key;
    uint64_t tenure;
    int64_t sent_ms; /* boot time taken before the request was sent */
    int64_t
        wall_ms; /* SCAN, SHARDS: UTC when it was sent, for the start time of rows at LATEST and for gaps */
    const struct lease *rows;
    size_t row_count;
    const struct lease_rows *scanned; /* SCAN: the rows, in place of `rows`; or NULL */
    const struct stream_shard *shards;
    size_t shard_count;
    bool stream_disabled;
    bool stream_gone; /* outcome UNKNOWN: there is no such stream (any more) */
};

enum lease_action_kind {
    /* Requests; each is answered by exactly one event. */
    LEASE_ACTION_SCAN,
    LEASE_ACTION_WRITE, /* `write` */
    LEASE_ACTION_READ, /* GetItem of `key` */
    LEASE_ACTION_LIST_SHARDS,
    LEASE_ACTION_LIST_CHILDREN, /* of `key` */
    /* Notices to the shard's owner in this process. */
    LEASE_ACTION_GRANTED, /* `key`, tenure, valid_until_ms, write.row; reason says how, `other` from whom */
    LEASE_ACTION_RENEWED, /* `key`, tenure, valid_until_ms */
    LEASE_ACTION_LOST, /* `key`, tenure, reason */
    LEASE_ACTION_WANTED, /* `key`, tenure; `other` is the thief */
    LEASE_ACTION_CHECKPOINTED, /* `key`, tenure, write.row */
    LEASE_ACTION_GAP_STORED, /* `key`, tenure, gap_count: the row carries that many of the gaps asked for */
    LEASE_ACTION_RELEASED, /* `key`, tenure: given up in order (released, handed over or finished) */
    LEASE_ACTION_DEAD /* `other` holds `key` but stopped renewing: for the log */
};

struct lease_action {
    enum lease_action_kind kind;
    uint64_t tenure;
    int64_t valid_until_ms;
    uint32_t gap_count;
    bool closed; /* granted: a child of the shard has a lease */
    const char *reason; /* a literal */
    char key[LEASE_KEY_BYTES];
    char other[LEASE_OWNER_BYTES];
    struct lease_write write; /* notices use its row only */
};

/* Zeroed memory is a valid empty list; lease_actions_clear keeps its memory while it is of the size used. */
struct lease_actions {
    struct lease_action *at;
    size_t count;
    size_t capacity;
};

void lease_actions_clear(struct lease_actions *actions);
void lease_actions_free(struct lease_actions *actions);

struct lease_rules_options {
    char me[LEASE_OWNER_BYTES]; /* unique per start */
    char previous[LEASE_OWNER_BYTES]; /* a dead process whose rows are ours; or empty */
    int64_t failover_ms;
    uint32_t max_leases; /* 0: no cap */
    bool start_at_latest;
    uint64_t seed;
    /* The newest durable position of a held lease; false: none. Asked during a step. */
    bool (*position)(void *context, const char *key, uint64_t tenure, struct sequence_number *ret_number);
    /* The gaps of a held lease that its row does not carry yet, joined; false, or NULL: none. Asked during a step,
     * after the position that the same write carries. */
    bool (*gap)(void *context, const char *key, uint64_t tenure, struct lease_gap *ret_gap);
    void *position_context; /* of both */
};

struct lease_rules_counts {
    size_t held; /* after LEAVE with the writes under way for others, which may still make leases ours */
    size_t total;
    size_t finished;
    size_t unowned; /* unfinished, free to take or expired */
    size_t workers;
    size_t awaiting_children; /* held, read to their end, whose children the stream has not shown for long */
    size_t gaps_certain;
    size_t gaps_possible;
    uint64_t taken;
    uint64_t lost;
    uint64_t stolen;
};

struct lease_rules; /* opaque */

/* NULL when memory ran out. */
struct lease_rules *lease_rules_create(const struct lease_rules_options *options);
void lease_rules_destroy(struct lease_rules *rules);

/* One step. Appends to `actions`; the driver carries them out in order. False when memory ran out: what was
 * left out is tried again at later ticks. `now_ms` never goes back. */
bool lease_rules_step(struct lease_rules *rules, const struct lease_event *event, int64_t now_ms,
                      struct lease_actions *actions) MUST_USE;

/* When the next tick is due at the latest (may lie in the past). Valid after the first tick. */
int64_t lease_rules_next_ms(const struct lease_rules *rules);

void lease_rules_read_counts(const struct lease_rules *rules, struct lease_rules_counts *ret_counts);

/* Times that follow from the failover time, in ms. */
int64_t lease_margin_ms(int64_t failover_ms); /* the request deadline of a sink: failover / 3, 10 s at most */
int64_t lease_renewal_ms(int64_t failover_ms); /* failover / 3 */
int64_t lease_scan_ms(int64_t failover_ms); /* failover / 4, 1 s at least */
int64_t lease_attempt_ms(int64_t failover_ms); /* one lease request: failover / 6, from 250 ms to 10 s */

#endif
