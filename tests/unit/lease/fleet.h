/* A small fleet in memory for the tests of the rules: a table, a stream and workers on one virtual clock, all
 * from one seed. Requests are delayed, lost, applied without an answer or applied late; workers pause, crash
 * and come back. Each step checks what must always hold. Of test_fleet.c and
 * test_lease_cost.c. */
#ifndef PENSTOCK_TESTS_FLEET_H
#define PENSTOCK_TESTS_FLEET_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lease/lease_rules.h"

enum {
    WORKERS = 6,
    SHARDS = 96,
    IN_FLIGHT = 512,
    FAILOVER_MS = 6000,
    WALL_MS = 1000000,
    LEASE_SHARES_BOUND_MS = 20000,
};

struct model_shard {
    struct stream_shard listed;
    int64_t listed_at_ms; /* the listing is late */
    uint64_t records;
    uint64_t accepted; /* by the sink, from whatever worker: a prefix */
    bool closed;
    struct lease row;
    bool has_row;
    bool row_removed;
    int64_t last_owner_change_ms;
};

struct model_hold {
    uint64_t tenure; /* 0: not held */
    uint64_t position;
    int64_t valid_until_ms;
    int64_t release_at_ms; /* 0: not draining */
    bool ended;
};

struct model_worker {
    struct lease_rules *rules;
    char id[LEASE_OWNER_BYTES];
    unsigned born;
    int64_t paused_until_ms;
    int64_t tick_ms;
    bool leaving;
    struct model_hold holds[SHARDS];
};

enum flight_stage { TO_APPLY, TO_REPLY };

struct flight {
    bool used;
    enum flight_stage stage;
    int64_t at_ms;
    size_t worker;
    unsigned born;
    struct lease_action action;
    int64_t sent_ms;
    int64_t reply_ms; /* INT64_MAX: it was given up before it was applied */
    bool apply;
    bool answered; /* the worker waits for it no more */
    enum lease_outcome outcome;
    size_t row_count;
    struct lease row;
    struct lease *rows;
    struct stream_shard *shards;
    size_t shard_count;
};

struct fleet {
    struct random random;
    uint64_t seed;
    int64_t now_ms;
    bool faults;
    bool at_latest;
    int64_t start_wall_ms; /* of the first row made at LATEST; 0: none yet */
    size_t shard_count;
    struct model_shard shards[SHARDS];
    struct model_worker workers[WORKERS];
    struct flight flights[IN_FLIGHT];
    struct lease_actions actions;
    unsigned births;
    uint64_t writes;
    uint64_t requests[LEASE_ACTION_LIST_CHILDREN + 1]; /* sent, by kind of action */
    uint64_t moves;
    const char *violation;
    char detail[256];
    bool trace;
};

static inline void fleet_violate(struct fleet *fleet, const char *what, const char *key, const char *who)
{
    if (fleet->violation == NULL) {
        fleet->violation = what;
        snprintf(fleet->detail, sizeof fleet->detail, "%.60s by %.60s at %" PRId64 " ms", key, who,
                 fleet->now_ms);
    }
}

static inline uint64_t fleet_chance(struct fleet *fleet, uint64_t one_in)
{
    return random_below(&fleet->random, one_in) == 0;
}

static inline struct model_shard *fleet_shard(struct fleet *fleet, const char *key)
{
    for (size_t i = 0; i < fleet->shard_count; i++) {
        if (strcmp(fleet->shards[i].listed.id, key) == 0) {
            return &fleet->shards[i];
        }
    }
    return NULL;
}

static inline bool fleet_position(void *context, const char *key, uint64_t tenure,
                                  struct sequence_number *ret_number);

struct position_context {
    struct fleet *fleet;
    size_t worker;
};
static struct position_context position_contexts[WORKERS];

static inline bool fleet_position(void *context, const char *key, uint64_t tenure,
                                  struct sequence_number *ret_number)
{
    struct position_context *at = context;
    struct model_shard *shard = fleet_shard(at->fleet, key);
    if (shard == NULL) {
        return false;
    }
    struct model_hold *hold = &at->fleet->workers[at->worker].holds[shard - at->fleet->shards];
    if (hold->tenure != tenure || hold->position == 0) {
        return false;
    }
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, hold->position);
    return sequence_number_parse(slice_of_text(text), ret_number);
}

