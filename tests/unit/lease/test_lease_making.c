/* Rows made from nothing by many workers at once. What breaks else: a fleet that starts together writes each row as
 * often as it has workers, or a row that nobody makes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules_world.h"

enum { SHARDS = 320, CREATES_AT_A_TIME = 20, CREATES_OF_FEW = 8 };

static void list_all(struct world *world, int64_t now_ms, size_t count)
{
    struct stream_shard shards[SHARDS] = {0};
    for (size_t i = 0; i < count; i++) {
        snprintf(shards[i].id, sizeof shards[i].id, "s%03zu", i);
    }
    step(world, now_ms,
         (struct lease_event){
             .kind = LEASE_EVENT_SHARDS, .sent_ms = now_ms - 1, .shards = shards, .shard_count = count});
}

/* A worker on an empty table that has listed `count` shards. */
static void begin_on_nothing(struct world *world, size_t count)
{
    begin(world);
    tick(world, 1000);
    scan(world, 1005, NULL, 0);
    tick(world, 1005);
    assert_non_null(told(world, LEASE_ACTION_LIST_SHARDS, ""));
    list_all(world, 1010, count);
    tick(world, 1010);
}

/* Copies what was sent: the actions go with the next step. */
static size_t copy_creates(const struct world *world, struct lease ret_rows[SHARDS])
{
    size_t count = 0;
    for (size_t i = 0; i < world->actions.count; i++) {
        const struct lease_action *one = &world->actions.at[i];
        if (one->kind == LEASE_ACTION_WRITE && one->write.kind == LEASE_WRITE_CREATE) {
            ret_rows[count++] = one->write.row;
        }
    }
    return count;
}

static void answer_create(struct world *world, int64_t now_ms, const struct lease *row, const char *owner)
{
    struct lease found = *row;
    bool refused = owner != NULL;
    if (refused) {
        found = row_of(row->key, owner, 0, "TRIM_HORIZON");
    }
    step(world, now_ms,
         (struct lease_event){.kind = LEASE_EVENT_WRITE,
                              .outcome = refused ? LEASE_REFUSED : LEASE_DONE,
                              .key = row->key,
                              .sent_ms = now_ms - 1,
                              .rows = &found,
                              .row_count = refused ? 1 : 0});
}

/* Alone it makes every row once, a part of them at a time, and holds each. */
static void one_worker_makes_all(void **state)
{
    (void)state;
    static struct lease rows[SHARDS];
    struct world world;
    begin_on_nothing(&world, SHARDS);
    size_t made = 0;
    size_t count = copy_creates(&world, rows);
    assert_int_equal(count, CREATES_AT_A_TIME);
    for (size_t round = 0; count > 0; round++) {
        assert_true(round < SHARDS);
        for (size_t i = 0; i < count; i++) {
            assert_string_equal(rows[i].owner, "me");
            answer_create(&world, 1020, &rows[i], NULL);
            assert_non_null(told(&world, LEASE_ACTION_GRANTED, rows[i].key));
        }
        made += count;
        tick(&world, 1020);
        count = copy_creates(&world, rows);
        assert_true(count <= CREATES_AT_A_TIME);
    }
    assert_int_equal(made, SHARDS);
    end(&world);
}

/* Where another made all that is tried there is no more to be made before the table was read again; then by the
 * owner of the least key alone. */
