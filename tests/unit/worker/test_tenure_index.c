/* The index of tenures against a plain list, at random. What breaks else: a renewal that finds no tenure, so that a
 * shard stops at the end of a lease that is held; or a new tenure that starts beside an older one of its shard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "worker/tenure_index.h"

enum { SHARDS = 200, TENURES_MAX = 600, STEPS = 6000, LOOK_EVERY = 50 };

struct model {
    struct tenure *at[TENURES_MAX]; /* oldest first */
    size_t count;
};

static uint64_t choose_seed(void)
{
    const char *text = getenv("PENSTOCK_TEST_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : random_seed_from_system();
    print_message("PENSTOCK_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static struct tenure *make_tenure(uint64_t shard, uint64_t number)
{
    char key[32];
    snprintf(key, sizeof key, "shard-%llu", (unsigned long long)shard);
    const struct lease_grant granted = {
        .key = key, .tenure = number, .checkpoint_text = "TRIM_HORIZON", .nonce = ""};
    struct tenure *tenure = NULL;
    struct status status = tenure_create(&granted, NULL, NULL, &tenure);
    assert_true(status_is_ok(&status));
    return tenure;
}

static void check(const struct tenure_index *index, const struct model *model)
{
    assert_int_equal(index->count, model->count);
    const struct tenure *listed = index->newest;
    for (size_t i = model->count; i > 0; i--) {
        struct tenure *tenure = model->at[i - 1];
        assert_ptr_equal(listed, tenure);
        listed = listed->next;
        assert_ptr_equal(tenure_index_find(index, tenure->key, tenure->grant.tenure), tenure);
        assert_null(tenure_index_find(index, tenure->key, UINT64_MAX));
        struct tenure *elder = NULL;
        for (size_t j = i - 1; j > 0 && elder == NULL; j--) {
            elder = strcmp(model->at[j - 1]->key, tenure->key) == 0 ? model->at[j - 1] : NULL;
        }
        assert_ptr_equal(tenure_index_elder(tenure), elder);
        struct tenure *newest = NULL;
        for (size_t j = model->count; j > 0 && newest == NULL; j--) {
            newest = strcmp(model->at[j - 1]->key, tenure->key) == 0 ? model->at[j - 1] : NULL;
        }
        assert_ptr_equal(tenure_index_newest(index, tenure->key), newest);
    }
    assert_null(listed);
    assert_null(tenure_index_newest(index, "shard-none"));
}

static void take_out(struct tenure_index *index, struct model *model, size_t at)
{
    struct tenure *tenure = model->at[at];
    tenure_index_remove(index, tenure);
    memmove(&model->at[at], &model->at[at + 1], (model->count - at - 1) * sizeof model->at[0]);
    model->count--;
    tenure_destroy(tenure);
}

static void the_index_finds_what_a_list_would(void **state)
{
    (void)state;
    static struct model model;
    struct random random;
    random_init(&random, choose_seed());
    struct tenure_index index;
    struct status status = tenure_index_init(&index);
    assert_true(status_is_ok(&status));
    for (uint64_t step = 0; step < STEPS; step++) {
        bool fills = step / (STEPS / 4) % 2 == 0; /* grows, shrinks, grows, shrinks */
        bool add = random_below(&random, 4) == 0 ? !fills : fills;
        if (add && model.count < TENURES_MAX) {
            struct tenure *tenure = make_tenure(random_below(&random, SHARDS), step);
            tenure_index_add(&index, tenure);
            model.at[model.count++] = tenure;
        } else if (!add && model.count > 0) {
            take_out(&index, &model, (size_t)random_below(&random, model.count));
        }
        if (step % LOOK_EVERY == 0) {
            check(&index, &model);
        }
    }
    while (model.count > 0) {
        take_out(&index, &model, model.count - 1);
    }
    check(&index, &model);
    tenure_index_free(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_index_finds_what_a_list_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