static inline void fleet_add_shard(struct fleet *fleet, const char *parent)
{
    if (fleet->shard_count == SHARDS) {
        return;
    }
    struct model_shard *shard = &fleet->shards[fleet->shard_count];
    *shard = (struct model_shard){0};
    snprintf(shard->listed.id, sizeof shard->listed.id, "shardId-%05zu-%04x", fleet->shard_count,
             (unsigned)random_below(&fleet->random, 65536));
    snprintf(shard->listed.parent_id, sizeof shard->listed.parent_id, "%s", parent);
    shard->records = random_below(&fleet->random, 400);
    shard->listed_at_ms = fleet->now_ms + (fleet->faults ? (int64_t)random_below(&fleet->random, 4000) : 0);
    fleet->shard_count++;
}

static inline void fleet_split(struct fleet *fleet, size_t index)
{
    struct model_shard *shard = &fleet->shards[index];
    if (shard->closed || fleet->shard_count + 2 > SHARDS) {
        return;
    }
    shard->closed = true;
    shard->listed.last = (struct sequence_number){.length = 1, .digits = {'9'}};
    /* A copy: a child is written into the array that holds its parent. */
    char parent[STREAMS_SHARD_ID_BYTES];
    memcpy(parent, shard->listed.id, sizeof parent);
    size_t children = 1 + (size_t)random_below(&fleet->random, 2);
    for (size_t i = 0; i < children; i++) {
        fleet_add_shard(fleet, parent);
    }
}

static inline void fleet_start(struct fleet *fleet, size_t index, const char *previous)
{
    struct model_worker *worker = &fleet->workers[index];
    *worker = (struct model_worker){.born = ++fleet->births};
    snprintf(worker->id, sizeof worker->id, "worker-%zu-%u", index, worker->born);
    struct lease_rules_options options = {
        .failover_ms = FAILOVER_MS,
        .start_at_latest = fleet->at_latest,
        .seed = random_next(&fleet->random),
        .position = fleet_position,
        .position_context = &position_contexts[index],
    };
    position_contexts[index] = (struct position_context){fleet, index};
    lease_copy_text(options.me, sizeof options.me, worker->id);
    lease_copy_text(options.previous, sizeof options.previous, previous);
    worker->rules = lease_rules_create(&options);
    worker->tick_ms = fleet->now_ms;
}

static inline void fleet_kill(struct fleet *fleet, size_t index)
{
    lease_rules_destroy(fleet->workers[index].rules);
    fleet->workers[index].rules = NULL;
}

static inline void check_grant(struct fleet *fleet, size_t index, const struct lease_action *action)
{
    struct model_shard *shard = fleet_shard(fleet, action->key);
    size_t at = (size_t)(shard - fleet->shards);
    for (size_t i = 0; i < WORKERS; i++) {
        const struct model_hold *other = &fleet->workers[i].holds[at];
        if (i != index && fleet->workers[i].rules != NULL && other->tenure != 0 && !other->ended &&
            fleet->now_ms < other->valid_until_ms) {
            fleet_violate(fleet, "two workers believe to hold a lease", action->key,
                          fleet->workers[index].id);
        }
    }
    struct model_shard *parent = fleet_shard(fleet, shard->listed.parent_id);
    if (parent != NULL && parent->has_row && !lease_is_finished(&parent->row)) {
        fleet_violate(fleet, "a child starts before its parent's end", action->key, fleet->workers[index].id);
    }
    struct model_hold *hold = &fleet->workers[index].holds[at];
    if (hold->tenure >= action->tenure) {
        fleet_violate(fleet, "a tenure does not grow", action->key, fleet->workers[index].id);
    }
    *hold = (struct model_hold){.tenure = action->tenure, .valid_until_ms = action->valid_until_ms};
    const char *checkpoint = action->write.row.checkpoint;
    hold->position = checkpoint[0] >= '0' && checkpoint[0] <= '9' ? strtoull(checkpoint, NULL, 10) : 0;
    if (hold->position > shard->accepted) {
        fleet_violate(fleet, "a start beyond what was accepted", action->key, fleet->workers[index].id);
    }
}

