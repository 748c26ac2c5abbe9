/* One worker's rules, driven by hand: a step, an answer, what was sent and told. Of the tests of the rules
 * (test_lease_*.c), which include cmocka first. Failover 9 s: a renewal each 3 s, valid 6 s after it was sent, a
 * scan at most each 2.25 s. */
#ifndef PENSTOCK_TESTS_RULES_WORLD_H
#define PENSTOCK_TESTS_RULES_WORLD_H

#include <stdio.h>
#include <string.h>

#include "lease/lease_rules.h"

enum { FAILOVER = 9000, VALID = 6000 };

struct world {
    struct lease_rules *rules;
    struct lease_actions actions;
    const char *position; /* of every held lease; NULL: none */
    struct lease_gap gap; /* of every held lease, not yet in its row */
};

static inline bool read_position(void *context, const char *key, uint64_t tenure,
                                 struct sequence_number *ret_number)
{
    (void)key;
    (void)tenure;
    const struct world *world = context;
    return world->position != NULL && sequence_number_parse(slice_of_text(world->position), ret_number);
}

static inline bool read_gap(void *context, const char *key, uint64_t tenure, struct lease_gap *ret_gap)
{
    (void)key;
    (void)tenure;
    const struct world *world = context;
    *ret_gap = world->gap;
    return world->gap.count > 0;
}

static inline void begin_with(struct world *world, uint32_t max_leases, const char *previous)
{
    *world = (struct world){0};
    struct lease_rules_options options = {.me = "me",
                                          .failover_ms = FAILOVER,
                                          .max_leases = max_leases,
                                          .seed = 1,
                                          .position = read_position,
                                          .gap = read_gap,
                                          .position_context = world};
    snprintf(options.previous, sizeof options.previous, "%s", previous);
    world->rules = lease_rules_create(&options);
    assert_non_null(world->rules);
}

static inline void begin(struct world *world)
{
    begin_with(world, 0, "");
}

static inline void end(struct world *world)
{
    lease_rules_destroy(world->rules);
    lease_actions_free(&world->actions);
}

static inline void step(struct world *world, int64_t now_ms, struct lease_event event)
{
    lease_actions_clear(&world->actions);
    assert_true(lease_rules_step(world->rules, &event, now_ms, &world->actions));
}

static inline void tick(struct world *world, int64_t now_ms)
{
    step(world, now_ms, (struct lease_event){.kind = LEASE_EVENT_TICK});
}

/* The first action of a kind (and, for writes, of a write's kind) for a key; NULL: none. */
static inline const struct lease_action *action(const struct world *world, enum lease_action_kind kind,
                                                enum lease_write_kind write, const char *key)
{
    for (size_t i = 0; i < world->actions.count; i++) {
        const struct lease_action *one = &world->actions.at[i];
        if (one->kind == kind && strcmp(one->key, key) == 0 &&
            (kind != LEASE_ACTION_WRITE || one->write.kind == write)) {
            return one;
        }
    }
    return NULL;
}

static inline const struct lease_action *sent(const struct world *world, enum lease_write_kind write,
                                              const char *key)
{
    return action(world, LEASE_ACTION_WRITE, write, key);
}

static inline const struct lease_action *told(const struct world *world, enum lease_action_kind kind,
                                              const char *key)
{
    return action(world, kind, LEASE_WRITE_NONE, key);
}

static inline struct lease row_of(const char *key, const char *owner, int64_t counter, const char *checkpoint)
{
    struct lease row = {.counter = counter, .stream = LEASE_STREAM_SAME};
    lease_copy_text(row.key, sizeof row.key, key);
    lease_copy_text(row.owner, sizeof row.owner, owner);
    lease_copy_text(row.marker, sizeof row.marker, owner);
    lease_copy_text(row.checkpoint, sizeof row.checkpoint, checkpoint);
    return row;
}

static inline void scan(struct world *world, int64_t now_ms, const struct lease *rows, size_t count)
{
    step(world, now_ms,
         (struct lease_event){
             .kind = LEASE_EVENT_SCAN, .sent_ms = now_ms - 1, .rows = rows, .row_count = count});
}

static inline void answer(struct world *world, int64_t now_ms, int64_t sent_ms, enum lease_outcome outcome,
                          const struct lease *row)
{
    step(world, now_ms,
         (struct lease_event){.kind = LEASE_EVENT_WRITE,
                              .outcome = outcome,
                              .key = "s",
                              .sent_ms = sent_ms,
                              .rows = row,
                              .row_count = row != NULL ? 1 : 0});
}

static inline void answer_read(struct world *world, int64_t now_ms, const struct lease *row)
{
    step(world, now_ms,
         (struct lease_event){.kind = LEASE_EVENT_READ,
                              .key = "s",
                              .sent_ms = now_ms - 1,
                              .rows = row,
                              .row_count = row != NULL ? 1 : 0});
}

static inline void call(struct world *world, int64_t now_ms, enum lease_event_kind kind, uint64_t tenure)
{
    step(world, now_ms, (struct lease_event){.kind = kind, .key = "s", .tenure = tenure});
}

/* Holds "s" at counter 1 since a take sent at 1000. */
static inline void hold_with(struct world *world, uint32_t max_leases)
{
    begin_with(world, max_leases, "");
    tick(world, 1000);
    struct lease row = row_of("s", "", 0, "TRIM_HORIZON");
    scan(world, 1000, &row, 1);
    assert_non_null(sent(world, LEASE_WRITE_TAKE, "s"));
    row = row_of("s", "me", 1, "TRIM_HORIZON");
    answer(world, 1010, 1000, LEASE_DONE, &row);
    const struct lease_action *granted = told(world, LEASE_ACTION_GRANTED, "s");
    assert_non_null(granted);
    assert_int_equal(granted->valid_until_ms, 1000 + VALID); /* from the sending, not from the answer */
    assert_int_equal(granted->tenure, 1);
}

static inline void hold(struct world *world)
{
    hold_with(world, 0);
}

static inline struct stream_shard shard_of(const char *id, const char *parent)
{
    struct stream_shard shard = {0};
    lease_copy_text(shard.id, sizeof shard.id, id);
    lease_copy_text(shard.parent_id, sizeof shard.parent_id, parent);
    return shard;
}

#endif