static void who_meets_another_makes_no_more(void **state)
{
    (void)state;
    static struct lease rows[SHARDS];
    static struct lease seen[SHARDS];
    for (int least_is_mine = 0; least_is_mine < 2; least_is_mine++) {
        struct world world;
        begin_on_nothing(&world, SHARDS);
        size_t count = copy_creates(&world, rows);
        for (size_t i = 0; i < count; i++) {
            tick(&world, 1020);
            struct lease more[SHARDS];
            assert_int_equal(copy_creates(&world, more), 0); /* each refusal is one less under way */
            answer_create(&world, 1020, &rows[i], "other");
            seen[i] = row_of(rows[i].key, "other", 0, "TRIM_HORIZON");
        }
        tick(&world, 1255);
        assert_non_null(told(&world, LEASE_ACTION_SCAN, "")); /* soon, not after a whole period */
        seen[count] = row_of(least_is_mine ? "a" : "z", "me", 0, "TRIM_HORIZON");
        scan(&world, 1260, seen, count + 1);
        tick(&world, 1260);
        size_t more = copy_creates(&world, rows);
        assert_int_equal(more > 0, least_is_mine);
        struct lease_rules_counts counts;
        lease_rules_read_counts(world.rules, &counts);
        assert_int_equal(counts.total, count + 1);
        end(&world);
    }
}

/* Two that start beside each other meet at once: neither stops for a few rows that the other made. */
static void a_few_refusals_do_not_stop_it(void **state)
{
    (void)state;
    static struct lease rows[SHARDS];
    struct world world;
    begin_on_nothing(&world, SHARDS);
    size_t count = copy_creates(&world, rows);
    assert_int_equal(count, CREATES_AT_A_TIME);
    for (size_t i = 0; i < count; i++) {
        answer_create(&world, 1020, &rows[i], i % 3 == 0 ? NULL : "other");
    }
    tick(&world, 1020);
    assert_true(copy_creates(&world, rows) > 0);
    end(&world);
}

/* Others who came meanwhile are to have their share: rows beyond ours are nobody's. */
static void rows_beyond_my_share_are_free(void **state)
{
    (void)state;
    static struct lease rows[SHARDS];
    static struct lease seen[SHARDS];
    struct world world;
    begin_on_nothing(&world, SHARDS);
    size_t count = copy_creates(&world, rows);
    for (size_t i = 0; i < count; i++) {
        answer_create(&world, 1020, &rows[i], NULL);
        seen[i] = row_of(rows[i].key, "me", 0, "TRIM_HORIZON");
    }
    seen[count] = row_of("z", "other", 0, "TRIM_HORIZON");
    scan(&world, 1030, seen, count + 1);
    tick(&world, 1030);
    size_t more = copy_creates(&world, rows);
    assert_true(more > 0);
    for (size_t i = 0; i < more; i++) {
        assert_string_equal(rows[i].owner, "");
        assert_string_equal(rows[i].marker, "");
    }
    end(&world);
}

/* The end of a shard waits for its child's row, whoever else is at work. */
static void a_child_is_made_whatever_others_do(void **state)
{
    (void)state;
    static struct lease rows[SHARDS];
    struct world world;
    begin_on_nothing(&world, CREATES_OF_FEW + 1);
    assert_int_equal(copy_creates(&world, rows), CREATES_OF_FEW);
    answer_create(&world, 1020, &rows[0], NULL);
    assert_non_null(told(&world, LEASE_ACTION_GRANTED, rows[0].key));
    for (size_t i = 1; i < CREATES_OF_FEW; i++) {
        answer_create(&world, 1020, &rows[i], "other");
    }
    step(&world, 1030, (struct lease_event){.kind = LEASE_EVENT_ENDED, .key = rows[0].key, .tenure = 1});
    tick(&world, 1030);
    assert_non_null(told(&world, LEASE_ACTION_LIST_CHILDREN, rows[0].key));
    struct stream_shard child = shard_of("child", rows[0].key);
    step(&world, 1040,
         (struct lease_event){
             .kind = LEASE_EVENT_CHILDREN, .key = rows[0].key, .shards = &child, .shard_count = 1});
    tick(&world, 1040);
    const struct lease_action *create = sent(&world, LEASE_WRITE_CREATE, "child");
    assert_non_null(create);
    assert_string_equal(create->write.row.owner, "me");
    end(&world);
}

/* Of two that start together at LATEST one saw the table a moment earlier and wants the closed parent, the other has
 * begun at its child. What breaks else: the parent's row is made, late, when the child is read (seed 51360112). */