static inline void fleet_notice(struct fleet *fleet, size_t index, const struct lease_action *action)
{
    struct model_shard *shard = fleet_shard(fleet, action->key);
    struct model_hold *hold = &fleet->workers[index].holds[shard - fleet->shards];
    bool current = hold->tenure == action->tenure;
    switch (action->kind) {
    case LEASE_ACTION_GRANTED:
        check_grant(fleet, index, action);
        break;
    case LEASE_ACTION_RENEWED:
        if (current) {
            hold->valid_until_ms = action->valid_until_ms;
        }
        break;
    case LEASE_ACTION_LOST:
    case LEASE_ACTION_RELEASED:
        if (current) {
            hold->valid_until_ms = 0;
            hold->release_at_ms = 0;
            hold->ended = true;
        }
        break;
    case LEASE_ACTION_WANTED:
        if (current) {
            hold->release_at_ms = fleet->now_ms + 1 + (int64_t)random_below(&fleet->random, 2000);
        }
        break;
    default:
        break;
    }
}

/* Two conditional writes of one worker may overtake each other: the one that loses looks like another's row. */
static inline void check_one_outstanding(struct fleet *fleet, size_t index, const struct lease_action *action)
{
    if (action->kind != LEASE_ACTION_WRITE && action->kind != LEASE_ACTION_READ) {
        return;
    }
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        const struct flight *other = &fleet->flights[i];
        bool write_or_read =
            other->action.kind == LEASE_ACTION_WRITE || other->action.kind == LEASE_ACTION_READ;
        if (other->used && other->worker == index && other->born == fleet->workers[index].born &&
            !other->answered && write_or_read && strcmp(other->action.key, action->key) == 0) {
            fleet_violate(fleet, "two requests outstanding for one lease", action->key,
                          fleet->workers[index].id);
        }
    }
}

/* A write on the wire: delayed; now and then lost on the way there, lost on the way back, or late. */
static inline void fleet_launch(struct fleet *fleet, size_t index, const struct lease_action *action)
{
    check_one_outstanding(fleet, index, action);
    fleet->requests[action->kind]++;
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        struct flight *flight = &fleet->flights[i];
        if (flight->used) {
            continue;
        }
        int64_t delay_ms = 1 + (int64_t)random_below(&fleet->random, fleet->faults ? 60 : 10);
        if (fleet->faults && fleet_chance(fleet, 40)) {
            delay_ms += (int64_t)random_below(&fleet->random, 900);
        }
        *flight = (struct flight){.used = true, .worker = index, .born = fleet->workers[index].born};
        flight->action = *action;
        flight->sent_ms = fleet->now_ms;
        flight->at_ms = fleet->now_ms + delay_ms;
        flight->apply = true;
        flight->outcome = LEASE_DONE;
        flight->reply_ms = 0;
        if (fleet->faults && fleet_chance(fleet, 20)) {
            flight->outcome =
                action->kind == LEASE_ACTION_WRITE && fleet_chance(fleet, 3) ? LEASE_UNSENT : LEASE_UNKNOWN;
            flight->apply = flight->outcome == LEASE_UNKNOWN && !fleet_chance(fleet, 3);
            flight->reply_ms = fleet->now_ms + lease_attempt_ms(FAILOVER_MS);
            if (flight->apply && fleet_chance(fleet, 3)) { /* applied long after it was given up */
                flight->at_ms = fleet->now_ms + (int64_t)random_below(&fleet->random, 9000);
            }
        }
        return;
    }
    fleet_violate(fleet, "more requests than the model holds", action->key, "");
}

