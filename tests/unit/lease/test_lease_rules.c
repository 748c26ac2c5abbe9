/* The rules one by one, by name, with the orderings of failures that lose records elsewhere. Failover 9 s: a
 * renewal each 3 s, valid 6 s after it was sent, a scan at most each 2.25 s. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lease/lease_rules.h"

enum { FAILOVER = 9000, VALID = 6000 };

struct world {
    struct lease_rules *rules;
    struct lease_actions actions;
    const char *position; /* of every held lease; NULL: none */
};

static bool read_position(void *context, const char *key, uint64_t tenure, struct sequence_number *ret_number)
{
    (void)key;
    (void)tenure;
    const struct world *world = context;
    return world->position != NULL && sequence_number_parse(slice_of_text(world->position), ret_number);
}

static void begin_with(struct world *world, uint32_t max_leases, const char *previous)
{
    *world = (struct world){0};
    struct lease_rules_options options = {.me = "me",
                                          .failover_ms = FAILOVER,
                                          .max_leases = max_leases,
                                          .seed = 1,
                                          .position = read_position,
                                          .position_context = world};
    snprintf(options.previous, sizeof options.previous, "%s", previous);
    world->rules = lease_rules_create(&options);
    assert_non_null(world->rules);
}

static void begin(struct world *world)
{
    begin_with(world, 0, "");
}

static void end(struct world *world)
{
    lease_rules_destroy(world->rules);
    lease_actions_free(&world->actions);
}

static void step(struct world *world, int64_t now_ms, struct lease_event event)
{
    lease_actions_clear(&world->actions);
    assert_true(lease_rules_step(world->rules, &event, now_ms, &world->actions));
}

static void tick(struct world *world, int64_t now_ms)
{
    step(world, now_ms, (struct lease_event){.kind = LEASE_EVENT_TICK});
}