static void no_parent_is_made_behind_its_child(void **state) /* fault 30 */
{
    (void)state;
    for (size_t has_row = 0; has_row < 2; has_row++) {
        struct world world;
        begin(&world);
        tick(&world, 1000);
        scan(&world, 1005, NULL, 0);
        tick(&world, 1005);
        struct stream_shard shards[] = {shard_of("s", ""), shard_of("kid", "s")};
        struct lease_event listing = {
            .kind = LEASE_EVENT_SHARDS, .sent_ms = 1006, .shards = shards, .shard_count = 2};
        step(&world, 1010, listing);
        tick(&world, 1010);
        assert_non_null(sent(&world, LEASE_WRITE_CREATE, "s"));
        tick(&world, 2000);
        struct lease kid = row_of("kid", "other", 0, "LATEST");
        kid.parent_count = 1;
        lease_copy_text(kid.parents[0], sizeof kid.parents[0], "s");
        scan(&world, 2010, &kid, has_row);
        answer(&world, 2600, 1010, LEASE_UNKNOWN, NULL);
        bool made = false;
        for (int64_t now_ms = 2600; now_ms < 4000; now_ms += 20) {
            tick(&world, now_ms);
            made = made || sent(&world, LEASE_WRITE_CREATE, "s") != NULL;
            if (told(&world, LEASE_ACTION_LIST_SHARDS, "") != NULL) {
                listing.sent_ms = now_ms;
                step(&world, now_ms, listing);
                made = made || sent(&world, LEASE_WRITE_CREATE, "s") != NULL;
            }
        }
        assert_int_equal(made, has_row == 0);
        end(&world);
    }
}

static void begin_at_latest(struct world *world)
{
    *world = (struct world){.rules = NULL};
    const struct lease_rules_options options = {.me = "me",
                                                .failover_ms = FAILOVER,
                                                .start_at_latest = true,
                                                .seed = 1,
                                                .position = read_position,
                                                .gap = read_gap,
                                                .position_context = world};
    world->rules = lease_rules_create(&options);
    assert_non_null(world->rules);
}

/* At LATEST, where a first listing left a shard out that split before another worker's first one: the shard is read
 * too, from the fleet's start, and before its children. What breaks else: they alone are read, since they alone are
 * open (seed 127397917). */
static void what_closed_since_the_fleet_began_is_wanted(void **state) /* faults 23, 30 */
{
    (void)state;
    for (int told_by_scan = 0; told_by_scan < 2; told_by_scan++) {
        struct world world;
        begin_at_latest(&world);
        tick(&world, 1000);
        step(&world, 1005, (struct lease_event){.kind = LEASE_EVENT_SCAN, .sent_ms = 1004, .wall_ms = 50000});
        tick(&world, 1005);
        struct stream_shard shards[] = {shard_of("a", ""), shard_of("split", ""), shard_of("kid", "split")};
        assert_true(sequence_number_parse(slice_of_text("9"), &shards[1].last)); /* it is closed */
        struct lease_event listing = {
            .kind = LEASE_EVENT_SHARDS, .sent_ms = 1006, .shards = shards, .shard_count = 3};
        step(&world, 1010, listing);
        tick(&world, 1010);
        const struct lease_action *create = sent(&world, LEASE_WRITE_CREATE, "a");
        assert_non_null(create);
        assert_int_equal(create->write.row.start_wall_ms, 50000);
        assert_null(sent(&world, LEASE_WRITE_CREATE, "kid")); /* the first decides when the fleet began */
        struct lease theirs = row_of("a", "", 0, "LATEST");
        theirs.start_wall_ms = 49000;
        if (told_by_scan == 1) {
            scan(&world, 1015, &theirs, 1);
        }
        step(&world, 1020,
             (struct lease_event){.kind = LEASE_EVENT_WRITE,
                                  .outcome = LEASE_REFUSED,
                                  .key = "a",
                                  .sent_ms = 1010,
                                  .rows = &theirs,
                                  .row_count = 1});
        bool parent_made = false;
        for (int64_t now_ms = 1020; now_ms < 30000; now_ms += 10) {
            tick(&world, now_ms);
            if (told(&world, LEASE_ACTION_SCAN, "") != NULL) {
                scan(&world, now_ms, &theirs, 1);
            } else if (told(&world, LEASE_ACTION_LIST_SHARDS, "") != NULL) {
                listing.sent_ms = now_ms;
                step(&world, now_ms, listing);
            }
            create = sent(&world, LEASE_WRITE_CREATE, "kid");
            assert_true(create == NULL || parent_made);
            create = sent(&world, LEASE_WRITE_CREATE, "split");
            if (create != NULL) {
                assert_string_equal(create->write.row.checkpoint, "LATEST");
                assert_int_equal(create->write.row.start_wall_ms, 49000);
                struct lease made = create->write.row;
                step(&world, now_ms + 5,
                     (struct lease_event){.kind = LEASE_EVENT_WRITE,
                                          .outcome = LEASE_DONE,
                                          .key = "split",
                                          .sent_ms = now_ms,
                                          .rows = &made,
                                          .row_count = 1});
                parent_made = true;
                break;
            }
        }
        assert_true(parent_made);
        end(&world);
    }
}