static inline void fleet_step(struct fleet *fleet, size_t index, const struct lease_event *event)
{
    struct model_worker *worker = &fleet->workers[index];
    lease_actions_clear(&fleet->actions);
    if (!lease_rules_step(worker->rules, event, fleet->now_ms, &fleet->actions)) {
        fleet_violate(fleet, "out of memory", "", worker->id);
    }
    for (size_t i = 0; i < fleet->actions.count; i++) {
        struct lease_action *action = &fleet->actions.at[i];
        if (fleet->trace) {
            fprintf(stderr, "%8" PRId64 " %s action %d %s %s %s\n", fleet->now_ms, worker->id,
                    (int)action->kind, action->key,
                    action->kind == LEASE_ACTION_WRITE ? lease_write_name(action->write.kind) : "",
                    action->reason);
        }
        if (action->kind <= LEASE_ACTION_LIST_CHILDREN) {
            fleet_launch(fleet, index, action);
        } else {
            fleet_notice(fleet, index, action);
        }
    }
    worker->tick_ms = lease_rules_next_ms(worker->rules);
}

static inline bool is_number(const char *checkpoint)
{
    return checkpoint[0] >= '0' && checkpoint[0] <= '9';
}

static inline void check_write(struct fleet *fleet, const struct flight *flight,
                               const struct model_shard *shard, const struct lease *before,
                               const struct lease *after)
{
    const char *who = flight->action.write.row.owner;
    if (is_number(before->checkpoint) &&
        (!is_number(after->checkpoint)
             ? !lease_is_finished(after)
             : strtoull(after->checkpoint, NULL, 10) < strtoull(before->checkpoint, NULL, 10))) {
        fleet_violate(fleet, "a position moves back", before->key, who);
    }
    if (is_number(after->checkpoint) && strtoull(after->checkpoint, NULL, 10) > shard->accepted) {
        fleet_violate(fleet, "a position passes what was accepted", before->key, who);
    }
    if (!lease_is_finished(after) || lease_is_finished(before)) {
        return;
    }
    if (!shard->closed || shard->accepted < shard->records) {
        fleet_violate(fleet, "SHARD_END before the shard's end", before->key, who);
    }
    bool child_row = false;
    for (size_t i = 0; i < fleet->shard_count; i++) {
        child_row = child_row || (strcmp(fleet->shards[i].listed.parent_id, before->key) == 0 &&
                                  (fleet->shards[i].has_row || fleet->shards[i].row_removed));
    }
    if (!child_row) {
        fleet_violate(fleet, "SHARD_END before a child's row", before->key, who);
    }
}

/* The first row made at LATEST says when the fleet started; one that says later drops what came in between. */
static inline void check_start(struct fleet *fleet, const struct lease *row, const char *who)
{
    if (fleet->start_wall_ms == 0) {
        fleet->start_wall_ms = row->start_wall_ms;
    }
    if (row->start_wall_ms == 0 || row->start_wall_ms > fleet->start_wall_ms) {
        fleet_violate(fleet, "a shard starts later than the fleet", row->key, who);
    }
}

static inline void apply_write(struct fleet *fleet, struct flight *flight, const char *me)
{
    const struct lease_write *write = &flight->action.write;
    struct model_shard *shard = fleet_shard(fleet, write->row.key);
    struct lease before = shard->row;
    struct lease after = {0};
    enum lease_outcome outcome = lease_write_apply(write, me, shard->has_row ? &shard->row : NULL, &after);
    fleet->writes++;
    if (outcome == LEASE_DONE && write->kind == LEASE_WRITE_DELETE) {
        shard->has_row = false;
        shard->row_removed = true;
    } else if (outcome == LEASE_DONE) {
        if (write->kind == LEASE_WRITE_CREATE && shard->row_removed) {
            fleet_violate(fleet, "a removed lease comes back", write->row.key, me);
        }
        if (shard->has_row) {
            check_write(fleet, flight, shard, &before, &after);
            fleet->moves += strcmp(lease_holder(&before), lease_holder(&after)) != 0 ? 1 : 0;
        } else if (strcmp(after.checkpoint, lease_latest) == 0) {
            check_start(fleet, &after, me);
        }
        shard->row = after;
        shard->has_row = true;
    }
    if (flight->outcome == LEASE_DONE) {
        flight->outcome = outcome;
        flight->row_count = shard->has_row && write->kind != LEASE_WRITE_CREATE ? 1 : 0;
        flight->row_count = shard->has_row && outcome == LEASE_REFUSED ? 1 : flight->row_count;
        flight->row = shard->row;
    }
}