/* The first action of a kind (and, for writes, of a write's kind) for a key; NULL: none. */
static const struct lease_action *action(const struct world *world, enum lease_action_kind kind,
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

static const struct lease_action *sent(const struct world *world, enum lease_write_kind write,
                                       const char *key)
{
    return action(world, LEASE_ACTION_WRITE, write, key);
}

static const struct lease_action *told(const struct world *world, enum lease_action_kind kind,
                                       const char *key)
{
    return action(world, kind, LEASE_WRITE_NONE, key);
}

static struct lease row_of(const char *key, const char *owner, int64_t counter, const char *checkpoint)
{
    struct lease row = {.counter = counter, .stream = LEASE_STREAM_SAME};
    snprintf(row.key, sizeof row.key, "%s", key);
    snprintf(row.owner, sizeof row.owner, "%s", owner);
    snprintf(row.marker, sizeof row.marker, "%s", owner);
    snprintf(row.checkpoint, sizeof row.checkpoint, "%s", checkpoint);
    return row;
}

static void scan(struct world *world, int64_t now_ms, const struct lease *rows, size_t count)
{
    step(world, now_ms,
         (struct lease_event){
             .kind = LEASE_EVENT_SCAN, .sent_ms = now_ms - 1, .rows = rows, .row_count = count});
}

static void answer(struct world *world, int64_t now_ms, int64_t sent_ms, enum lease_outcome outcome,
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

static void answer_read(struct world *world, int64_t now_ms, const struct lease *row)
{
    step(world, now_ms,
         (struct lease_event){.kind = LEASE_EVENT_READ,
                              .key = "s",
                              .sent_ms = now_ms - 1,
                              .rows = row,
                              .row_count = row != NULL ? 1 : 0});
}

static void call(struct world *world, int64_t now_ms, enum lease_event_kind kind, uint64_t tenure)
{
    step(world, now_ms, (struct lease_event){.kind = kind, .key = "s", .tenure = tenure});
}

/* Holds "s" at counter 1 since a take sent at 1000. */
static void hold(struct world *world)
{
    begin(world);
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

static void the_first_scan_comes_at_once(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    assert_non_null(told(&world, LEASE_ACTION_SCAN, ""));
    end(&world);
}

static void validity_counts_from_sending(void **state) /* faults 2, 4 */
{
    (void)state;
    struct world world;
    hold(&world);
    tick(&world, 4000);
    assert_non_null(sent(&world, LEASE_WRITE_RENEW, "s"));
    struct lease row = row_of("s", "me", 2, "TRIM_HORIZON");
    answer(&world, 5400, 4000, LEASE_DONE, &row); /* 1.4 s on its way */
    const struct lease_action *renewed = told(&world, LEASE_ACTION_RENEWED, "s");
    assert_non_null(renewed);
    assert_int_equal(renewed->valid_until_ms, 4000 + VALID);
    end(&world);
}

static void one_write_at_a_time(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    tick(&world, 4000);
    assert_non_null(sent(&world, LEASE_WRITE_RENEW, "s"));
    call(&world, 4010, LEASE_EVENT_RELEASE, 1);
    tick(&world, 4010);
    assert_null(sent(&world, LEASE_WRITE_RELEASE, "s"));
    struct lease row = row_of("s", "me", 2, "TRIM_HORIZON");
    answer(&world, 4020, 4000, LEASE_DONE, &row);
    tick(&world, 4020);
    const struct lease_action *release = sent(&world, LEASE_WRITE_RELEASE, "s");
    assert_non_null(release);
    assert_int_equal(release->write.row.counter, 2);
    end(&world);
}

static void a_renewal_carries_the_position(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    world.position = "300000000000000000000000001";
    tick(&world, 4000);
    assert_string_equal(sent(&world, LEASE_WRITE_RENEW, "s")->write.checkpoint, world.position);
    struct lease row = row_of("s", "me", 2, world.position);
    answer(&world, 4020, 4000, LEASE_DONE, &row);
    assert_non_null(told(&world, LEASE_ACTION_CHECKPOINTED, "s"));
    end(&world);
}

static void a_position_never_moves_back(void **state) /* fault 6 */
{
    (void)state;
    struct world world;
    hold(&world);
    world.position = "1000";
    tick(&world, 4000);
    struct lease row = row_of("s", "me", 2, "1000");
    answer(&world, 4020, 4000, LEASE_DONE, &row);
    static const char *const older[] = {"999", "1000", "0999"};
    for (size_t i = 0; i < 3; i++) {
        world.position = older[i];
        tick(&world, 7000 + (int64_t)i * 3000);
        assert_string_equal(sent(&world, LEASE_WRITE_RENEW, "s")->write.checkpoint, "");
        row.counter++;
        answer(&world, 7010 + (int64_t)i * 3000, 7000 + (int64_t)i * 3000, LEASE_DONE, &row);
    }
    end(&world);
}

static void a_lost_answer_is_recognised_by_owner_and_counter(void **state) /* faults 3, 8 */
{
    (void)state;
    static const struct {
        const char *name;
        const char *owner;
        int64_t counter;
        bool held;
        bool renewed;
    } cases[] = {
        {"ours, applied", "me", 2, true, true},
        {"ours, but an older row came back (restored)", "me", 9, true, false},
        {"another took it after us", "other", 3, false, false},
        {"another, with the very counter that ours would have", "other", 2, false, false},
        {"given up by nobody we know", "", 2, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        struct world world;
        hold(&world);
        tick(&world, 4000);
        answer(&world, 5500, 4000, LEASE_UNKNOWN, NULL);
        tick(&world, 5700);
        const struct lease_action *again = sent(&world, LEASE_WRITE_RENEW, "s");
        assert_non_null(again);
        assert_int_equal(again->write.row.counter, 1); /* either of the two is applied, never both */
        struct lease row = row_of("s", cases[i].owner, cases[i].counter, "TRIM_HORIZON");
        answer(&world, 5720, 5700, LEASE_REFUSED, &row);
        const struct lease_action *renewed = told(&world, LEASE_ACTION_RENEWED, "s");
        assert_int_equal(told(&world, LEASE_ACTION_LOST, "s") == NULL, cases[i].held);
        assert_int_equal(renewed != NULL, cases[i].renewed);
        if (renewed != NULL) {
            assert_int_equal(renewed->valid_until_ms, 4000 + VALID); /* of the one that was applied */
        }
        end(&world);
    }
}

static void a_lost_take_is_read_back(void **state) /* fault 3 */
{
    (void)state;
    static const struct {
        const char *owner;
        int64_t counter;
        bool granted;
    } cases[] = {{"me", 1, true}, {"other", 1, false}, {"", 0, false}};
    for (size_t i = 0; i < 3; i++) {
        struct world world;
        begin(&world);
        tick(&world, 1000);
        struct lease row = row_of("s", "", 0, "TRIM_HORIZON");
        scan(&world, 1000, &row, 1);
        answer(&world, 2500, 1000, LEASE_UNKNOWN, NULL);
        assert_non_null(told(&world, LEASE_ACTION_READ, "s"));
        row = row_of("s", cases[i].owner, cases[i].counter, "TRIM_HORIZON");
        answer_read(&world, 2510, &row);
        const struct lease_action *granted = told(&world, LEASE_ACTION_GRANTED, "s");
        assert_int_equal(granted != NULL, cases[i].granted);
        if (granted != NULL) {
            assert_int_equal(granted->valid_until_ms, 1000 + VALID);
        }
        end(&world);
    }
}

static void an_earlier_tenure_is_not_heard(void **state) /* fault 5 */
{
    (void)state;
    struct world world;
    hold(&world);
    tick(&world, 1000 + FAILOVER);
    assert_non_null(told(&world, LEASE_ACTION_LOST, "s"));
    struct lease row = row_of("s", "me", 1, "TRIM_HORIZON");
    scan(&world, 11000, &row, 1);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    row.counter = 2;
    answer(&world, 11010, 11000, LEASE_DONE, &row);
    assert_int_equal(told(&world, LEASE_ACTION_GRANTED, "s")->tenure, 2);
    call(&world, 11020, LEASE_EVENT_ENDED, 1);
    tick(&world, 11020);
    assert_null(told(&world, LEASE_ACTION_LIST_CHILDREN, "s"));
    call(&world, 11030, LEASE_EVENT_RELEASE, 1);
    tick(&world, 11030);
    assert_null(sent(&world, LEASE_WRITE_RELEASE, "s"));
    end(&world);
}

static void a_lease_that_cannot_be_renewed_is_lost_in_time(void **state) /* faults 10, 12 */
{
    (void)state;
    struct world world;
    hold(&world);
    int64_t now_ms = 4000;
    for (; now_ms < 1000 + FAILOVER; now_ms += 100) {
        tick(&world, now_ms);
        assert_null(told(&world, LEASE_ACTION_LOST, "s"));
        if (sent(&world, LEASE_WRITE_RENEW, "s") != NULL) {
            answer(&world, now_ms, now_ms, LEASE_UNSENT, NULL);
        }
    }
    tick(&world, 1000 + FAILOVER);
    assert_non_null(told(&world, LEASE_ACTION_LOST, "s"));
    end(&world);
}

static void a_dead_owner_is_found_by_its_counter(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease row = row_of("s", "other", 5, "7");
    scan(&world, 1000, &row, 1);
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    row.counter = 6; /* alive */
    scan(&world, 3000, &row, 1);
    scan(&world, 3000 + FAILOVER - 1, &row, 1); /* silent, but not for long enough */
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    tick(&world, 3000 + FAILOVER);
    assert_null(told(&world, LEASE_ACTION_READ, "s"));
    tick(&world, 3000 + FAILOVER + 2); /* suspected: read once more, then take */
    assert_non_null(told(&world, LEASE_ACTION_READ, "s"));
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    answer_read(&world, 3000 + FAILOVER + 12, &row);
    const struct lease_action *take = sent(&world, LEASE_WRITE_TAKE, "s");
    assert_non_null(take);
    assert_int_equal(take->write.row.counter, 6);
    assert_string_equal(take->write.row.owner, "other");
    end(&world);
}

static void a_suspect_that_lives_is_left_alone(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease row = row_of("s", "other", 5, "7");
    scan(&world, 1000, &row, 1);
    tick(&world, 1000 + FAILOVER + 2);
    assert_non_null(told(&world, LEASE_ACTION_READ, "s"));
    row.counter = 6;
    answer_read(&world, 1000 + FAILOVER + 12, &row);
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    end(&world);
}

static void rows_that_are_not_to_be_taken(void **state)
{
    (void)state;
    struct lease parent = row_of("p", "other", 3, "5");
    struct lease rows[] = {
        row_of("finished", "", 3, "SHARD_END"),
        row_of("another-stream", "", 3, "5"),
        row_of("broken", "", 3, "5"),
        row_of("child", "", 0, "TRIM_HORIZON"),
        row_of("child-of-broken", "", 0, "TRIM_HORIZON"),
        parent,
    };
    rows[1].stream = LEASE_STREAM_OTHER;
    rows[2].broken = true;
    rows[3].parent_count = 1;
    snprintf(rows[3].parents[0], sizeof rows[3].parents[0], "p");
    rows[4].parent_count = 1;
    snprintf(rows[4].parents[0], sizeof rows[4].parents[0], "broken");
    struct world world;
    begin(&world);
    tick(&world, 1000);
    for (int64_t now_ms = 1000; now_ms < 60000; now_ms += 2000) {
        rows[5].counter++;
        scan(&world, now_ms, rows, 6);
        for (size_t i = 0; i < world.actions.count; i++) {
            assert_true(world.actions.at[i].kind != LEASE_ACTION_WRITE);
        }
    }
    rows[5] = row_of("p", "", 100, "SHARD_END"); /* now the child may start */
    scan(&world, 62000, rows, 6);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "child"));
    assert_null(sent(&world, LEASE_WRITE_TAKE, "child-of-broken"));
    end(&world);
}

static void a_dead_predecessors_rows_are_taken_at_once(void **state)
{
    (void)state;
    struct world world;
    begin_with(&world, 0, "me-before");
    tick(&world, 1000);
    struct lease rows[] = {row_of("s", "me-before", 5, "7"), row_of("t", "other", 5, "7")};
    scan(&world, 1000, rows, 2);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    assert_null(sent(&world, LEASE_WRITE_TAKE, "t"));
    end(&world);
}

static void no_more_than_the_cap(void **state)
{
    (void)state;
    struct world world;
    begin_with(&world, 2, "");
    tick(&world, 1000);
    struct lease rows[] = {row_of("a", "", 0, "5"), row_of("b", "", 0, "5"), row_of("c", "", 0, "5")};
    size_t takes = 0;
    for (int64_t now_ms = 1000; now_ms < 30000; now_ms += 2000) {
        scan(&world, now_ms, rows, 3);
        for (size_t i = 0; i < world.actions.count; i++) {
            takes += world.actions.at[i].kind == LEASE_ACTION_WRITE ? 1 : 0;
        }
    }
    assert_int_equal(takes, 2);
    end(&world);
}

/* Counts of leases of other workers A, B and of mine -> how many are stolen in one scan. */
static void steals_only_for_a_gain(void **state)
{
    (void)state;
    static const struct {
        size_t other;
        size_t mine;
        size_t steals;
    } cases[] = {{1, 0, 0}, {2, 0, 1}, {2, 1, 0}, {3, 1, 1}, {3, 2, 0}, {8, 0, 4}, {32, 0, 8}, {16, 17, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        begin(&world);
        tick(&world, 1000);
        struct lease rows[64];
        size_t count = 0;
        for (size_t j = 0; j < cases[i].other + cases[i].mine; j++) {
            char key[32];
            snprintf(key, sizeof key, "s%02zu", j);
            rows[count++] = row_of(key, j < cases[i].other ? "other" : "me", 3, "5");
        }
        scan(&world, 1000, rows, count);
        size_t steals = 0;
        for (size_t j = 0; j < world.actions.count; j++) {
            steals += world.actions.at[j].kind == LEASE_ACTION_WRITE &&
                              world.actions.at[j].write.kind == LEASE_WRITE_ASK
                          ? 1
                          : 0;
        }
        print_message("%zu and %zu\n", cases[i].other, cases[i].mine);
        assert_int_equal(steals, cases[i].steals);
        end(&world);
    }
}

static void java_is_not_asked_but_stolen_from(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease rows[] = {row_of("a", "java", 3, "5"), row_of("b", "java", 3, "5")};
    rows[0].marker[0] = rows[1].marker[0] = '\0';
    scan(&world, 1000, rows, 2);
    size_t asks = 0;
    size_t takes = 0;
    for (size_t i = 0; i < world.actions.count; i++) {
        asks += world.actions.at[i].write.kind == LEASE_WRITE_ASK ? 1 : 0;
        takes += world.actions.at[i].write.kind == LEASE_WRITE_TAKE ? 1 : 0;
    }
    assert_int_equal(asks, 0);
    assert_int_equal(takes, 1);
    end(&world);
}

static void a_stolen_lease_is_not_stolen_back(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease rows[] = {row_of("a", "x", 3, "5"), row_of("b", "y", 3, "5"), row_of("c", "y", 3, "5")};
    scan(&world, 1000, rows, 1);
    rows[0] = row_of("a", "y", 4, "5"); /* just moved */
    scan(&world, 3000, rows, 3);
    assert_null(sent(&world, LEASE_WRITE_ASK, "a"));
    end(&world);
}

static void a_wanted_lease_is_drained_then_handed_over(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    tick(&world, 4000);
    struct lease row = row_of("s", "thief", 2, "TRIM_HORIZON");
    snprintf(row.checkpoint_owner, sizeof row.checkpoint_owner, "me");
    snprintf(row.marker, sizeof row.marker, "me");
    answer(&world, 4010, 4000, LEASE_DONE, &row); /* renewed while the thief waits */
    assert_non_null(told(&world, LEASE_ACTION_RENEWED, "s"));
    assert_non_null(told(&world, LEASE_ACTION_WANTED, "s"));
    tick(&world, 7000); /* renewed on while draining */
    assert_non_null(sent(&world, LEASE_WRITE_RENEW, "s"));
    row.counter = 3;
    answer(&world, 7010, 7000, LEASE_DONE, &row);
    assert_null(told(&world, LEASE_ACTION_WANTED, "s")); /* told once */
    world.position = "77";
    call(&world, 7100, LEASE_EVENT_RELEASE, 1);
    tick(&world, 7100);
    const struct lease_action *over = sent(&world, LEASE_WRITE_HAND_OVER, "s");
    assert_non_null(over);
    assert_string_equal(over->write.checkpoint, "77");
    end(&world);
}

static void a_hand_over_is_bounded_at_the_owner(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    int64_t now_ms = 4000;
    struct lease row = row_of("s", "thief", 1, "TRIM_HORIZON");
    snprintf(row.checkpoint_owner, sizeof row.checkpoint_owner, "me");
    snprintf(row.marker, sizeof row.marker, "me");
    bool over = false;
    for (; now_ms < 40000 && !over; now_ms += 500) {
        tick(&world, now_ms);
        over = sent(&world, LEASE_WRITE_HAND_OVER, "s") != NULL;
        if (over) {
            assert_non_null(told(&world, LEASE_ACTION_LOST, "s"));
        } else if (sent(&world, LEASE_WRITE_RENEW, "s") != NULL) {
            row.counter++;
            answer(&world, now_ms, now_ms, LEASE_DONE, &row);
        }
    }
    assert_true(over);
    assert_true(now_ms > 33000 && now_ms < 36000);
    end(&world);
}

/* Asked for at 1000 from "x", which had two. */
static struct lease ask(struct world *world)
{
    begin(world);
    tick(world, 1000);
    struct lease rows[] = {row_of("r", "x", 3, "5"), row_of("s", "x", 3, "5")};
    scan(world, 1000, rows, 2);
    const struct lease_action *wish = sent(world, LEASE_WRITE_ASK, "s");
    if (wish == NULL) { /* the other of the two: rename, so that tests can speak of "s" */
        end(world);
        begin(world);
        tick(world, 1000);
        snprintf(rows[0].key, sizeof rows[0].key, "t");
        scan(world, 1000, rows, 2);
        wish = sent(world, LEASE_WRITE_ASK, "s");
    }
    assert_non_null(wish);
    struct lease row = row_of("s", "me", 3, "5");
    snprintf(row.checkpoint_owner, sizeof row.checkpoint_owner, "x");
    snprintf(row.marker, sizeof row.marker, "x");
    answer(world, 1010, 1000, LEASE_DONE, &row);
    assert_null(told(world, LEASE_ACTION_GRANTED, "s")); /* asked is not owned */
    return row;
}

static void a_hand_over_is_bounded_at_the_thief(void **state)
{
    (void)state;
    struct world world;
    struct lease row = ask(&world);
    int64_t now_ms = 1100;
    bool taken = false;
    for (; now_ms < 90000 && !taken; now_ms += 500) { /* the owner lives, but does not let go */
        tick(&world, now_ms);
        taken = sent(&world, LEASE_WRITE_TAKE, "s") != NULL;
        if (told(&world, LEASE_ACTION_READ, "s") != NULL) {
            row.counter++;
            answer_read(&world, now_ms + 1, &row);
        }
    }
    assert_true(taken);
    assert_true(now_ms > 1000 + 30000 && now_ms < 1000 + 30000 + FAILOVER + 2000);
    end(&world);
}

static void a_lease_handed_over_is_not_waited_for_any_more(void **state)
{
    (void)state;
    struct world world;
    struct lease row = ask(&world);
    tick(&world, 1600);
    assert_non_null(told(&world, LEASE_ACTION_READ, "s"));
    row.checkpoint_owner[0] = '\0';
    row.counter = 4;
    answer_read(&world, 1610, &row);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    row.counter = 5;
    snprintf(row.marker, sizeof row.marker, "me");
    answer(&world, 1620, 1611, LEASE_DONE, &row);
    assert_non_null(told(&world, LEASE_ACTION_GRANTED, "s"));
    for (int64_t now_ms = 1700; now_ms < 4600; now_ms += 100) {
        tick(&world, now_ms);
        assert_null(told(&world, LEASE_ACTION_READ, "s"));
        assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    }
    end(&world);
}

static struct stream_shard shard_of(const char *id, const char *parent)
{
    struct stream_shard shard = {0};
    snprintf(shard.id, sizeof shard.id, "%s", id);
    snprintf(shard.parent_id, sizeof shard.parent_id, "%s", parent);
    return shard;
}

static void children(struct world *world, int64_t now_ms, const struct stream_shard *shards, size_t count,
                     bool disabled)
{
    step(world, now_ms,
         (struct lease_event){.kind = LEASE_EVENT_CHILDREN,
                              .key = "s",
                              .shards = shards,
                              .shard_count = count,
                              .stream_disabled = disabled});
}

static void children_are_durable_before_shard_end(void **state) /* faults 21, 23, 27 */
{
    (void)state;
    struct world world;
    hold(&world);
    call(&world, 1100, LEASE_EVENT_ENDED, 1);
    tick(&world, 1100);
    assert_non_null(told(&world, LEASE_ACTION_LIST_CHILDREN, "s"));
    children(&world, 1110, NULL, 0, false); /* a closed leaf without a child: ask again */
    tick(&world, 1111);
    assert_null(sent(&world, LEASE_WRITE_SHARD_END, "s"));
    tick(&world, 1500);
    assert_non_null(told(&world, LEASE_ACTION_LIST_CHILDREN, "s"));
    struct stream_shard shards[] = {shard_of("s", ""), shard_of("kid", "s"), shard_of("stranger", "p")};
    children(&world, 1510, shards, 3, false);
    tick(&world, 1510);
    const struct lease_action *create = sent(&world, LEASE_WRITE_CREATE, "kid");
    assert_non_null(create);
    assert_string_equal(create->write.row.checkpoint, "TRIM_HORIZON");
    assert_string_equal(create->write.row.owner, "me");
    assert_null(sent(&world, LEASE_WRITE_CREATE, "stranger"));
    assert_null(sent(&world, LEASE_WRITE_SHARD_END, "s"));
    step(&world, 1520,
         (struct lease_event){
             .kind = LEASE_EVENT_WRITE, .outcome = LEASE_DONE, .key = "kid", .sent_ms = 1510});
    assert_null(told(&world, LEASE_ACTION_GRANTED, "kid")); /* its parent has not ended yet */
    tick(&world, 1520);
    const struct lease_action *finish = sent(&world, LEASE_WRITE_SHARD_END, "s");
    assert_non_null(finish);
    assert_int_equal(finish->write.row.child_count, 1);
    struct lease row = row_of("s", "", 2, "SHARD_END");
    lease_add_child(&row, "kid");
    answer(&world, 1530, 1520, LEASE_DONE, &row);
    assert_non_null(told(&world, LEASE_ACTION_CHECKPOINTED, "s"));
    assert_non_null(told(&world, LEASE_ACTION_GRANTED, "kid"));
    end(&world);
}

static void a_leaf_of_a_disabled_stream_is_the_end(void **state) /* fault 25 */
{
    (void)state;
    struct world world;
    hold(&world);
    call(&world, 1100, LEASE_EVENT_ENDED, 1);
    tick(&world, 1100);
    children(&world, 1110, NULL, 0, true);
    tick(&world, 1500);
    assert_null(sent(&world, LEASE_WRITE_SHARD_END, "s"));
    children(&world, 1510, NULL, 0, true);
    tick(&world, 1510);
    assert_non_null(sent(&world, LEASE_WRITE_SHARD_END, "s"));
    end(&world);
}

static void a_leaving_worker_takes_nothing_and_releases(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    call(&world, 1100, LEASE_EVENT_LEAVE, 0);
    struct lease rows[] = {row_of("s", "me", 1, "TRIM_HORIZON"), row_of("free", "", 0, "5")};
    scan(&world, 1200, rows, 2);
    assert_null(sent(&world, LEASE_WRITE_TAKE, "free"));
    world.position = "42";
    call(&world, 1300, LEASE_EVENT_RELEASE, 1);
    tick(&world, 1300);
    const struct lease_action *release = sent(&world, LEASE_WRITE_RELEASE, "s");
    assert_non_null(release);
    assert_string_equal(release->write.checkpoint, "42"); /* checkpoint and release in one write */
    end(&world);
}

static void an_empty_table_lists_shards_at_once(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    scan(&world, 1005, NULL, 0);
    tick(&world, 1005);
    assert_non_null(told(&world, LEASE_ACTION_LIST_SHARDS, ""));
    struct stream_shard shards[] = {shard_of("a", ""), shard_of("b", "a")};
    step(&world, 1010, (struct lease_event){.kind = LEASE_EVENT_SHARDS, .shards = shards, .shard_count = 2});
    tick(&world, 1010);
    assert_non_null(sent(&world, LEASE_WRITE_CREATE, "a"));
    assert_null(sent(&world, LEASE_WRITE_CREATE, "b")); /* never before its parent's row */
    step(&world, 1020,
         (struct lease_event){.kind = LEASE_EVENT_WRITE, .outcome = LEASE_DONE, .key = "a", .sent_ms = 1010});
    assert_non_null(told(&world, LEASE_ACTION_GRANTED, "a"));
    tick(&world, 1020);
    assert_non_null(sent(&world, LEASE_WRITE_CREATE, "b"));
    end(&world);
}

static void a_failed_or_empty_listing_changes_nothing(void **state) /* fault 23, KCL's trap */
{
    (void)state;
    for (int failed = 0; failed < 2; failed++) {
        struct world world;
        hold(&world);
        struct lease rows[] = {row_of("s", "me", 1, "TRIM_HORIZON"), row_of("done", "", 9, "SHARD_END")};
        scan(&world, 1100, rows, 2);
        tick(&world, 1100);
        assert_non_null(told(&world, LEASE_ACTION_LIST_SHARDS, ""));
        step(
            &world, 90000,
            (struct lease_event){.kind = LEASE_EVENT_SHARDS, .outcome = failed ? LEASE_UNKNOWN : LEASE_DONE});
        for (size_t i = 0; i < world.actions.count; i++) {
            assert_true(world.actions.at[i].kind != LEASE_ACTION_WRITE);
        }
        end(&world);
    }
}

static void a_finished_lease_goes_when_its_children_have_started(void **state) /* fault 30 */
{
    (void)state;
    static const char *const child_at[] = {"TRIM_HORIZON", "55", "SHARD_END"};
    for (size_t i = 0; i < 3; i++) {
        struct world world;
        begin(&world);
        tick(&world, 1000);
        struct lease rows[] = {row_of("p", "", 9, "SHARD_END"), row_of("s", "me", 2, child_at[i])};
        lease_add_child(&rows[0], "s");
        rows[1].parent_count = 1;
        snprintf(rows[1].parents[0], sizeof rows[1].parents[0], "p");
        scan(&world, 1000, rows, 2);
        tick(&world, 1001);
        struct stream_shard shards[] = {shard_of("p", ""), shard_of("s", "p")};
        step(&world, 1000 + FAILOVER,
             (struct lease_event){.kind = LEASE_EVENT_SHARDS, .shards = shards, .shard_count = 2});
        assert_null(sent(&world, LEASE_WRITE_DELETE, "p")); /* a slow scan may still miss its children */
        step(&world, 1000 + 3 * FAILOVER,
             (struct lease_event){.kind = LEASE_EVENT_SHARDS, .shards = shards, .shard_count = 2});
        assert_int_equal(sent(&world, LEASE_WRITE_DELETE, "p") != NULL, i > 0);
        end(&world);
    }
}

/* A listing that lacks a link makes an old shard look like a new one, and its day would be replayed. */
static void a_shard_without_kin_is_leased_on_the_second_listing(void **state)
{
    (void)state;
    for (size_t second = 0; second < 2; second++) {
        struct world world;
        hold(&world);
        tick(&world, 1100);
        struct stream_shard shards[] = {shard_of("s", ""), shard_of("old", "")};
        step(&world, 1110,
             (struct lease_event){.kind = LEASE_EVENT_SHARDS, .shards = shards, .shard_count = 2});
        tick(&world, 1110);
        assert_null(sent(&world, LEASE_WRITE_CREATE, "old"));
        snprintf(shards[0].parent_id, sizeof shards[0].parent_id, "%s", second == 0 ? "old" : "");
        tick(&world, 2200);
        assert_non_null(told(&world, LEASE_ACTION_LIST_SHARDS, ""));
        step(&world, 2210,
             (struct lease_event){.kind = LEASE_EVENT_SHARDS, .shards = shards, .shard_count = 2});
        tick(&world, 2210);
        assert_int_equal(sent(&world, LEASE_WRITE_CREATE, "old") != NULL, second == 1);
        end(&world);
    }
}

static void times_follow_from_the_failover_time(void **state)
{
    (void)state;
    static const int64_t failovers[] = {1000, 3000, 10000, 60000, 3600000};
    for (size_t i = 0; i < sizeof failovers / sizeof failovers[0]; i++) {
        int64_t failover_ms = failovers[i];
        assert_true(lease_margin_ms(failover_ms) <= 10000 && lease_margin_ms(failover_ms) <= failover_ms / 3);
        assert_true(lease_attempt_ms(failover_ms) <= 10000 &&
                    lease_attempt_ms(failover_ms) <= failover_ms / 3);
        assert_true(lease_scan_ms(failover_ms) >= 1000);
        assert_true(lease_scan_ms(failover_ms) <= (failover_ms / 4 > 1000 ? failover_ms / 4 : 1000));
        /* a renewal may fail once and be tried again before sending must stop */
        assert_true(lease_renewal_ms(failover_ms) + lease_attempt_ms(failover_ms) <
                    failover_ms - lease_margin_ms(failover_ms));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_scan_comes_at_once),
        cmocka_unit_test(validity_counts_from_sending),
        cmocka_unit_test(one_write_at_a_time),
        cmocka_unit_test(a_renewal_carries_the_position),
        cmocka_unit_test(a_position_never_moves_back),
        cmocka_unit_test(a_lost_answer_is_recognised_by_owner_and_counter),
        cmocka_unit_test(a_lost_take_is_read_back),
        cmocka_unit_test(an_earlier_tenure_is_not_heard),
        cmocka_unit_test(a_lease_that_cannot_be_renewed_is_lost_in_time),
        cmocka_unit_test(a_dead_owner_is_found_by_its_counter),
        cmocka_unit_test(a_suspect_that_lives_is_left_alone),
        cmocka_unit_test(rows_that_are_not_to_be_taken),
        cmocka_unit_test(a_dead_predecessors_rows_are_taken_at_once),
        cmocka_unit_test(no_more_than_the_cap),
        cmocka_unit_test(steals_only_for_a_gain),
        cmocka_unit_test(java_is_not_asked_but_stolen_from),
        cmocka_unit_test(a_stolen_lease_is_not_stolen_back),
        cmocka_unit_test(a_wanted_lease_is_drained_then_handed_over),
        cmocka_unit_test(a_hand_over_is_bounded_at_the_owner),
        cmocka_unit_test(children_are_durable_before_shard_end),
        cmocka_unit_test(a_leaf_of_a_disabled_stream_is_the_end),
        cmocka_unit_test(a_leaving_worker_takes_nothing_and_releases),
        cmocka_unit_test(an_empty_table_lists_shards_at_once),
        cmocka_unit_test(a_failed_or_empty_listing_changes_nothing),
        cmocka_unit_test(a_finished_lease_goes_when_its_children_have_started),
        cmocka_unit_test(a_hand_over_is_bounded_at_the_thief),
        cmocka_unit_test(a_lease_handed_over_is_not_waited_for_any_more),
        cmocka_unit_test(a_shard_without_kin_is_leased_on_the_second_listing),
        cmocka_unit_test(times_follow_from_the_failover_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
