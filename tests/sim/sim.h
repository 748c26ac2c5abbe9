/* The simulator of whole fleets: one virtual time, one seed. tests/sim/README.md says what is real and what is
 * modelled. Everything runs on one thread; a run's state hangs on `struct sim`. */
#ifndef PENSTOCK_TESTS_SIM_H
#define PENSTOCK_TESTS_SIM_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lease/lease_cost.h"
#include "lease/lease_rules.h"
#include "lease/lease_store.h"
#include "shard/shard_rules.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_queue.h"

enum {
    SIM_KEYS = 40, /* item keys; each writes to one shard at a time */
    SIM_NONE = -1,
    SIM_WALL_MS = 1000000000, /* UTC at the virtual time 0 */
    SIM_ROW_BYTES = 500,
    SIM_OUTBOX_LINES = 64, /* of a shard, without a verdict: then it reads no more */
};

struct sim_options {
    uint64_t seed;
    size_t workers; /* 0: chosen by the seed */
    size_t shards; /* 0: likewise */
    int64_t failover_ms; /* 0: likewise */
    int ordered; /* the sink keeps order; below 0: chosen by the seed */
    bool trace;
    bool together; /* a great fleet starts all at once */
};

struct sim_record {
    int64_t event_wall_ms;
    uint32_t number; /* of its key, from 1 */
    uint16_t key;
    uint16_t accepted; /* 0: never; else 1 + the shard's rewinds when it last was */
    bool poison; /* refused for its content: a dead letter */
    bool gap; /* trimmed, and the reader noted the gap */
};

/* A shard of the stream, its row in the lease table, and what the checks know of it. */
struct sim_shard {
    char id[STREAMS_SHARD_ID_BYTES];
    int parent; /* or SIM_NONE */
    int children[2];
    int child_count;
    uint64_t base; /* record i has the sequence number base + i + 1 */
    struct sim_record *records;
    size_t count;
    size_t capacity;
    size_t trimmed; /* records before it are gone */
    bool closed;
    bool gone; /* trimmed as a whole: no listing has it */
    int64_t listed_ms; /* listings are late: not before */
    int64_t closed_ms; /* nor show it as closed before */
    uint64_t place; /* in the order of scans */

    bool has_row;
    struct lease row;
    bool had_row;
    int64_t made_ms; /* the row */
    bool was_finished;

    bool meddled; /* an operator changed the row under its owner: two may believe to hold it */
    uint16_t rewinds;
    size_t prefix; /* records in front that are settled since the last rewind */
    uint32_t writer_born; /* who may move the row: the process and tenure that last wrote it */
    uint64_t writer_tenure;
    int64_t delivered_ms; /* when a worker last delivered from it or read it to its tip */
};

struct sim_costs {
    uint64_t scans;
    double read_units;
    uint64_t gets;
    uint64_t writes[LEASE_WRITE_DELETE + 1]; /* by kind, applied or refused */
    uint64_t moves; /* of a row from one holder to another */
    uint64_t listings;
};

struct sim {
    struct sim_options options;
    struct random random;
    struct sim_queue queue;
    int64_t now_ms;
    uint64_t events;

    struct sim_shard *shards;
    size_t shard_count;
    size_t shard_capacity; /* fixed: shards stay where they are */
    int *places; /* indexes of shards by place */
    int key_shard[SIM_KEYS];
    uint32_t key_numbers[SIM_KEYS];
    uint32_t key_delivered[SIM_KEYS]; /* greatest number delivered so far */
    bool producing;
    int64_t left_out_ms; /* when a listing was partial; no two in a row are */
    int64_t produce_ms; /* between two records */
    bool start_at_latest;
    int64_t first_row_ms; /* when the table got its first row: the fleet has a start by then */
    int64_t first_delivered_ms; /* when the first shard was delivered from, or read to its tip */

    struct sim_worker *workers;
    size_t worker_count;
    size_t worker_capacity;
    struct sim_slot *slots;
    size_t slot_count;
    uint32_t births;
    uint64_t calls;

    struct sim_faults faults;
    struct sim_costs costs;
    uint32_t page_rows; /* of a scan */
    uint32_t max_leases; /* of each worker; 0: no cap */
    int64_t latency_ms; /* a request takes up to this long without faults */
    bool resting; /* nothing but renewals may be written */

    const char *violation;
    char detail[256];
};

/* sim_stream.c */
void sim_stream_init(struct sim *sim, size_t shards, bool with_ancestors);
void sim_stream_free(struct sim *sim);
/* The shard's index by its id, or SIM_NONE. */
int sim_stream_find(const struct sim *sim, const char *id);
void sim_stream_split(struct sim *sim, int shard);
void sim_stream_trim(struct sim *sim, int shard);
void sim_stream_number(const struct sim_shard *shard, size_t record, struct sequence_number *ret_number);
/* How many records up to and with this number. */
size_t sim_stream_count_to(const struct sim_shard *shard, const char *digits, size_t length);
/* A listing as a request would see it now; the caller frees it. `children_of` empty: the whole. */
struct stream_shard *sim_stream_list(struct sim *sim, const char *children_of, size_t *ret_count);
void sim_stream_produce(struct sim *sim, void *unused);

/* sim_table.c: a request over the network to the lease table; the answer comes to sim_keeper_answer(). */
struct sim_call;
void sim_table_send(struct sim *sim, size_t worker, uint64_t call, const struct lease_action *action);
/* A change by an operator, outside of all protocol: logged, and known to the checks. */
void sim_table_rewind(struct sim *sim, int shard);
void sim_table_restore_row(struct sim *sim, int shard, int64_t counter, const char *owner);

/* sim_trace.c */
void sim_trace(const struct sim *sim, const char *who, const char *format, ...) PRINTF_LIKE(3, 4);
void sim_violate(struct sim *sim, const char *what, const char *key, const char *who);

/* sim_checks.c */
void sim_check_write(struct sim *sim, int shard, const struct lease_action *action, const char *me,
                     uint32_t born, const struct lease *before, const struct lease *after);
/* A worker has just delivered from the shard, or read it to its tip. */
void sim_note_delivery(struct sim *sim, struct sim_shard *shard);
void sim_check_accept(struct sim *sim, int shard, size_t record);
void sim_check_gap(struct sim *sim, int shard, size_t until);
void sim_check_grant(struct sim *sim, size_t worker, const struct lease_action *action);
void sim_check_reading(struct sim *sim, size_t worker, int shard);
bool sim_check_is_delivered(struct sim *sim);
void sim_check_calm(struct sim *sim);
void sim_check_shares(struct sim *sim);
/* Moves shard->prefix over what is settled. */
void sim_check_settle(struct sim *sim, struct sim_shard *shard);

/* sim_costs.c: the formula for the fleet as it is, per hour; what `ms` of rest cost since `before`. */
struct lease_cost sim_costs_formula(const struct sim *sim);
void sim_check_costs(struct sim *sim, const struct sim_costs *before, int64_t ms);

/* sim_life.c: one run, start to end; false: something was violated, said on standard error. */
struct sim *sim_create(const struct sim_options *options, size_t shard_capacity, size_t worker_capacity);
void sim_destroy(struct sim *sim);
void sim_advance(struct sim *sim, int64_t until_ms);
bool sim_life(struct sim *sim);

/* sim_fleet.c: measures a great fleet, and prints. */
bool sim_fleet(struct sim *sim);

static inline int64_t sim_dice(struct sim *sim, int64_t below)
{
    return below <= 0 ? 0 : (int64_t)random_below(&sim->random, (uint64_t)below);
}

#endif