static inline void apply_list(struct fleet *fleet, struct flight *flight)
{
    flight->shards = calloc(SHARDS, sizeof *flight->shards);
    for (size_t i = 0; i < fleet->shard_count; i++) {
        const struct model_shard *shard = &fleet->shards[i];
        if (fleet->now_ms < shard->listed_at_ms || (fleet->faults && fleet_chance(fleet, 200))) {
            continue; /* late, or left out this once */
        }
        bool child = strcmp(shard->listed.parent_id, flight->action.key) == 0;
        if (flight->action.kind == LEASE_ACTION_LIST_CHILDREN && !child && !fleet_chance(fleet, 2)) {
            continue;
        }
        flight->shards[flight->shard_count++] = shard->listed;
    }
}

static inline void apply_flight(struct fleet *fleet, struct flight *flight)
{
    char me[LEASE_OWNER_BYTES];
    snprintf(me, sizeof me, "worker-%zu-%u", flight->worker, flight->born);
    struct model_shard *shard = fleet_shard(fleet, flight->action.key);
    switch (flight->action.kind) {
    case LEASE_ACTION_WRITE:
        apply_write(fleet, flight, me);
        break;
    case LEASE_ACTION_READ:
        flight->row_count = shard->has_row ? 1 : 0;
        flight->row = shard->row;
        break;
    case LEASE_ACTION_SCAN:
        flight->rows = calloc(SHARDS, sizeof *flight->rows);
        for (size_t i = 0; i < fleet->shard_count; i++) {
            if (fleet->shards[i].has_row) {
                flight->rows[flight->row_count++] = fleet->shards[i].row;
            }
        }
        break;
    default:
        apply_list(fleet, flight);
        break;
    }
}

static inline void reply(struct fleet *fleet, struct flight *flight)
{
    static const enum lease_event_kind kinds[] = {
        [LEASE_ACTION_SCAN] = LEASE_EVENT_SCAN,
        [LEASE_ACTION_WRITE] = LEASE_EVENT_WRITE,
        [LEASE_ACTION_READ] = LEASE_EVENT_READ,
        [LEASE_ACTION_LIST_SHARDS] = LEASE_EVENT_SHARDS,
        [LEASE_ACTION_LIST_CHILDREN] = LEASE_EVENT_CHILDREN,
    };
    bool known = flight->outcome == LEASE_DONE || flight->outcome == LEASE_REFUSED;
    struct lease_event event = {
        .kind = kinds[flight->action.kind],
        .outcome = flight->outcome,
        .key = flight->action.key,
        .sent_ms = flight->sent_ms,
        .wall_ms = WALL_MS + flight->sent_ms,
        .rows = flight->action.kind == LEASE_ACTION_SCAN ? flight->rows : &flight->row,
        .row_count = known ? flight->row_count : 0,
        .shards = flight->shards,
        .shard_count = flight->shard_count,
    };
    fleet_step(fleet, flight->worker, &event);
}