/* At LATEST, a newcomer while another still makes the rows of open shards: one that has none yet is no straggler, whose
 * closed parent would have to be read. What breaks else: the parent's row is made, late, when the child is read
 * (seed 185372318). */
static void a_start_under_way_leaves_no_stragglers(void **state) /* fault 30 */
{
    (void)state;
    for (int row_comes = 0; row_comes < 2; row_comes++) {
        struct world world;
        begin_at_latest(&world);
        tick(&world, 1000);
        struct lease rows[] = {row_of("a", "other", 0, "LATEST"), row_of("kid", "", 0, "LATEST")};
        rows[0].start_wall_ms = rows[1].start_wall_ms = 49000;
        rows[1].parent_count = 1;
        lease_copy_text(rows[1].parents[0], sizeof rows[1].parents[0], "split");
        scan(&world, 1005, rows, 1);
        struct stream_shard shards[] = {shard_of("a", ""), shard_of("split", ""), shard_of("kid", "split")};
        assert_true(sequence_number_parse(slice_of_text("9"), &shards[1].last)); /* it is closed */
        struct lease_event listing = {
            .kind = LEASE_EVENT_SHARDS, .sent_ms = 1006, .shards = shards, .shard_count = 3};
        step(&world, 1010, listing);
        int64_t made_ms = 0;
        for (int64_t now_ms = 1020; now_ms < 30000 && made_ms == 0; now_ms += 10) {
            tick(&world, now_ms);
            made_ms = sent(&world, LEASE_WRITE_CREATE, "split") != NULL ? now_ms : 0;
            if (told(&world, LEASE_ACTION_SCAN, "") != NULL) {
                rows[0].counter++;
                scan(&world, now_ms, rows, row_comes == 1 && now_ms > 3000 ? 2 : 1);
            } else if (told(&world, LEASE_ACTION_LIST_SHARDS, "") != NULL) {
                listing.sent_ms = now_ms;
                step(&world, now_ms, listing);
            } else if (now_ms % 1000 == 0) { /* whoever is the sweeper lists */
                listing.sent_ms = now_ms;
                step(&world, now_ms, listing);
            }
        }
        assert_int_equal(made_ms != 0, row_comes == 0);
        assert_true(row_comes == 1 || made_ms > 3000);
        end(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_makes_all),
        cmocka_unit_test(who_meets_another_makes_no_more),
        cmocka_unit_test(a_few_refusals_do_not_stop_it),
        cmocka_unit_test(rows_beyond_my_share_are_free),
        cmocka_unit_test(a_child_is_made_whatever_others_do),
        cmocka_unit_test(no_parent_is_made_behind_its_child),
        cmocka_unit_test(what_closed_since_the_fleet_began_is_wanted),
        cmocka_unit_test(a_start_under_way_leaves_no_stragglers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