/* Moves one request on; true when it did something. */
static inline bool fleet_fly(struct fleet *fleet, struct flight *flight)
{
    struct model_worker *worker = &fleet->workers[flight->worker];
    bool alive = worker->rules != NULL && worker->born == flight->born;
    if (flight->stage == TO_APPLY && fleet->now_ms >= flight->at_ms) {
        if (flight->apply) {
            apply_flight(fleet, flight);
        }
        flight->stage = TO_REPLY;
        flight->at_ms = flight->reply_ms != 0 ? flight->reply_ms
                                              : fleet->now_ms + 1 + (int64_t)random_below(&fleet->random, 10);
        if (flight->reply_ms == INT64_MAX) {
            free(flight->rows);
            free(flight->shards);
            flight->used = false;
        }
        return true;
    }
    bool answered_early = flight->stage == TO_APPLY && flight->reply_ms != 0 &&
                          flight->reply_ms != INT64_MAX && fleet->now_ms >= flight->reply_ms;
    bool due = flight->stage == TO_REPLY && fleet->now_ms >= flight->at_ms;
    if (!(due || answered_early) || (alive && fleet->now_ms < worker->paused_until_ms)) {
        return false;
    }
    flight->answered = true;
    if (alive) {
        reply(fleet, flight);
    }
    if (answered_early) { /* still on its way to the table */
        flight->reply_ms = INT64_MAX;
        return true;
    }
    free(flight->rows);
    free(flight->shards);
    flight->used = false;
    return true;
}

/* The sink accepts a few records of a held shard, but only while the lease is valid. */
static inline void fleet_deliver(struct fleet *fleet, size_t index, size_t at)
{
    struct model_worker *worker = &fleet->workers[index];
    struct model_hold *hold = &worker->holds[at];
    struct model_shard *shard = &fleet->shards[at];
    if (hold->tenure == 0 || hold->ended || fleet->now_ms >= hold->valid_until_ms) {
        return;
    }
    if (hold->release_at_ms != 0) {
        if (fleet->now_ms >= hold->release_at_ms) {
            hold->release_at_ms = 0;
            hold->ended = true;
            fleet_step(fleet, index,
                       &(struct lease_event){
                           .kind = LEASE_EVENT_RELEASE, .key = shard->listed.id, .tenure = hold->tenure});
        }
        return;
    }
    hold->position += hold->position < shard->records ? random_below(&fleet->random, 4) : 0;
    hold->position = hold->position > shard->records ? shard->records : hold->position;
    shard->accepted = hold->position > shard->accepted ? hold->position : shard->accepted;
    if (shard->closed && hold->position == shard->records) {
        hold->ended = true;
        fleet_step(fleet, index,
                   &(struct lease_event){
                       .kind = LEASE_EVENT_ENDED, .key = shard->listed.id, .tenure = hold->tenure});
    } else if (worker->leaving) {
        hold->release_at_ms = fleet->now_ms + (int64_t)random_below(&fleet->random, 500);
    }
}

static inline void fleet_run_worker(struct fleet *fleet, size_t index)
{
    struct model_worker *worker = &fleet->workers[index];
    if (worker->rules == NULL || fleet->now_ms < worker->paused_until_ms) {
        return;
    }
    if (fleet->now_ms >= worker->tick_ms) {
        fleet_step(fleet, index, &(struct lease_event){.kind = LEASE_EVENT_TICK});
    }
    if (fleet->now_ms % 100 < 5) {
        for (size_t i = 0; i < fleet->shard_count; i++) {
            fleet_deliver(fleet, index, i);
        }
    }
    if (worker->leaving) {
        struct lease_rules_counts counts;
        lease_rules_read_counts(worker->rules, &counts);
        if (counts.held == 0) {
            fleet_kill(fleet, index);
        }
    }
}

/* Until `until_ms` on the virtual clock, 5 ms a step, or until something is wrong. */
static inline void fleet_run(struct fleet *fleet, int64_t until_ms)
{
    while (fleet->now_ms < until_ms && fleet->violation == NULL) {
        fleet->now_ms += 5;
        for (size_t i = 0; i < IN_FLIGHT; i++) {
            if (fleet->flights[i].used) {
                (void)fleet_fly(fleet, &fleet->flights[i]);
            }
        }
        for (size_t i = 0; i < WORKERS; i++) {
            fleet_run_worker(fleet, i);
        }
    }
}

static inline void fleet_free(struct fleet *fleet)
{
    for (size_t i = 0; i < WORKERS; i++) {
        fleet_kill(fleet, i);
    }
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        if (fleet->flights[i].used) {
            free(fleet->flights[i].rows);
            free(fleet->flights[i].shards);
        }
    }
    lease_actions_free(&fleet->actions);
    free(fleet);
}

#endif
